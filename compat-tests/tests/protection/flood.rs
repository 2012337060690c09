//! A stranger who opens connections to the mesh port and says nothing.

use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{Cluster, eventually};

use crate::stage::{SAY_LIMIT, chat, counter, form, prepare};

/// More than a node lets one address hold without a hello, and fewer than this process may open.
const CONNECTIONS: usize = 200;
/// How long a silent connection may stay on a busy machine; a node gives it a few seconds.
const SILENCE_LIMIT: Duration = Duration::from_secs(40);

fn turned_away(cluster: &Cluster, reason: &str) -> Result<u64> {
    counter(&cluster.nodes[0], &format!("cobnut_mesh_turned_away_total{{reason=\"{reason}\"}}"))
}

#[test]
fn a_flood_of_silent_connections_is_counted_and_harms_no_member() -> Result<()> {
    let test = "a_flood_of_silent_connections_is_counted_and_harms_no_member";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    form(&mut cluster)?;
    ensure!(turned_away(&cluster, "half_open")? == 0, "nobody was turned away yet");
    let port = cluster.nodes[0].host().socket(5701);
    let flood: Vec<TcpStream> =
        (0..CONNECTIONS).map(|_| cluster.client_host.connect(port)).collect::<Result<_>>()?;
    eventually("most of the flood is turned away", SAY_LIMIT, || {
        Ok((turned_away(&cluster, "half_open")? > 0).then_some(()))
    })?;
    chat(&cluster, "said during the flood")?;
    // Whoever restarts finds a place while the stranger holds his.
    cluster.nodes[1].stop()?;
    cluster.nodes[1].start()?;
    cluster.wait_until_formed()?;
    eventually("those that were let in lose their places", SILENCE_LIMIT, || {
        Ok((turned_away(&cluster, "silent")? > 0).then_some(()))
    })?;
    drop(flood);
    let all = turned_away(&cluster, "half_open")? + turned_away(&cluster, "silent")?;
    ensure!(usize::try_from(all)? <= CONNECTIONS, "each is counted once at most: {all}");
    chat(&cluster, "said after the flood")
}
