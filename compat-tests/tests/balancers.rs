//! HAProxy and nginx in front of both nodes, with the example files that we ship.

use std::fs;
use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use compat_tests::{
    Cluster, ClusterOptions, DOMAIN, Host, Login, Need, Process, XmppClient, eventually, record_timing,
    repository_root,
};

/// How long clients may need to get back in after their node died.
const RECONNECT_LIMIT: Duration = Duration::from_secs(20);
/// How long a returned node may take until it gets new clients.
const RETURN_LIMIT: Duration = Duration::from_secs(30);
/// State of an established connection in `/proc/net/tcp`.
const ESTABLISHED: &str = "01";

/// Client connections that a node holds, as its kernel sees them.
fn connections(host: &Host) -> Result<usize> {
    let table =
        host.run(|| fs::read_to_string("/proc/thread-self/net/tcp").context("read the socket table"))?;
    let port = format!(":{:04X}", 5222);
    let held = table.lines().skip(1).filter(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (local, _remote, state) = (fields.next(), fields.next(), fields.next());
        local.is_some_and(|local| local.ends_with(&port)) && state == Some(ESTABLISHED)
    });
    Ok(held.count())
}

/// The cluster behind a balancer.
struct Balanced {
    cluster: Cluster,
    front: Arc<Host>,
    _balancer: Process,
}

impl Balanced {
    fn start(test: &str, command: impl FnOnce(&Host) -> Result<Command>) -> Result<Self> {
        let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
        let front = cluster.lab().host("front", Ipv4Addr::new(192, 168, 5, 10))?;
        let mut balancer = Process::spawn("balancer", cluster.artifacts(), command(&front)?)?;
        if let Err(err) = cluster.client_host.wait_for_port(front.socket(5222), Duration::from_secs(10)) {
            balancer.assert_running()?;
            return Err(err.context(balancer.log_tail()));
        }
        Ok(Self { cluster, front, _balancer: balancer })
    }

    /// One attempt to log in through the balancer.
    fn try_login(&self, user: &str, resource: &str) -> Result<XmppClient> {
        let login = Login {
            domain: DOMAIN.to_owned(),
            user: user.to_owned(),
            password: self.cluster.password(user)?.to_owned(),
            resource: resource.to_owned(),
        };
        let mut client = XmppClient::login(&self.cluster.client_host, self.front.socket(5222), &login)?;
        client.go_online()?;
        client.sync()?;
        Ok(client)
    }

    /// What a client does that lost its server: tries again until it is in.
    fn login(&self, user: &str, resource: &str) -> Result<XmppClient> {
        let what = format!("a login of {user}/{resource} through the balancer");
        eventually(&what, RECONNECT_LIMIT, || self.try_login(user, resource).map(Some))
            .map(|(client, _)| client)
    }

    fn connections(&self) -> Result<[usize; 2]> {
        Ok([connections(self.cluster.nodes[0].host())?, connections(self.cluster.nodes[1].host())?])
    }

    /// Logs six clients in; both nodes must get some.
    fn fill(&self) -> Result<Vec<XmppClient>> {
        let clients = (0..6).map(|number| {
            let user = if number % 2 == 0 { "10023" } else { "10024" };
            self.login(user, &format!("r{number}"))
        });
        let clients: Vec<XmppClient> = clients.collect::<Result<_>>()?;
        let held = self.connections()?;
        ensure!(held.iter().all(|count| *count >= 2), "clients land on both nodes, not {held:?}");
        Ok(clients)
    }
}

/// Everybody can write to everybody, wherever they are.
fn chat_in_a_ring(clients: &mut [XmppClient], topic: &str) -> Result<()> {
    for index in 0..clients.len() {
        let next = (index + 1) % clients.len();
        let to = clients[next].jid().to_owned();
        let body = format!("{topic} {index}");
        clients[index].message(&to, &body)?;
        clients[next].wait_for_message(&body, Duration::from_secs(10))?;
    }
    Ok(())
}

fn walk(balanced: &mut Balanced, name: &str) -> Result<()> {
    let mut clients = balanced.fill()?;
    chat_in_a_ring(&mut clients, "through the balancer")?;

    let killed = Instant::now();
    balanced.cluster.nodes[1].kill()?;
    let mut survivors = Vec::new();
    let mut lost = Vec::new();
    for mut client in clients {
        match client.sync() {
            Ok(()) => survivors.push(client),
            Err(_) => lost.push(client),
        }
    }
    ensure!(
        !survivors.is_empty() && !lost.is_empty(),
        "{} stayed, {} were lost",
        survivors.len(),
        lost.len()
    );
    for client in &lost {
        let (user, resource) = parts(client.jid())?;
        survivors.push(balanced.login(user, resource)?);
    }
    record_timing(&format!("{name}: all clients of a killed node are back"), killed.elapsed());
    chat_in_a_ring(&mut survivors, "on the survivor")?;
    let held = connections(balanced.cluster.nodes[0].host())?;
    ensure!(held >= 6, "the survivor holds all six clients, not {held}");

    balanced.cluster.nodes[1].start()?;
    balanced.cluster.wait_until_formed()?;
    let back = Instant::now();
    let mut newcomers = Vec::new();
    eventually("new clients on the returned node", RETURN_LIMIT, || {
        newcomers.push(balanced.login("10024", &format!("late{}", newcomers.len() % 10))?);
        Ok((connections(balanced.cluster.nodes[1].host())? > 0).then_some(()))
    })?;
    record_timing(&format!("{name}: a returned node gets clients"), back.elapsed());
    if let Some(newcomer) = newcomers.pop() {
        survivors.push(newcomer);
    }
    chat_in_a_ring(&mut survivors, "after the return")
}

fn parts(jid: &str) -> Result<(&str, &str)> {
    match (jid.split_once('@'), jid.split_once('/')) {
        (Some((user, _)), Some((_, resource))) => Ok((user, resource)),
        _ => bail!("{jid} is not a full JID"),
    }
}

#[test]
fn haproxy_in_front_of_both_nodes() -> Result<()> {
    let test = "haproxy_in_front_of_both_nodes";
    if !Cluster::ready(test, &[Need::Program("haproxy", "haproxy")]) {
        return Ok(());
    }
    let mut balanced = Balanced::start(test, |front| {
        let mut command = front.command("haproxy");
        command.arg("-db").arg("-f").arg(repository_root().join("conf/haproxy.cfg"));
        Ok(command)
    })?;
    walk(&mut balanced, "haproxy")
}

#[test]
fn nginx_in_front_of_both_nodes() -> Result<()> {
    const STREAM_MODULE: &str = "/usr/lib/nginx/modules/ngx_stream_module.so";
    let test = "nginx_in_front_of_both_nodes";
    let needs = [Need::Program("nginx", "nginx"), Need::File(STREAM_MODULE, "libnginx-mod-stream")];
    if !Cluster::ready(test, &needs) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let main = folder.path().join("nginx.conf");
    let text = format!(
        "load_module {STREAM_MODULE};\ndaemon off;\npid {};\nerror_log stderr info;\nevents {{}}\ninclude {};\n",
        folder.path().join("pid").display(),
        repository_root().join("conf/nginx-stream.conf").display(),
    );
    fs::write(&main, text)?;
    let mut balanced = Balanced::start(test, |front| {
        let mut command = front.command("nginx");
        command.arg("-e").arg("stderr").arg("-c").arg(&main);
        Ok(command)
    })?;
    walk(&mut balanced, "nginx")
}
