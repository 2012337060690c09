//! `--probe`: looks at this machine and asks the addresses in the files, a handful of packets each.
//!
//! Nothing is sent to an address that no file names, and nothing at all without `--probe`. The rules of the group `probe`
//! judge what comes back.

mod ask;
mod machine;
mod multicast;
mod plan;
mod report;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use cobnut_config::{Config, DialHost};
use cobnut_lint::{Answer, DatabaseServer, Input, LocalPort, PortState, Probed, Purpose};

use self::ask::{Asked, Language, ask};
use self::plan::Plan;
use crate::args::ProbeArgs;

pub(crate) use self::report::{matrix, write_report};

/// The whole probe takes no longer; what was not asked by then is not judged.
const DEADLINE: Duration = Duration::from_secs(15);
/// Names that have no address by then have none: a resolver that hangs must not take the time of all others.
const RESOLVING: Duration = Duration::from_secs(6);
/// Connections at the same time.
const THREADS: usize = 32;
/// Addresses of one host name that are asked at most.
const ADDRESSES_MAX: usize = 4;
/// Sockets that are asked at most, whatever the files say.
const SOCKETS_MAX: usize = 192;

/// What would be done, as text.
pub(crate) fn dry_run(input: &Input) -> String {
    Plan::new(input).text(input)
}

/// What was found out, and remarks about it for the standard error, one line each.
pub(crate) fn probe(input: &Input, args: &ProbeArgs) -> (Probed, Vec<String>) {
    let plan = Plan::new(input);
    let end = Instant::now() + DEADLINE;
    let mut notes = plan.notes.clone();
    let mut probed = Probed {
        local: machine::addresses(),
        open_files: machine::open_files(),
        now_ms: Some(ask::now_ms()),
        ..Probed::default()
    };
    probed.names = resolve(&plan.names, Instant::now() + RESOLVING);
    probed.here = machine::here(&plan.nodes, &probed, &args.probe_node);
    if probed.here.is_empty() && !plan.nodes.is_empty() {
        notes.push(
            "none of these nodes has an address of this machine; --probe-node NODE tells which one it is"
                .to_owned(),
        );
    }
    let sockets = sockets(&plan, &probed);
    let groups = groups(&plan, &probed);
    // Groups are listened to while the others are asked.
    let listeners: Vec<_> = groups
        .into_iter()
        .map(|(node, (group, port), interface)| {
            thread::spawn(move || multicast::listen(&node, group, port, interface))
        })
        .collect();
    look_at_ports(&plan, input, &mut probed, end);
    ask_databases(&plan, &mut probed, end);
    ask_members(&sockets, &mut probed, end);
    if probed.asked.len() < sockets.len() {
        let left = sockets.len() - probed.asked.len();
        notes.push(format!("{left} member ports were not asked: {} s are over", DEADLINE.as_secs()));
    }
    for listener in listeners {
        if let Ok((group, clocks)) = listener.join() {
            probed.groups.push(group);
            probed.clocks.extend(clocks);
        }
    }
    notes.extend(told(&probed));
    (probed, notes)
}

/// What was found, for people: also what is well and therefore no finding.
fn told(probed: &Probed) -> Vec<String> {
    let mut lines = Vec::new();
    if !probed.here.is_empty() {
        lines.push(format!("this machine is {}", probed.here.join(", ")));
    }
    for (name, addresses) in probed.names.iter().filter(|(_, addresses)| !addresses.is_empty()) {
        let addresses: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
        lines.push(format!("{name} is {}", addresses.join(", ")));
    }
    lines.extend(probed.asked.iter().map(|(address, answer)| format!("{address} {}", answer.words())));
    for server in &probed.databases {
        if let Some(answer) = &server.answer {
            lines.push(format!("database server {} {}", server.place, answer.words()));
        }
    }
    for port in probed.ports.iter().filter(|port| port.state == PortState::Free) {
        lines.push(format!("{} is free for {}", port.address, port.purpose.words()));
    }
    for group in &probed.groups {
        let heard: Vec<String> = group.heard.iter().map(IpAddr::to_string).collect();
        let who = if heard.is_empty() { "no other probe".to_owned() } else { heard.join(", ") };
        lines.push(format!("multicast {} from {}: heard {who}", group.address, group.interface));
    }
    for (address, ahead) in &probed.clocks {
        lines.push(format!("the clock at {address} differs by {ahead} ms"));
    }
    lines
}

/// Runs the work of every item on a few threads; whatever is not done at `end` is not in the answer.
fn at_once<T: Send + 'static, R: Send + 'static>(
    items: Vec<T>,
    end: Instant,
    work: impl Fn(T) -> R + Send + Copy + 'static,
) -> Vec<(usize, R)> {
    let count = items.len();
    let (sender, receiver) = mpsc::channel();
    let queue = std::sync::Arc::new(std::sync::Mutex::new(items.into_iter().enumerate()));
    for _ in 0..THREADS.min(count) {
        let (sender, queue) = (sender.clone(), std::sync::Arc::clone(&queue));
        // A resolver may hang for longer than we wait: the thread is left behind, and ends with the process.
        thread::spawn(move || {
            loop {
                let next = queue.lock().ok().and_then(|mut queue| queue.next());
                let Some((index, item)) = next.filter(|_| Instant::now() < end) else { return };
                if sender.send((index, work(item))).is_err() {
                    return;
                }
            }
        });
    }
    drop(sender);
    let mut done = Vec::new();
    while let Ok(result) = receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
        done.push(result);
    }
    done.sort_by_key(|(index, _)| *index);
    done
}

fn resolve(names: &[String], end: Instant) -> Vec<(String, Vec<IpAddr>)> {
    let found = at_once(names.to_vec(), end, |name| {
        let mut addresses: Vec<IpAddr> = (name.as_str(), 0)
            .to_socket_addrs()
            .map(|found| found.map(|address| address.ip()).collect())
            .unwrap_or_default();
        addresses.sort();
        addresses.dedup();
        addresses.truncate(ADDRESSES_MAX);
        addresses
    });
    let mut found: BTreeMap<usize, Vec<IpAddr>> = found.into_iter().collect();
    names
        .iter()
        .enumerate()
        .map(|(index, name)| (name.clone(), found.remove(&index).unwrap_or_default()))
        .collect()
}

/// The members' sockets, without those of this machine: its ports are looked at in another way.
fn sockets(plan: &Plan, probed: &Probed) -> Vec<SocketAddr> {
    let mut sockets = Vec::new();
    for member in &plan.members {
        let addresses = match &member.host {
            DialHost::Address(address) => vec![*address],
            DialHost::Name(name) => probed.resolved(name).unwrap_or_default().to_vec(),
        };
        for address in addresses.into_iter().filter(|address| is_asked(*address, probed)) {
            for port in &member.ports {
                let socket = SocketAddr::new(address, *port);
                if !sockets.contains(&socket) && sockets.len() < SOCKETS_MAX {
                    sockets.push(socket);
                }
            }
        }
    }
    sockets
}

fn is_asked(address: IpAddr, probed: &Probed) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !probed.is_local(address) && !address.is_unspecified() && !address.is_multicast() && !is_broadcast
}

fn ask_members(sockets: &[SocketAddr], probed: &mut Probed, end: Instant) {
    let answers = at_once(sockets.to_vec(), end, |socket| ask(socket, Language::Member));
    let mut answers: BTreeMap<usize, Asked> = answers.into_iter().collect();
    for (index, socket) in sockets.iter().enumerate() {
        let Some((answer, ahead)) = answers.remove(&index) else { continue };
        if let Some(ahead) = ahead.filter(|_| !probed.clocks.iter().any(|(ip, _)| *ip == socket.ip())) {
            probed.clocks.push((socket.ip(), ahead));
        }
        probed.asked.push((*socket, answer));
    }
}

fn ask_databases(plan: &Plan, probed: &mut Probed, end: Instant) {
    // Several nodes share one server: it is asked once.
    let mut known: BTreeMap<(String, u16, bool), Option<Answer>> = BTreeMap::new();
    for database in &plan.databases {
        let key = (database.host.clone(), database.port, database.is_postgres);
        let is_elsewhere = !probed.is_here(&database.node) && plan.nodes.len() > 1 && !probed.here.is_empty();
        let address = match database.host.parse::<IpAddr>() {
            Ok(address) => Some(address),
            Err(_) => probed.resolved(&database.host).and_then(|found| found.first().copied()),
        };
        // The loopback address of another machine's file is that machine.
        if is_elsewhere && address.is_some_and(|address| address.is_loopback()) {
            continue;
        }
        let language = if database.is_postgres { Language::Postgres } else { Language::MySql };
        let answer = known.entry(key).or_insert_with(|| {
            let socket = SocketAddr::new(address?, database.port);
            let mut answers = at_once(vec![socket], end, move |socket| ask(socket, language));
            Some(answers.pop().map_or(Answer::TimedOut, |(_, (answer, _))| answer))
        });
        probed.databases.push(DatabaseServer {
            node: database.node.clone(),
            place: format!("{}:{}", database.host, database.port),
            answer: answer.clone(),
        });
    }
}

fn own_address(config: &Config, probed: &Probed) -> Option<IpAddr> {
    let resolve = |name: &str| probed.resolved(name).unwrap_or_default().to_vec();
    config.pick_address_with(&probed.local, resolve).ok()
}

fn groups(plan: &Plan, probed: &Probed) -> Vec<(String, (std::net::Ipv4Addr, u16), std::net::Ipv4Addr)> {
    let here = plan.nodes.iter().filter(|(label, _)| probed.is_here(label));
    here.filter_map(|(label, config)| match own_address(config, probed)? {
        IpAddr::V4(interface) => Some((label.clone(), Plan::group(config)?, interface)),
        IpAddr::V6(_) => None,
    })
    .collect()
}

fn look_at_ports(plan: &Plan, input: &Input, probed: &mut Probed, end: Instant) {
    let here: Vec<&(String, Config)> = plan.nodes.iter().filter(|(label, _)| probed.is_here(label)).collect();
    let mut ports = Vec::new();
    for (label, config) in here {
        let Some(own) = own_address(config, probed) else { continue };
        let mesh = *config.network.port.number;
        let mut wanted = vec![(mesh, Purpose::Mesh)];
        wanted.extend(plan::home_ports(input, label));
        for (port, purpose) in wanted.into_iter().filter(|(port, _)| *port > 0) {
            let address = SocketAddr::new(own, port);
            let state = machine::port(address, |address| {
                let language = match purpose {
                    Purpose::Mesh => Language::Member,
                    Purpose::Console => Language::Http,
                    Purpose::Clients | Purpose::Servers => Language::Xmpp,
                };
                let mut answers = at_once(vec![address], end, move |address| ask(address, language));
                answers.pop().map_or(Answer::TimedOut, |(_, (answer, _))| answer)
            });
            ports.push(LocalPort { node: label.clone(), address, purpose, state });
        }
    }
    probed.ports = ports;
}
