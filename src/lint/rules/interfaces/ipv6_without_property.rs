#![doc = include_str!("ipv6_without_property.md")]

use cobnut_config::{Form, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

const SWITCH: &str = "hazelcast.prefer.ipv4.stack";

pub(crate) static RULE: Rule = Rule {
    name: "ipv6-without-property",
    severity: Severity::Error,
    summary: "IPv6 addresses, but Hazelcast looks at its IPv4 addresses only",
    page: include_str!("ipv6_without_property.md"),
    check: Check::File(check),
};

/// A fragment has no place for the property, and Hazelcast does not load it anyway.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let config = &node.config;
    let property = config.properties.value(SWITCH);
    let is_off = property.is_some_and(|property| property.value.eq_ignore_ascii_case("false"));
    if is_off || config.document.form() != Form::Document || config.properties.local_address().is_some() {
        return;
    }
    let interfaces = &config.network.interfaces;
    let tcp_ip = &config.network.join.tcp_ip;
    let is_v6 = |entry: &MemberEntry| entry.single_address().is_some_and(|address| address.is_ipv6());
    let finding = if *interfaces.enabled {
        // Patterns with a colon are IPv6; one IPv4 pattern leaves the node something to take.
        let [first, ..] = interfaces.patterns.as_slice() else { return };
        let all_v6 = interfaces
            .patterns
            .iter()
            .all(|interface| interface.pattern.is_ok() && interface.text.value.contains(':'));
        if !all_v6 {
            return;
        }
        RULE.at(node, first.text.span, "Hazelcast does not find an IPv6 address of its own").note(format!(
            "while `{SWITCH}` is true, its default, only IPv4 addresses are compared with `<interfaces>`: the node does not \
             start; cobnut compares both"
        ))
    } else {
        let Some(first) = tcp_ip.entries.iter().find(|entry| is_v6(entry)).filter(|_| *tcp_ip.enabled) else {
            return;
        };
        // One member alone is the other one of a pair: this node's own address was never to be found there.
        if tcp_ip.entries.len() < 2 || !tcp_ip.entries.iter().all(is_v6) {
            return;
        }
        RULE.at(node, first.span, "Hazelcast does not find its own address among IPv6 members")
            .with_severity(Severity::Warning)
            .note(format!(
                "while `{SWITCH}` is true, its default, only IPv4 addresses are compared with the list: the node takes an IPv4 \
                 address, which no list names; cobnut compares both"
            ))
    };
    found.push(match property {
        Some(property) => {
            let edit = Edit::replace(config.sources.location(property.span), "false");
            finding.fix(Fix::suggestion(format!("set `{SWITCH}` to `false`"), edit))
        }
        None => match last_property(node) {
            Some(place) => {
                let edit = crate::insertion::before(node, place, &format!("<property name=\"{SWITCH}\">false</property>"));
                finding.fix(Fix::suggestion(format!("set `{SWITCH}` to `false`"), edit))
            }
            None => finding.help(format!(
                "add `<properties><property name=\"{SWITCH}\">false</property></properties>` behind `<network>`"
            )),
        },
    });
}

/// The last property of the file.
fn last_property(node: &Node) -> Option<Span> {
    let document = &node.config.document;
    document.at_path("hazelcast/properties/property").last().map(|id| document.element(id).span)
}
