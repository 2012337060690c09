//! A node dies without notice: the other carries on, and its friends see exactly one farewell.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use compat_tests::{Cluster, ClusterOptions, record_timing};

use crate::conversation::{ARRIVAL_LIMIT, befriend, chat, settle, unavailable_count, wait_for_presence};

/// How long to watch for a second farewell after the first: longer than a silent host takes to be declared dead.
const SECOND_FAREWELL_WATCH: Duration = Duration::from_secs(7);

/// Kills node `victim` while 10023 is on node 1 and 10024 on node 2.
fn kill_and_watch(cluster: &mut Cluster, victim: usize) -> Result<()> {
    let users = ["10023", "10024"];
    let survivor = 1 - victim;
    let mut staying = cluster.login(survivor, users[survivor], "Spark")?;
    let mut second = cluster.login(survivor, users[survivor], "Phone")?;
    let mut leaving = cluster.login(victim, users[victim], "Spark")?;
    befriend(&mut staying, &mut leaving)?;
    second.go_online()?;
    settle(&mut [&mut staying, &mut second, &mut leaving])?;
    chat(&mut staying, &mut leaving, "before the kill")?;
    settle(&mut [&mut staying, &mut leaving])?;

    let killed = Instant::now();
    cluster.nodes[victim].kill()?;
    wait_for_presence(&mut staying, leaving.jid(), Some("unavailable"))?;
    record_timing(&format!("article: friends see node {} killed", victim + 1), killed.elapsed());
    leaving.wait_for_end(ARRIVAL_LIMIT)?;
    chat(&mut staying, &mut second, "after the kill, on the survivor")?;
    let later = staying.take_all(SECOND_FAREWELL_WATCH)?;
    ensure!(unavailable_count(&later, leaving.jid()) == 0, "a second farewell came: {later:?}");
    ensure!(cluster.nodes[survivor].cluster_size()? == 1, "the killed node is gone from the cluster");

    // A message to somebody who is nowhere waits for the next login, on any node.
    let waiting = format!("sent while node {} was dead", victim + 1);
    staying.message(leaving.bare_jid(), &waiting)?;
    staying.sync()?;
    let mut again = cluster.login(survivor, users[victim], "Spark")?;
    again.go_online()?;
    let arrived = again.wait_for_message(&waiting, ARRIVAL_LIMIT)?;
    ensure!(arrived.contains("urn:xmpp:delay"), "an offline message carries its time: {arrived}");
    wait_for_presence(&mut staying, again.jid(), None)?;

    let restarted = Instant::now();
    cluster.nodes[victim].start()?;
    cluster.wait_until_formed()?;
    let what = format!("article: one cluster since killed node {} was started again", victim + 1);
    record_timing(&what, restarted.elapsed());
    let mut back = cluster.login(victim, users[victim], "Back")?;
    back.go_online()?;
    back.sync()?;
    cluster.wait_for_sessions(&[staying.jid(), second.jid(), again.jid(), back.jid()])?;
    chat(&mut staying, &mut back, "after the return")?;
    for client in [staying, second, again, back] {
        client.close()?;
    }
    Ok(())
}

#[test]
fn each_node_is_killed_and_the_other_carries_on() -> Result<()> {
    let test = "each_node_is_killed_and_the_other_carries_on";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    kill_and_watch(&mut cluster, 1)?;
    kill_and_watch(&mut cluster, 0)
}
