#![doc = include_str!("invalid_interface.md")]

use cobnut_config::{AddressPattern, Interface, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity, visible};

use crate::entry::slip;
use crate::placeholder::is_gap;
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
    let own = &network.interfaces;
    found.extend(own.patterns.iter().filter_map(|interface| {
        let finding = judge(
            node,
            interface,
            "Hazelcast drops it with a warning; if nothing else is left, the node does not start",
        )?;
        // What is switched off waits for somebody to switch it on.
        Some(if *own.enabled {
            finding
        } else {
            finding
                .with_severity(Severity::Info)
                .note("`<interfaces>` is not enabled, so it has no effect at the moment")
        })
    }));
    let multicast = &network.join.multicast;
    found.extend(multicast.trusted_interfaces.iter().filter_map(|interface| {
        let finding = judge(
            node,
            interface,
            "join requests are compared with it and never fit: they are dropped without any message",
        )?;
        Some(if *multicast.enabled {
            finding
        } else {
            finding
                .with_severity(Severity::Info)
                .note("`<multicast>` is not enabled, so it has no effect at the moment")
        })
    }));
}

fn judge(node: &Node, interface: &Interface, effect: &str) -> Option<Diagnostic> {
    let written = interface.text.value.as_str();
    let text = visible(written);
    match &interface.pattern {
        Ok(pattern) if pattern.is_reversed() => Some(
            RULE.at(node, interface.text.span, format!("the range of `{text}` ends before it starts"))
                .note("it matches no address")
                .help("write the lower number first"),
        ),
        Ok(_) => None,
        // Variables and gaps of templates have findings of their own.
        Err(_) if written.contains("${") || is_gap(written) => None,
        Err(_) => {
            let message = format!("`{text}` is neither an address nor a pattern of addresses");
            let finding = RULE.at(node, interface.text.span, message).note(effect);
            Some(
                match meant(interface).map(|meant| (meant, Safety::Safe)).or_else(|| mended(node, interface))
                {
                    Some((meant, safety)) => {
                        let edit =
                            Edit::replace(node.config.sources.location(interface.text.span), meant.as_str());
                        finding.fix(Fix {
                            description: format!("write `{meant}`"),
                            safety,
                            edits: vec![edit],
                        })
                    }
                    None => finding
                        .help("write an address, such as 192.168.5.1, or a pattern such as 192.168.5.*"),
                },
            )
        }
    }
}

/// The one address that a slip of the finger has spoilt.
fn mended(node: &Node, interface: &Interface) -> Option<(String, Safety)> {
    let slip = slip(&MemberEntry::from_text(&interface.text.value), &node.config.network.port)?;
    let mut readings = slip.repairs.iter().filter(|_| !slip.only_known).filter_map(|repair| {
        let host = repair.address()?.to_string();
        AddressPattern::parse(&host).ok().map(|_| (host, repair.certain))
    });
    let (host, certain) = readings.next().filter(|_| readings.next().is_none())?;
    Some((host, if certain { Safety::Safe } else { Safety::Suggestion }))
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
