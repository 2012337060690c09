//! The article's cluster when both files are wrong: it forms by the shared database, or as soon as one file is corrected.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, ClusterOptions, cobnut_command, repository_root};
use rustix::process::Signal;

const FORM_LIMIT: Duration = Duration::from_secs(15);
const SAY_LIMIT: Duration = Duration::from_secs(10);

/// The article's cluster where node 1's file is as mistyped as node 2's.
fn prepare(test: &str) -> Result<Cluster> {
    let mut cluster = Cluster::prepare(test, &ClusterOptions::default())?;
    let path = cluster.artifacts().path("server1.xml");
    fs::write(&path, server1("192.168.5:2:5701")?).context("write node 1's file")?;
    cluster.nodes[0].options_mut().config = path;
    Ok(cluster)
}

fn server1(other: &str) -> Result<String> {
    let text = fs::read_to_string(repository_root().join("conf/article/server1.xml")).context("read")?;
    Ok(text.replace("192.168.5.2:5701", other))
}

#[test]
fn two_mistyped_files_and_one_database_are_one_cluster() -> Result<()> {
    let test = "two_mistyped_files_and_one_database_are_one_cluster";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test)?;
    for (first, second) in [(0, 1), (1, 0)] {
        cluster.nodes[first].start()?;
        cluster.nodes[second].start()?;
        for node in &mut cluster.nodes {
            node.wait_for_cluster_size(2, FORM_LIMIT)?;
        }
        for (node, typo) in cluster.nodes.iter_mut().zip(["192.168.5:2:5701", "192.168.5:1:5701"]) {
            let log = node.process()?.log();
            ensure!(log.contains(typo), "the log of {} does not mention {typo}:\n{log}", node.name());
            node.stop()?;
        }
    }
    Ok(())
}

#[test]
fn a_corrected_list_counts_without_a_restart_and_a_broken_file_changes_nothing() -> Result<()> {
    let test = "a_corrected_list_counts_without_a_restart_and_a_broken_file_changes_nothing";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test)?;
    // Without the table of nodes, only the list can help.
    cluster.forbid_discovery_by_database();
    for node in &mut cluster.nodes {
        node.start()?;
    }
    cluster.nodes[0].process()?.wait_for_log(&["alone"], SAY_LIMIT)?;
    ensure!(cluster.nodes[0].cluster_size()? == 1, "nobody named the other");

    let path = cluster.artifacts().path("server1.xml");
    fs::write(&path, server1("192.168.5.2:5701")?).context("correct node 1's file")?;
    cluster.nodes[0].process()?.signal(Signal::HUP)?;
    cluster.nodes[0].process()?.wait_for_log(&["read again", "192.168.5.2"], SAY_LIMIT)?;
    for node in &mut cluster.nodes {
        node.wait_for_cluster_size(2, FORM_LIMIT)?;
    }

    for broken in ["<join>".to_owned(), server1("192.168.5:2:5701")?] {
        let mark = cluster.nodes[0].process()?.log_mark();
        fs::write(&path, broken).context("break node 1's file")?;
        cluster.nodes[0].process()?.signal(Signal::HUP)?;
        cluster.nodes[0].process()?.wait_for_log_since(mark, &["nothing changes"], SAY_LIMIT)?;
        let (is_done, said) = reload(&cluster)?;
        ensure!(!is_done && said.contains("server1.xml"), "the command says what is wrong: {said}");
        ensure!(cluster.nodes[0].cluster_size()? == 2, "a broken file changed the cluster");
    }

    fs::write(&path, server1("192.168.5.3:5701")?).context("name a third node")?;
    let (is_done, said) = reload(&cluster)?;
    ensure!(is_done && said.contains("dialled from now on: 192.168.5.3:5701"), "{said}");
    ensure!(said.contains("members stay: 192.168.5.2:5701"), "{said}");
    ensure!(cluster.nodes[0].cluster_size()? == 2, "a member that is not named any more stays");
    let (is_done, said) = reload(&cluster)?;
    ensure!(is_done && said == "nothing has changed\n", "{said}");
    Ok(())
}

/// `cobnut cluster reload` beside node 1: whether it worked, and what it said.
fn reload(cluster: &Cluster) -> Result<(bool, String)> {
    let node = &cluster.nodes[0];
    let data = node.folder().join("data").display().to_string();
    let arguments = ["cluster", "reload", "--data", &data];
    let output = cobnut_command(Some(node.host().as_ref()), cluster.artifacts().folder(), &arguments)?;
    let said = if output.status.success() { output.stdout } else { output.stderr };
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}
