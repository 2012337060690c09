//! A day at Spark with the library inside it, on three nodes, one of which is killed at noon.
//!
//! The walk is `smack/SparkDay.java` in `compat-tests/clients`: contacts, pictures, rooms, bookmarks, chats with typing and receipts,
//! search, files, blocking, invisibility, a new password. Nobody whose node lives notices more than that Cyd has left.

use std::time::{Duration, Instant};

use anyhow::Result;
use compat_tests::{Discovery, Fleet, FleetOptions, Walk, WalkProgram, ready, record_timing};

/// How long three nodes may take to be one cluster on a slow machine.
const FORM_LIMIT: Duration = Duration::from_secs(40);

/// Everything that is done before the kill and after it, and what is done once.
const STEPS: [&str; 20] = [
    "login",
    "contacts",
    "avatar",
    "rooms",
    "bookmark",
    "chat-morning",
    "talk-morning",
    "search-morning",
    "file-in-band-morning",
    "file-proxy-morning",
    "third-lost",
    "chat-afternoon",
    "talk-afternoon",
    "search-afternoon",
    "file-in-band-afternoon",
    "file-proxy-afternoon",
    "block",
    "invisible",
    "password",
    "logout",
];

#[test]
fn a_day_at_spark_goes_on_when_a_third_node_is_killed() -> Result<()> {
    let test = "a_day_at_spark_goes_on_when_a_third_node_is_killed";
    let program = WalkProgram::Smack("SparkDay.java");
    if !Fleet::ready(test) || !ready(test, &program.needs()) {
        return Ok(());
    }
    let options =
        FleetOptions { nodes: 3, discovery: Discovery::TcpIp, users: 3, wire: None, properties: Vec::new() };
    let mut fleet = Fleet::start(test, &options, FORM_LIMIT)?;
    let mut walk = Walk::start_on_three(&fleet, program)?;
    walk.wait_for("noon")?;
    let killed = Instant::now();
    fleet.nodes[2].kill()?;
    walk.wait_for("third-lost")?;
    record_timing("Spark sees who was on a killed node leave all rooms", killed.elapsed());
    walk.finish(&STEPS)?;
    fleet.nodes[0].process()?.assert_running()?;
    fleet.nodes[1].process()?.assert_running()
}
