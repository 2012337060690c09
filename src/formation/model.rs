//! What of a configuration decides who joins whom.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use cobnut_config::{Config, DialHost, Host, MemberEntry, Outcome, parse_int};
use thiserror::Error;

use crate::Millis;

/// Hazelcast generations that join differently.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// Up to 4.0.
    V3,
    /// 4.1 to 5.1: without an enabled joiner it searches by multicast.
    V4,
    /// 5.2 and later: its search for other clusters also asks former members, and two masters of which one cannot find the
    /// other introduce each other.
    #[default]
    V5,
}

/// What is known besides the files.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Addresses of host names.
    pub hosts: BTreeMap<String, IpAddr>,
    /// Own addresses of nodes by their labels, for files that do not fix them.
    pub nodes: BTreeMap<String, IpAddr>,
}

/// Nothing tells which address a node has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "nothing tells which address {label} has: its file fixes none{}; enable <interfaces> with the node's own address, or name \
     it with --address {label}=ADDRESS",
    possible(.candidates)
)]
pub struct UnknownAddress {
    /// The node.
    pub label: String,
    /// Addresses that it may have.
    pub candidates: Vec<IpAddr>,
}

fn possible(candidates: &[IpAddr]) -> String {
    if candidates.is_empty() {
        return String::new();
    }
    let listed: Vec<String> = candidates.iter().map(IpAddr::to_string).collect();
    format!(" (it may be {})", listed.join(" or "))
}

/// How a node looks for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinMethod {
    /// By the member list.
    TcpIp {
        /// `required-member`: nobody else is asked.
        required: Option<SocketAddr>,
    },
    /// By multicast.
    Multicast {
        /// Group and port.
        group: (String, u16),
        /// `multicast-timeout-seconds`, in milliseconds.
        timeout: Millis,
    },
    /// Not at all.
    Alone,
}

impl JoinMethod {
    /// Hazelcast's name for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TcpIp { .. } => "tcp-ip",
            Self::Multicast { .. } => "multicast",
            Self::Alone => "none",
        }
    }
}

/// One node, as far as joining is concerned.
#[derive(Debug, Clone)]
pub struct NodeModel {
    /// How messages name it.
    pub label: String,
    /// Where it listens and what it advertises.
    pub address: SocketAddr,
    /// How Hazelcast looks for others with this file.
    pub method: JoinMethod,
    /// Everything that it dials, in the order of the file, its own address left out.
    pub candidates: Vec<SocketAddr>,
    /// Entries of its list that lead nowhere, as written, with the reason.
    pub dead_entries: Vec<(String, &'static str)>,
    /// `cluster-name` or `group/name`.
    pub cluster_name: String,
    /// `hazelcast.partition.count` as written: Hazelcast compares the texts.
    pub partition_count: Option<String>,
    /// Whether it owns no data (`lite-member`).
    pub is_lite: bool,
    /// Why Hazelcast does not start with this file.
    pub fatal: Option<String>,
    /// Whether multicast is enabled, beside whatever else is.
    pub multicast: Option<(String, u16)>,
    /// The timers.
    pub timers: Timers,
    /// Hazelcast's generation.
    pub generation: Generation,
}

/// Hazelcast's timers, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// `tcp-ip@connection-timeout-seconds`: length of one round of asking.
    pub round: Millis,
    /// `hazelcast.wait.seconds.before.join`: how long a master collects joiners after each new one.
    pub wait_before_join: Millis,
    /// `hazelcast.max.wait.seconds.before.join`: and how long at most.
    pub max_wait_before_join: Millis,
    /// `hazelcast.max.join.seconds`: after which a joiner gives up.
    pub max_join: Millis,
    /// `hazelcast.max.join.merge.target.seconds`: and one that merges.
    pub max_join_merge_target: Millis,
    /// `hazelcast.merge.first.run.delay.seconds`: first search for other clusters after the start.
    pub merge_first_run: Millis,
    /// `hazelcast.merge.next.run.delay.seconds`: and each further one.
    pub merge_next_run: Millis,
}

impl Timers {
    fn of(config: &Config) -> Self {
        let seconds = |name: &str, default: u32| {
            let written = config.properties.number(name).and_then(|number| u32::try_from(number).ok());
            u64::from(written.unwrap_or(default)) * 1000
        };
        Self {
            // A round without any length would never let a turn end.
            round: u64::from((*config.network.join.tcp_ip.connection_timeout_seconds).max(1)) * 1000,
            wait_before_join: seconds("hazelcast.wait.seconds.before.join", 5),
            max_wait_before_join: seconds("hazelcast.max.wait.seconds.before.join", 20),
            max_join: seconds("hazelcast.max.join.seconds", 300),
            max_join_merge_target: seconds("hazelcast.max.join.merge.target.seconds", 20),
            merge_first_run: seconds("hazelcast.merge.first.run.delay.seconds", 300),
            // A period of zero is refused by Java's scheduler; one second keeps the simulation going.
            merge_next_run: seconds("hazelcast.merge.next.run.delay.seconds", 120).max(1000),
        }
    }
}

impl NodeModel {
    /// The nodes of a set of files, each with the label that messages name it by.
    ///
    /// Two nodes with one host address take one port after the other, as `auto-increment` does.
    ///
    /// # Errors
    /// The first node whose address neither its file nor `names` nor the process of elimination tells.
    pub fn of_files(
        files: &[(&str, &Config)],
        generation: Generation,
        names: &Names,
    ) -> Result<Vec<Self>, UnknownAddress> {
        let addresses = own_addresses(files, names)?;
        let mut listening: Vec<SocketAddr> = Vec::new();
        for ((_, config), &ip) in files.iter().zip(&addresses) {
            let mut port = public_port(config).unwrap_or(*config.network.port.number);
            while *config.network.port.auto_increment && listening.contains(&SocketAddr::new(ip, port)) {
                let Some(next) = port.checked_add(1) else { break };
                port = next;
            }
            listening.push(SocketAddr::new(ip, port));
        }
        let by_label: BTreeMap<&str, IpAddr> =
            files.iter().map(|(label, _)| short(label)).zip(addresses.iter().copied()).collect();
        let resolve = |name: &str| match name {
            "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
            _ => names.hosts.get(name).or_else(|| by_label.get(name)).copied(),
        };
        Ok(files
            .iter()
            .zip(&listening)
            .map(|((label, config), &address)| {
                Self::new(label, config, address, &listening, generation, resolve)
            })
            .collect())
    }

    fn new(
        label: &str,
        config: &Config,
        address: SocketAddr,
        listening: &[SocketAddr],
        generation: Generation,
        resolve: impl Fn(&str) -> Option<IpAddr>,
    ) -> Self {
        let join = &config.network.join;
        let multicast =
            join.multicast.enabled.then(|| (join.multicast.group.value.clone(), *join.multicast.port));
        let is_service = join.others.iter().any(|joiner| joiner.used_dns().is_some());
        let is_listed = *join.tcp_ip.enabled || is_service;
        let searches_by_itself = generation >= Generation::V4 && !is_listed && multicast.is_none();
        let group = multicast.clone().or_else(|| {
            searches_by_itself.then(|| (join.multicast.group.value.clone(), *join.multicast.port))
        });
        let mut candidates = Vec::new();
        for target in config.dial_targets() {
            let ip = match &target.host {
                DialHost::Address(ip) => Some(*ip),
                DialHost::Name(name) => resolve(name),
            };
            let found =
                ip.into_iter().flat_map(|ip| target.ports.iter().map(move |&port| SocketAddr::new(ip, port)));
            candidates.extend(found.filter(|&found| found != address));
        }
        if is_service {
            // The name stands for all that are planned.
            candidates.extend(listening.iter().copied().filter(|&other| other != address));
        }
        candidates.dedup();
        let required = join.tcp_ip.required_member().map(|_| candidates.first().copied().unwrap_or(address));
        let method = if is_listed {
            JoinMethod::TcpIp { required }
        } else if let Some(group) = group {
            JoinMethod::Multicast { group, timeout: u64::from(*join.multicast.timeout_seconds) * 1000 }
        } else {
            JoinMethod::Alone
        };
        Self {
            label: label.to_owned(),
            address,
            method,
            candidates,
            dead_entries: dead_entries(config, &resolve),
            cluster_name: config.cluster_name.value.clone(),
            partition_count: config
                .properties
                .value("hazelcast.partition.count")
                .map(|value| value.value.clone()),
            is_lite: is_lite(config),
            fatal: fatal(config),
            multicast,
            timers: Timers::of(config),
            generation,
        }
    }

    /// Why another node's join request is refused here and the other one stops; `None` when it is not.
    pub(crate) fn mismatch(&self, other: &Self) -> Option<String> {
        let (own, others) = (self.method.name(), other.method.name());
        if own != others {
            return Some(format!("Incompatible joiners! expected: {own}, found: {others}"));
        }
        let count = |node: &Self| node.partition_count.clone().unwrap_or_else(|| "null".to_owned());
        (self.partition_count != other.partition_count).then(|| {
            format!("Incompatible partition count! expected: {}, found: {}", count(self), count(other))
        })
    }
}

/// The last part of a path, which people often name a node's folder after the host.
fn short(label: &str) -> &str {
    label.trim_end_matches('/').rsplit('/').next().unwrap_or(label)
}

fn own_addresses(files: &[(&str, &Config)], names: &Names) -> Result<Vec<IpAddr>, UnknownAddress> {
    let mut known: Vec<Option<IpAddr>> = files
        .iter()
        .map(|(label, config)| {
            let named = names.nodes.get(*label).or_else(|| names.nodes.get(short(label)));
            named.copied().or_else(|| fixed_address(config))
        })
        .collect();
    for index in 0..files.len() {
        let (label, config) = files[index];
        if known[index].is_none() {
            let listed = listed_addresses(config);
            let free: Vec<IpAddr> = listed
                .into_iter()
                .filter(|address| !known.iter().flatten().any(|taken| taken == address))
                .collect();
            match free.as_slice() {
                [only] => known[index] = Some(*only),
                _ => return Err(UnknownAddress { label: label.to_owned(), candidates: free }),
            }
        }
    }
    Ok(known.into_iter().flatten().collect())
}

/// The address that the file fixes: what it advertises first, what it binds second.
fn fixed_address(config: &Config) -> Option<IpAddr> {
    let public = public_address(config);
    let public = public.as_deref().and_then(|text| {
        let entry = MemberEntry::from_text(text);
        entry.single_address()
    });
    let property = || config.properties.local_address().and_then(|text| text.parse().ok());
    public.or_else(property).or_else(|| config.network.interfaces.exact_address().map(|(address, _)| address))
}

fn public_address(config: &Config) -> Option<String> {
    if let Some(property) = config.properties.value("hazelcast.local.publicAddress") {
        return Some(property.value.clone());
    }
    let id = config.document.at_path("hazelcast/network/public-address").next()?;
    Some(config.document.trimmed_text(id).value).filter(|text| !text.is_empty())
}

fn public_port(config: &Config) -> Option<u16> {
    MemberEntry::from_text(&public_address(config)?).written_port()
}

fn listed_addresses(config: &Config) -> Vec<IpAddr> {
    let mut listed: Vec<IpAddr> =
        config.network.join.tcp_ip.entries.iter().filter_map(MemberEntry::single_address).collect();
    listed.sort();
    listed.dedup();
    let matching: Vec<IpAddr> =
        listed.iter().copied().filter(|&ip| config.network.interfaces.matches(ip)).collect();
    if *config.network.interfaces.enabled && !matching.is_empty() { matching } else { listed }
}

fn dead_entries(config: &Config, resolve: &impl Fn(&str) -> Option<IpAddr>) -> Vec<(String, &'static str)> {
    let entries = config.network.join.tcp_ip.entries.iter();
    entries
        .filter_map(|entry| {
            let reason = match entry.outcome() {
                Outcome::Dialled => match &entry.host {
                    Host::Name(name) if resolve(name).is_none() => {
                        "a host name whose address is not known here"
                    }
                    _ => return None,
                },
                Outcome::DialledElsewhere(_) => "Java reads another address out of it",
                Outcome::Loopback => "it stands for the local host",
                Outcome::Nothing => "it makes no address",
                Outcome::NeverConnects => "nobody listens on port 0",
                Outcome::Skipped => "it is skipped as a host name that cannot be resolved",
                Outcome::Stops => "Hazelcast stops on it",
            };
            Some((entry.text.clone(), reason))
        })
        .collect()
}

fn is_lite(config: &Config) -> bool {
    config.document.at_path("hazelcast/lite-member").any(|id| {
        let enabled = config.document.element(id).attribute_ignoring_case("enabled");
        enabled.is_some_and(|enabled| enabled.value.value.trim().eq_ignore_ascii_case("true"))
    })
}

fn fatal(config: &Config) -> Option<String> {
    let join = &config.network.join;
    if *join.tcp_ip.enabled && *join.multicast.enabled {
        return Some("it refuses two enabled joiners".to_owned());
    }
    if !join.tcp_ip.empty.is_empty() {
        return Some("a member element is empty: member must contain text".to_owned());
    }
    let tries = config.properties.value("hazelcast.tcp.join.port.try.count");
    if tries.is_some_and(|tries| parse_int(tries.value.trim()).is_some_and(|count| count <= 0)) {
        return Some("hazelcast.tcp.join.port.try.count must be greater than zero".to_owned());
    }
    let stopping = join.tcp_ip.entries.iter().find(|entry| entry.outcome() == Outcome::Stops);
    stopping.filter(|_| *join.tcp_ip.enabled).map(|entry| format!("it stops on the entry `{}`", entry.text))
}
