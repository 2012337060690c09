//! `<kubernetes>` with a `service-dns`, as an operator of pods has it: the name of a headless service stands for all members,
//! and its addresses change while they run. The DNS server is dnsmasq.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Artifacts, Cluster, ClusterOptions, Host, Need, Process};
use rustix::process::Signal;

const SERVICE: &str = "openfire.chat.svc.cluster.local";
/// Until names were asked for again, and the answer was dialled.
const FORM_LIMIT: Duration = Duration::from_secs(40);
const SAY_LIMIT: Duration = Duration::from_secs(15);

/// What a host asks about names; the file is the namespace's own (`ip netns exec` puts it over `/etc`).
struct Resolver(PathBuf);

impl Resolver {
    fn set(host: &Host, server: &Host) -> Result<Self> {
        let folder = Path::new("/etc/netns").join(host.namespace());
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        fs::write(folder.join("resolv.conf"), format!("nameserver {}\n", server.address()))?;
        Ok(Self(folder))
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        // Nobody reads it any more; what is left over is a few bytes.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The DNS server of the pods.
struct Service {
    pods: PathBuf,
    process: Process,
}

impl Service {
    fn start(host: &Arc<Host>, artifacts: &Artifacts, pods: &[&str]) -> Result<Self> {
        let path = artifacts.path("pods");
        write(&path, pods)?;
        let mut command = host.command("dnsmasq");
        command.args([
            "--keep-in-foreground",
            "--no-resolv",
            "--no-hosts",
            "--bind-interfaces",
            "--user=root",
        ]);
        command.args(["--conf-file=/dev/null", "--pid-file=", "--log-facility=-", "--local-ttl=1"]);
        command.arg(format!("--listen-address={}", host.address()));
        command.arg(format!("--addn-hosts={}", path.display()));
        let mut process = Process::spawn("dnsmasq", artifacts, command)?;
        process.wait_for_log(&["read"], SAY_LIMIT)?;
        Ok(Self { pods: path, process })
    }

    /// Other pods are ready from now on.
    fn now_has(&mut self, pods: &[&str]) -> Result<()> {
        write(&self.pods, pods)?;
        self.process.signal(Signal::HUP)
    }
}

fn write(path: &Path, pods: &[&str]) -> Result<()> {
    let lines: Vec<String> = pods.iter().map(|pod| format!("{pod} {SERVICE}")).collect();
    fs::write(path, lines.join("\n") + "\n").with_context(|| format!("write {}", path.display()))
}

#[test]
fn pods_behind_a_headless_service_are_one_cluster() -> Result<()> {
    let test = "pods_behind_a_headless_service_are_one_cluster";
    if !Cluster::ready(test, &[Need::Program("dnsmasq", "dnsmasq-base")]) {
        return Ok(());
    }
    let options = ClusterOptions { clustering: Some(true), ..Default::default() };
    let mut cluster = Cluster::prepare(test, &options)?;
    cluster.forbid_discovery_by_database();
    let path = cluster.artifacts().path("hazelcast.xml");
    let file = format!(
        "<hazelcast><network><join><multicast enabled=\"false\"/><kubernetes enabled=\"true\">\
         <service-dns>{SERVICE}</service-dns></kubernetes></join></network></hazelcast>"
    );
    fs::write(&path, file).context("write the file of both")?;
    let mut service = Service::start(&cluster.client_host, cluster.artifacts(), &["192.168.5.1"])?;
    let mut resolvers = Vec::new();
    for node in &mut cluster.nodes {
        node.options_mut().config.clone_from(&path);
        resolvers.push(Resolver::set(node.host(), &cluster.client_host)?);
    }

    // The first pod is the only one that is ready; the second finds it by the name.
    for node in &mut cluster.nodes {
        node.start()?;
    }
    for node in &mut cluster.nodes {
        node.wait_for_cluster_size(2, FORM_LIMIT)?;
    }

    // Pods that start anew know nobody; they find each other once the name tells where both are.
    service.now_has(&["192.168.5.7"])?;
    for node in &mut cluster.nodes {
        node.stop()?;
    }
    for node in &mut cluster.nodes {
        node.start()?;
    }
    for node in &mut cluster.nodes {
        node.process()?.wait_for_log(&["expects other members and is alone"], SAY_LIMIT)?;
        ensure!(node.cluster_size()? == 1, "nobody knows the other");
    }
    service.now_has(&["192.168.5.1", "192.168.5.2"])?;
    for node in &mut cluster.nodes {
        node.wait_for_cluster_size(2, FORM_LIMIT)?;
    }
    Ok(())
}
