#![doc = include_str!("placeholder_in_joiner.md")]

use cobnut_config::JoinerKind;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::placeholder::{is_example_secret, is_gap};
use crate::{Check, Cluster, Node, Rule};

/// Settings that nobody calls `my-…` but an example.
const SECRETS: &[&str] = &[
    "access-key",
    "secret-key",
    "iam-role",
    "client-id",
    "client-secret",
    "tenant-id",
    "subscription-id",
    "private-key-path",
    "api-token",
];

pub(crate) static RULE: Rule = Rule {
    name: "placeholder-in-joiner",
    severity: Severity::Warning,
    summary: "an enabled joiner still has the values of an example",
    page: include_str!("placeholder_in_joiner.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let enabled = node.config.network.join.others.iter().filter(|joiner| *joiner.enabled);
    for joiner in enabled.filter(|joiner| joiner.kind != JoinerKind::DiscoveryStrategy) {
        let path = format!("hazelcast/network/join/{}", joiner.kind.name());
        for id in document.at_path(&path).filter(|&id| document.element(id).span == joiner.span) {
            for &child in &document.element(id).children {
                let name = document.element(child).lower_name();
                let text = document.trimmed_text(child);
                let is_left = if SECRETS.contains(&name.as_str()) { is_example_secret } else { is_gap };
                if is_left(&text.value) {
                    let message = format!("`<{name}>` still holds the example's `{}`", visible(&text.value));
                    found.push(
                        RULE.at(node, text.span, message)
                            .note("the cloud refuses it; Hazelcast then runs alone or does not start, by version")
                            .help(format!("write your own value, or set `<{} enabled=\"false\">`", joiner.kind.name())),
                    );
                }
            }
        }
    }
}
