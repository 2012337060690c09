#![doc = include_str!("native_memory.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "native-memory",
    severity: Severity::Error,
    summary: "a map wants a kind of memory that open-source Hazelcast lacks",
    page: include_str!("native_memory.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for map in maps(node) {
        let formats = [Some(map), map.near_cache()].into_iter().flatten();
        for format in
            formats.filter_map(|map| map.text("in-memory-format")).filter(|text| text.value == "NATIVE")
        {
            let edit = Edit::replace(node.config.sources.location(format.span), "BINARY");
            found.push(
                RULE.at(node, format.span, format!("{} wants native memory", map.label()))
                    .note("it needs Hazelcast Enterprise; the open-source edition throws an exception when the map is opened")
                    .fix(Fix::suggestion("write `BINARY`", edit)),
            );
        }
    }
}
