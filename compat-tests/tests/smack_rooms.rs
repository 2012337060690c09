//! Smack's group chat (XEP-0045) over two nodes, one of which is killed half way.
//!
//! The walk is `smack/GroupChat.java` in `compat-tests/clients`: people on both nodes share rooms of which each node hosts
//! some. After the kill the other one is seen to leave, and who is left goes on in every room without entering again.

use std::time::Instant;

use anyhow::Result;
use compat_tests::{Cluster, ClusterOptions, Walk, WalkProgram, record_timing};

#[test]
fn smack_stays_in_its_rooms_when_a_node_is_killed() -> Result<()> {
    let test = "smack_stays_in_its_rooms_when_a_node_is_killed";
    let program = WalkProgram::Smack("GroupChat.java");
    if !Cluster::ready(test, &program.needs()) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    let mut walk = Walk::start(&cluster, program)?;
    walk.wait_for("chat")?;
    let killed = Instant::now();
    cluster.nodes[1].kill()?;
    walk.wait_for("survived")?;
    record_timing("Smack goes on in all rooms after a node was killed", killed.elapsed());
    walk.finish(&["login", "rooms", "chat", "survived", "back"])?;
    cluster.nodes[0].process()?.assert_running()
}
