//! A login is announced to each friend once, whichever nodes they are on.

use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{Cluster, ClusterOptions, attribute};

use crate::conversation::{befriend, settle, unavailable_count, wait_for_presence};

/// How long to watch for a second announcement: nodes compare what they know a second after a login.
const SECOND_ANNOUNCEMENT_WATCH: Duration = Duration::from_secs(3);

#[test]
fn each_login_and_logout_is_announced_once() -> Result<()> {
    let test = "each_login_and_logout_is_announced_once";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let cluster = Cluster::start(test, &ClusterOptions::default())?;
    let mut watcher = cluster.login(0, "10023", "Spark")?;
    let mut first = cluster.login(1, "10024", "First")?;
    befriend(&mut watcher, &mut first)?;
    first.close()?;
    settle(&mut [&mut watcher])?;

    for (node, resource) in [(1, "Across"), (0, "Beside")] {
        let mut friend = cluster.login(node, "10024", resource)?;
        friend.fetch_roster()?;
        friend.go_online()?;
        wait_for_presence(&mut watcher, friend.jid(), None)?;
        wait_for_presence(&mut friend, watcher.jid(), None)?;
        let again = |stanzas: &[String], from: &str| {
            stanzas.iter().filter(|stanza| attribute(stanza, "from") == Some(from)).count()
        };
        let seen = watcher.take_all(SECOND_ANNOUNCEMENT_WATCH)?;
        ensure!(again(&seen, friend.jid()) == 0, "{resource}: the login is announced once: {seen:?}");
        let seen = friend.take_all(Duration::from_millis(300))?;
        ensure!(again(&seen, watcher.jid()) == 0, "{resource}: the friend's presence comes once: {seen:?}");

        let jid = friend.jid().to_owned();
        friend.close()?;
        wait_for_presence(&mut watcher, &jid, Some("unavailable"))?;
        let seen = watcher.take_all(SECOND_ANNOUNCEMENT_WATCH)?;
        ensure!(unavailable_count(&seen, &jid) == 0, "{resource}: the logout is announced once: {seen:?}");
    }
    Ok(())
}
