//! Whoever recorded the hello of a member sends it again.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, eventually};

use crate::relay::forward;
use crate::stage::{SAY_LIMIT, chat, configure, counter, document, form, prepare};

/// Sends what was recorded, and waits until the node has closed the connection. What it answers before that, a proof of its
/// own at most, is of no use to who lacks the secret.
fn say_again(cluster: &Cluster, to: SocketAddr, recorded: &[u8]) -> Result<()> {
    let mut stream = cluster.client_host.connect(to)?;
    stream.set_read_timeout(Some(SAY_LIMIT)).context("set a timeout")?;
    stream.set_write_timeout(Some(Duration::from_secs(5))).context("set a timeout")?;
    // The node may hang up before it was sent everything.
    let _cut_short = stream.write_all(recorded);
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(1..) => {}
            Ok(0) => return Ok(()),
            Err(err) if err.kind() == std::io::ErrorKind::ConnectionReset => return Ok(()),
            Err(err) => return Err(err).context("the node neither answers nor hangs up"),
        }
    }
}

fn replay(test: &str, extra: &[&str], counted_as: &str) -> Result<()> {
    let mut cluster = prepare(test, ["", ""])?;
    cluster.forbid_discovery_by_database();
    let public = "    <public-address>192.168.5.9:5801</public-address>\n";
    configure(&mut cluster, 0, &document(&["192.168.5.9:5801"], public))?;
    configure(&mut cluster, 1, &document(&["192.168.5.9:5801"], ""))?;
    for node in &mut cluster.nodes {
        node.options_mut().extra.extend(extra.iter().map(|argument| (*argument).to_owned()));
    }
    let target = cluster.nodes[0].host().socket(5701);
    let recording = forward(&cluster.client_host, 5801, target)?;
    form(&mut cluster)?;
    chat(&cluster, "said while somebody listens")?;

    // The longest is the one that became the link.
    let dialled = recording.dialled();
    let hello = dialled.iter().max_by_key(|said| said.len()).context("nothing was recorded")?;
    ensure!(hello.len() > 500, "a hello with its proof and more, {} bytes", hello.len());
    let before = counter(&cluster.nodes[0], counted_as)?;
    for _ in 0..3 {
        say_again(&cluster, target, hello)?;
    }
    eventually("all three are counted", SAY_LIMIT, || {
        Ok((counter(&cluster.nodes[0], counted_as)? >= before + 3).then_some(()))
    })?;
    cluster.wait_until_formed()?;
    chat(&cluster, "said after that")
}

#[test]
fn a_recorded_hello_in_the_clear_proves_nothing_the_second_time() -> Result<()> {
    let test = "a_recorded_hello_in_the_clear_proves_nothing_the_second_time";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    replay(test, &["--mesh-clear"], "cobnut_mesh_refusals_total{reason=\"secret\"}")
}

#[test]
fn a_recorded_hello_under_tls_does_not_even_decrypt() -> Result<()> {
    let test = "a_recorded_hello_under_tls_does_not_even_decrypt";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    replay(test, &[], "cobnut_mesh_turned_away_total{reason=\"tls\"}")
}
