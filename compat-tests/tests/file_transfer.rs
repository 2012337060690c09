//! Clients that are not ours send files through the proxy of a cluster (XEP-0065), with the sender on one node and the
//! receiver on the other.
//!
//! The walks are written in the clients' own languages: `smack/Transfer.java` and `slixmpp/transfer.py` in
//! `compat-tests/clients`. What arrived is compared there; here, that it went through the nodes that were told.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, ClusterOptions, Walk, WalkProgram, eventually};

/// How long the last bytes may take to be counted.
const COUNT_LIMIT: Duration = Duration::from_secs(5);
/// Bytes that a walk sends from each user, and gets back, as plain streams.
const STREAM_BYTES: u64 = 20_000_000 + 5_000_000;
/// Bytes of the file that Smack offers before it sends it.
const FILE_BYTES: u64 = 20_000_000;

#[test]
fn smack_sends_files_through_the_proxy_across_nodes() -> Result<()> {
    let test = "smack_sends_files_through_the_proxy_across_nodes";
    let steps = ["login", "found", "stream", "stream-back", "file"];
    walk(test, WalkProgram::Smack("Transfer.java"), &steps, [STREAM_BYTES + FILE_BYTES, STREAM_BYTES])
}

#[test]
fn slixmpp_streams_through_the_proxy_across_nodes() -> Result<()> {
    let test = "slixmpp_streams_through_the_proxy_across_nodes";
    let steps = ["login", "found", "stream", "stream-back"];
    walk(test, WalkProgram::Slixmpp("transfer.py"), &steps, [STREAM_BYTES, STREAM_BYTES])
}

/// Each node's proxy must have carried exactly so many bytes.
fn walk(test: &str, program: WalkProgram, steps: &[&str], carried: [u64; 2]) -> Result<()> {
    if !Cluster::ready(test, &program.needs()) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    Walk::start(&cluster, program)?.finish(steps)?;
    for (node, expected) in cluster.nodes.iter_mut().zip(carried) {
        node.process()?.assert_running()?;
        let view = node.view();
        // Bytes are counted when they are written, and the client may be faster.
        let counted = eventually("the bytes carried", COUNT_LIMIT, || {
            let metrics = view.metrics()?;
            let name = "cobnut_bytestream_carried_bytes_total ";
            let count = metrics.lines().find_map(|line| line.strip_prefix(name)).context("bytes carried")?;
            ensure!(count.parse() == Ok(expected), "a proxy carried {count} bytes instead of {expected}");
            Ok(Some(()))
        });
        counted?;
    }
    Ok(())
}
