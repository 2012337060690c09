//! The database goes away and comes back: who is logged in keeps chatting, who is not is told to try later.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use compat_tests::{Cluster, ClusterOptions, XmppClient, eventually, record_timing};

/// How long a message may take while nodes look for their database.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(10);
/// How long logins may need to work again.
const RECOVERY_LIMIT: Duration = Duration::from_secs(20);

fn chat(one: &mut XmppClient, two: &mut XmppClient, topic: &str) -> Result<()> {
    let (there, back) = (format!("{topic}, there"), format!("{topic}, back"));
    one.message(two.jid(), &there)?;
    two.wait_for_message(&there, ARRIVAL_LIMIT)?;
    two.message(one.jid(), &back)?;
    one.wait_for_message(&back, ARRIVAL_LIMIT).map(|_| ())
}

#[test]
fn sessions_outlive_their_database() -> Result<()> {
    let test = "sessions_outlive_their_database";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    for client in [&mut one, &mut two] {
        client.go_online()?;
        client.sync()?;
    }
    chat(&mut one, &mut two, "before")?;

    cluster.database.stop();
    chat(&mut one, &mut two, "without a database")?;
    for node in [0, 1] {
        match cluster.login(node, "10023", "Late") {
            Ok(_) => bail!("node {} let somebody in without a database", node + 1),
            Err(err) => {
                let text = format!("{err:#}");
                ensure!(text.contains("temporary-auth-failure"), "the refusal of node {}: {text}", node + 1);
            }
        }
    }
    chat(&mut one, &mut two, "after refused logins")?;

    cluster.database.start_again();
    for node in [0, 1] {
        let what = format!("a login on node {} after the database is back", node + 1);
        let (late, took) =
            eventually(&what, RECOVERY_LIMIT, || cluster.login(node, "10023", "Late").map(Some))?;
        record_timing(&format!("database loss: {what}"), took);
        late.close()?;
    }
    chat(&mut one, &mut two, "afterwards")?;
    for node in &mut cluster.nodes {
        node.process()?.assert_running()?;
        ensure!(node.cluster_size()? == 2, "{} lost its peer with the database", node.name());
    }
    Ok(())
}
