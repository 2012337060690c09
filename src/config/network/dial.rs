//! From member entries to what is dialled.

use std::net::{IpAddr, Ipv4Addr};

use cobnut_diagnostics::Span;

use crate::{EntryPort, Host, Joiner, MemberEntry, Network, ServiceDns};

/// One host to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialTarget {
    /// Whom.
    pub host: DialHost,
    /// Which ports, in this order.
    pub ports: Vec<u16>,
    /// Where the entry stands in the file.
    pub span: Span,
}

/// A host to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialHost {
    /// An address.
    Address(IpAddr),
    /// A name for the resolver; one that cannot be resolved is a warning.
    Name(String),
}

impl DialTarget {
    /// The address, if no name has to be resolved.
    pub fn address(&self) -> Option<IpAddr> {
        match self.host {
            DialHost::Address(address) => Some(address),
            DialHost::Name(_) => None,
        }
    }
}

/// Expands the enabled member list as Hazelcast's joiner does; entries that Hazelcast skips give nothing. The name that
/// stands for all members of a Kubernetes service is a target, too: each of its addresses is one member.
///
/// An entry with a port, or a node without auto-increment, gives one port; otherwise `try_count` ports are tried, counting
/// from this node's *own* configured port. The own address is not removed: only the caller knows it.
pub(crate) fn dial_targets(network: &Network, try_count: u32) -> Vec<DialTarget> {
    let tcp_ip = &network.join.tcp_ip;
    let listed = tcp_ip.members().filter(|_| *tcp_ip.enabled);
    let listed = listed.flat_map(|entry| expand(entry, network, try_count));
    listed.chain(network.join.others.iter().filter_map(Joiner::used_dns).map(service)).collect()
}

fn service(dns: &ServiceDns) -> DialTarget {
    let host = DialHost::Name(dns.name.value.clone());
    DialTarget { host, ports: vec![*dns.port], span: dns.name.span }
}

fn expand(entry: &MemberEntry, network: &Network, try_count: u32) -> Vec<DialTarget> {
    let ports = ports(entry, network, try_count);
    if ports.is_empty() {
        return Vec::new();
    }
    let target = |host| DialTarget { host, ports: ports.clone(), span: entry.span };
    let address = |address: IpAddr| target(DialHost::Address(address));
    match &entry.host {
        Host::Ipv4(ip) | Host::ShortForm(ip) => vec![address((*ip).into())],
        Host::Ipv6(ip) => vec![address((*ip).into())],
        Host::Empty => vec![address(Ipv4Addr::LOCALHOST.into())],
        Host::Name(name) => vec![target(DialHost::Name(name.clone()))],
        Host::Ipv4Range { network: [a, b, c], first, last } => {
            (*first..=*last).map(|d| address(Ipv4Addr::new(*a, *b, *c, d).into())).collect()
        }
        Host::UndiallablePattern(_) | Host::Unresolvable(_) => Vec::new(),
    }
}

fn ports(entry: &MemberEntry, network: &Network, try_count: u32) -> Vec<u16> {
    let configured = *network.port.number;
    match entry.port {
        EntryPort::Number(0) | EntryPort::OutOfRange(_) | EntryPort::NotANumber(_) => Vec::new(),
        EntryPort::Number(port) => vec![port],
        EntryPort::Unset if !*network.port.auto_increment => vec![configured],
        EntryPort::Unset => {
            let count = u16::try_from(try_count).unwrap_or(u16::MAX);
            (configured..=configured.saturating_add(count.saturating_sub(1)))
                .filter(|&port| port > 0)
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use cobnut_diagnostics::Source;

    fn dialled(tcp_ip: &str, port: &str) -> Vec<String> {
        let text = format!(
            "<hazelcast><network>{port}<join><tcp-ip enabled='true'>{tcp_ip}</tcp-ip></join></network></hazelcast>"
        );
        shown(&text)
    }

    fn shown(text: &str) -> Vec<String> {
        let (config, _) = parse(&Source::new("t.xml", text));
        let show = |target: DialTarget| match target.host {
            DialHost::Address(address) => format!("{address} {:?}", target.ports),
            DialHost::Name(name) => format!("{name} {:?}", target.ports),
        };
        config.unwrap().dial_targets().into_iter().map(show).collect()
    }

    #[test]
    fn entries_expand_as_in_hazelcast() {
        let cases: [(&str, &str, &[&str]); 18] = [
            ("<member>10.0.0.1:5701</member>", "", &["10.0.0.1 [5701]"]),
            ("<member>10.0.0.1</member>", "", &["10.0.0.1 [5701, 5702, 5703]"]),
            ("<member>10.0.0.1</member>", "<port auto-increment='false'>5710</port>", &["10.0.0.1 [5710]"]),
            ("<member>n1</member>", "<port>6000</port>", &["n1 [6000, 6001, 6002]"]),
            ("<member>10.0.0.1-3:7</member>", "", &["10.0.0.1 [7]", "10.0.0.2 [7]", "10.0.0.3 [7]"]),
            ("<member>10.0.0.3-1:7</member>", "", &[]),
            ("<member>192.168.5:1:5701</member><member>10.1:7</member>", "", &["10.0.0.1 [7]"]),
            ("<member>10.0.0.1:0</member><member>10.0.0.1:70000</member>", "", &[]),
            (
                "<member>10.0.0.1:7;  10.0.0.2:7</member>",
                "",
                &[
                    "10.0.0.1 [7]",
                    "127.0.0.1 [5701, 5702, 5703]",
                    "127.0.0.1 [5701, 5702, 5703]",
                    "10.0.0.2 [7]",
                ],
            ),
            (
                "<member>10.0.0.1:7</member><required-member>10.0.0.9:8</required-member>",
                "",
                &["10.0.0.9 [8]"],
            ),
            // Every element that holds entries, in the order of the file.
            (
                "<interface>10.0.0.1:7</interface><member-list><member>10.0.0.2:7</member></member-list>\
                 <members>10.0.0.3:7,n4:7</members>",
                "",
                &["10.0.0.1 [7]", "10.0.0.2 [7]", "10.0.0.3 [7]", "n4 [7]"],
            ),
            ("<required-member>n9</required-member>", "<port>6000</port>", &["n9 [6000, 6001, 6002]"]),
            ("<required-member>192.168.5:1:5701</required-member><member>10.0.0.1:7</member>", "", &[]),
            ("<member>[fd00::1]:7</member>", "", &["fd00::1 [7]"]),
            ("<member>fd00::1</member>", "", &["fd00::1 [5701, 5702, 5703]"]),
            ("<member>[fd00::1]</member>", "<port auto-increment='false'>9</port>", &["fd00::1 [9]"]),
            ("<member>[fe80::1%eth0]:7</member>", "", &["fe80::1 [7]"]),
            // No pattern of IPv6 is dialled, as no pattern of IPv4 beyond its last part is.
            ("<member>[fd00::*]:7</member><member>10.0.*.1:7</member>", "", &[]),
        ];
        for (tcp_ip, port, expected) in cases {
            assert_eq!(dialled(tcp_ip, port), expected, "{tcp_ip} {port}");
        }
        for (port, expected) in [
            ("", 5701),
            ("<service-port>5801</service-port>", 5801),
            ("<service-port>0</service-port>", 5701),
        ] {
            let text = format!(
                "<join><kubernetes enabled='true'><service-dns> pods.example </service-dns>{port}</kubernetes></join>"
            );
            assert_eq!(shown(&text), [format!("pods.example [{expected}]")], "{port}");
            assert_eq!(shown(&text.replace("true", "false")), [""; 0]);
        }
        assert_eq!(dialled("<member>10.0.0.*</member>", "").len(), 256);
        assert_eq!(dialled("<member>n</member>", "<port>65535</port>"), ["n [65535]"]);
    }
}
