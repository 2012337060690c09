#![doc = include_str!("invalid_interface.md")]

use cobnut_config::{AddressPattern, Interface};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-interface",
    severity: Severity::Error,
    summary: "an interface is neither an address nor a pattern",
    page: include_str!("invalid_interface.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let network = &node.config.network;
    for interface in network.interfaces.patterns.iter().chain(&network.join.multicast.trusted_interfaces) {
        let text = visible(&interface.text.value);
        let place = node.config.sources.location(interface.text.span);
        match &interface.pattern {
            Ok(pattern) if pattern.is_reversed() => found.push(
                RULE.at(node, interface.text.span, format!("the range of `{text}` ends before it starts"))
                    .note("it matches no address"),
            ),
            Ok(_) => {}
            Err(_) => {
                let finding = RULE
                    .at(
                        node,
                        interface.text.span,
                        format!("`{text}` is neither an address nor a pattern of addresses"),
                    )
                    .note(
                        "Hazelcast drops it with a warning; if nothing else is left, the node does not start",
                    );
                found.push(match meant(interface) {
                    Some(meant) => {
                        let edit = Edit::replace(place, meant.as_str());
                        finding.fix(Fix::safe(format!("write `{meant}`"), edit))
                    }
                    None => {
                        finding.help("write an address of this machine, such as 192.168.5.1 or 192.168.5.*")
                    }
                });
            }
        }
    }
}

/// An address with a port, or a network on an octet border.
fn meant(interface: &Interface) -> Option<String> {
    let text = interface.text.value.as_str();
    if let Some((host, port)) = text.split_once(':')
        && port.parse::<u16>().is_ok()
        && AddressPattern::parse(host).is_ok()
    {
        return Some(host.to_owned());
    }
    let (network, bits) = text.split_once('/')?;
    let octets: Vec<&str> = network.split('.').collect();
    let kept = match bits {
        "32" => 4,
        "24" => 3,
        "16" => 2,
        "8" => 1,
        _ => return None,
    };
    let parts: Vec<&str> = (0..4)
        .map(|index| if index < kept { octets.get(index).copied() } else { Some("*") })
        .collect::<Option<_>>()?;
    let pattern = parts.join(".");
    (octets.len() == 4 && AddressPattern::parse(&pattern).is_ok()).then_some(pattern)
}
