//! Who will be asked, and for what: pure, so that it can be printed before anything is sent.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use cobnut_config::{Config, DialHost, Host};
use cobnut_lint::{Input, Purpose, database_place, home_value, public_host, read};

/// Member addresses that are asked at most.
pub(super) const MEMBERS_MAX: usize = 64;
/// Addresses of one range that are asked at most.
const RANGE_MAX: usize = 8;
/// Ports of one address that are asked at most.
const PORTS_MAX: usize = 3;
/// Host names that are resolved at most.
const NAMES_MAX: usize = 64;

/// What will be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Nodes whose Hazelcast files could be read.
    pub(super) nodes: Vec<(String, Config)>,
    pub(super) names: Vec<String>,
    pub(super) members: Vec<Member>,
    pub(super) databases: Vec<Database>,
    /// What is left out and why.
    pub(super) notes: Vec<String>,
}

/// A member to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) host: DialHost,
    pub(super) ports: Vec<u16>,
}

/// A database server to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Database {
    pub(super) node: String,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_postgres: bool,
}

/// The ports of a node beside the cluster's: those that an Openfire home serves.
pub(super) fn home_ports(input: &Input, label: &str) -> Vec<(u16, Purpose)> {
    let node = input.nodes.iter().find(|node| node.label == label);
    let Some(node) = node.filter(|node| node.openfire_xml.is_some()) else { return Vec::new() };
    let console = match home_value(node, "adminConsole.port").map(|port| port.parse::<i32>()) {
        Some(Ok(port)) => u16::try_from(port).ok().filter(|port| *port > 0),
        _ => Some(9090),
    };
    let mut ports = vec![(5222, Purpose::Clients), (5269, Purpose::Servers)];
    ports.extend(console.map(|port| (port, Purpose::Console)));
    ports
}

impl Plan {
    pub(super) fn new(input: &Input) -> Self {
        let mut plan = Self::default();
        for node in &input.nodes {
            let (config, _) = read(node);
            plan.nodes.extend(config.map(|config| (node.label.clone(), config)));
            if let Some((host, port, is_postgres)) = database_place(node) {
                plan.databases.push(Database { node: node.label.clone(), host, port, is_postgres });
            }
        }
        plan.databases.truncate(MEMBERS_MAX);
        plan.add_members();
        plan.add_names();
        plan
    }

    fn add_members(&mut self) {
        let (mut spans, mut is_cut) = (Vec::new(), false);
        let mut members: Vec<Member> = Vec::new();
        for (label, config) in &self.nodes {
            let mut of_entry = (None, 0_usize);
            for target in config.dial_targets() {
                of_entry = if of_entry.0 == Some(target.span) {
                    (of_entry.0, of_entry.1 + 1)
                } else {
                    (Some(target.span), 1)
                };
                if of_entry.1 > RANGE_MAX {
                    spans.push(label.clone());
                    continue;
                }
                let ports = target.ports.into_iter().take(PORTS_MAX).collect();
                let member = Member { host: target.host, ports };
                if members.contains(&member) {
                    continue;
                }
                if members.len() == MEMBERS_MAX {
                    is_cut = true;
                    break;
                }
                members.push(member);
            }
        }
        spans.dedup();
        let ranges = spans
            .iter()
            .map(|label| format!("{label}: only the first {RANGE_MAX} addresses of a range are asked"));
        self.notes.extend(ranges);
        if is_cut {
            self.notes.push(format!("only the first {MEMBERS_MAX} members are asked"));
        }
        self.members = members;
    }

    fn add_names(&mut self) {
        let mut names = BTreeSet::new();
        for (_, config) in &self.nodes {
            let hosts = config.network.join.tcp_ip.members().filter_map(|entry| match &entry.host {
                Host::Name(name) => Some(name.clone()),
                _ => None,
            });
            names.extend(hosts.filter(|_| *config.network.join.tcp_ip.enabled));
            names
                .extend(config.network.public_address.iter().map(|text| public_host(&text.value).to_owned()));
            names.extend(config.properties.local_address());
        }
        names.extend(self.databases.iter().map(|database| database.host.clone()));
        names.retain(|name| !name.is_empty() && name.parse::<IpAddr>().is_err());
        if names.len() > NAMES_MAX {
            self.notes.push(format!("only {NAMES_MAX} host names are resolved"));
        }
        self.names = names.into_iter().take(NAMES_MAX).collect();
    }

    /// The multicast group of a node, if its file enables it.
    pub(super) fn group(config: &Config) -> Option<(Ipv4Addr, u16)> {
        let multicast = &config.network.join.multicast;
        let group: Ipv4Addr = multicast.group.parse().ok()?;
        (*multicast.enabled && group.is_multicast()).then_some((group, *multicast.port))
    }

    /// What would be sent to whom.
    pub(super) fn text(&self, input: &Input) -> String {
        let mut text = String::from("Nothing was sent. A probe would\n");
        let mut line = |what: String| {
            let _infallible = writeln!(text, "  {what}");
        };
        for name in &self.names {
            line(format!("resolve {name}"));
        }
        for Member { host, ports } in &self.members {
            let host = match host {
                DialHost::Address(address) => address.to_string(),
                DialHost::Name(name) => name.clone(),
            };
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            line(format!(
                "connect to {host} port {} and ask for the health page, at most twice",
                ports.join(", ")
            ));
        }
        for database in &self.databases {
            line(format!(
                "connect to the database server {} port {} and read its greeting",
                database.host, database.port
            ));
        }
        for (label, config) in &self.nodes {
            if let Some((group, port)) = Self::group(config) {
                line(format!("join {group}:{port} and send one packet, if {label} is this machine"));
            }
            let mut ports = vec![config.network.port.number.to_string()];
            ports.extend(home_ports(input, label).iter().map(|(port, _)| port.to_string()));
            line(format!("try to bind port {}, if {label} is this machine", ports.join(", ")));
        }
        for note in &self.notes {
            line(format!("note: {note}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use cobnut_diagnostics::Source;
    use cobnut_lint::NodeInput;

    use super::*;

    fn plan(network: &str) -> (Plan, Input) {
        let text = format!("<hazelcast><network>{network}</network></hazelcast>");
        let input = Input {
            nodes: vec![NodeInput::of_file(Source::new("n.xml", text), "n.xml")],
            balancers: Vec::new(),
        };
        (Plan::new(&input), input)
    }

    #[test]
    fn ranges_and_lists_are_cut_with_a_note() {
        let list = |members: &str| format!("<join><tcp-ip enabled='true'>{members}</tcp-ip></join>");
        let (ranged, _) = plan(&list("<member>10.0.0.1-200:5701</member>"));
        assert_eq!((ranged.members.len(), ranged.notes.len()), (RANGE_MAX, 1));
        let many: Vec<String> =
            (0..=100).map(|number| format!("<member>10.0.1.{number}:5701</member>")).collect();
        let (many, _) = plan(&list(&many.concat()));
        assert_eq!((many.members.len(), many.notes.len()), (MEMBERS_MAX, 1));
        let (wild, _) = plan(&list("<member>10.0.*.*</member>"));
        assert_eq!(wild.members, []);
        let (several, _) = plan(&list("<member>10.0.0.1</member><member>one</member>"));
        assert_eq!(several.members[0].ports, [5701, 5702, 5703]);
        assert_eq!(several.names, ["one"]);
    }

    #[test]
    fn multicast_is_never_touched_unless_the_file_enables_it() {
        for (enabled, expected) in [("true", true), ("false", false), ("1", false)] {
            let network = format!(
                "<join><multicast enabled='{enabled}'><multicast-group>224.2.2.9</multicast-group></multicast></join>"
            );
            let (plan, input) = plan(&network);
            assert_eq!(Plan::group(&plan.nodes[0].1).is_some(), expected, "{enabled}");
            assert_eq!(plan.text(&input).contains("224.2.2.9"), expected, "{enabled}");
        }
    }
}
