#![doc = include_str!("open_memcache.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "open-memcache",
    severity: Severity::Warning,
    summary: "whoever reaches the cluster port may read and write the maps",
    page: include_str!("open_memcache.md"),
    check: Check::File(check),
};

const PROPERTY: &str = "hazelcast.memcache.enabled";

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let element = &node.config.network.memcache_enabled;
    let by_element = element.span.filter(|_| element.value);
    let property = node.config.properties.value(PROPERTY).map(|value| value.span);
    // From 4.0 on nobody reads the property; another rule says so.
    let is_read = || !generation(cluster, node).is_from(4, 0);
    let by_property = property.filter(|_| node.config.properties.flag(PROPERTY) == Some(true) && is_read());
    let Some(span) = by_element.or(by_property) else { return };
    let edit = Edit::replace(node.config.sources.location(span), "false");
    found.push(
        RULE.at(node, span, "the memcache protocol is switched on")
            .note("it asks for no password; Openfire's plugin from 5.5 on switches it off again, earlier ones do not")
            .note("cobnut does not speak it at all")
            .fix(Fix::suggestion("write `false`", edit)),
    );
}
