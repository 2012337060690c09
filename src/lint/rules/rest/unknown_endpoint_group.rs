#![doc = include_str!("unknown_endpoint_group.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity, visible};

use crate::distance::nearest;
use crate::{Check, Cluster, Node, Rule};

/// The groups of Hazelcast 3.12 and later. `HOT_RESTART` is the old name of `PERSISTENCE`.
const GROUPS: [&str; 8] =
    ["CLUSTER_READ", "CLUSTER_WRITE", "HEALTH_CHECK", "PERSISTENCE", "HOT_RESTART", "WAN", "DATA", "CP"];

pub(crate) static RULE: Rule = Rule {
    name: "unknown-endpoint-group",
    severity: Severity::Error,
    summary: "an endpoint group has a name that Hazelcast does not know",
    page: include_str!("unknown_endpoint_group.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let paths = [
        "hazelcast/network/rest-api/endpoint-group",
        "hazelcast/advanced-network/rest-server-socket-endpoint-config/endpoint-groups/endpoint-group",
    ];
    for id in paths.iter().flat_map(|path| document.at_path(path)) {
        let Some(name) = document.element(id).attribute("name").map(|attribute| &attribute.value) else {
            continue;
        };
        let text = name.value.as_str();
        if GROUPS.contains(&text) || text.contains("${") {
            continue;
        }
        let finding = RULE
            .at(node, name.span, format!("Hazelcast has no endpoint group `{}`", visible(text)))
            .note("it refuses the file without saying where; versions without schema validation fail when they look the group up");
        found.push(match nearest(text, GROUPS) {
            Some(meant) => {
                let edit = Edit::replace(node.config.sources.location(name.span), meant);
                // The same letters in another case leave no doubt.
                let is_sure = meant.eq_ignore_ascii_case(text.trim());
                let safety = if is_sure { Safety::Safe } else { Safety::Suggestion };
                finding.fix(Fix { description: format!("write `{meant}`"), safety, edits: vec![edit] })
            }
            None => {
                finding.help(format!("write one of {}", GROUPS.map(|group| format!("`{group}`")).join(", ")))
            }
        });
    }
}
