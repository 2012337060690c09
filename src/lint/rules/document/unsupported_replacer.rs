#![doc = include_str!("unsupported_replacer.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::placeholder::Kind;
use super::stand_in::stand_ins;
use crate::{Check, Cluster, Node, Rule};

/// The prefix of Hazelcast's own encrypted values, which are values like any other.
const ENCRYPTED: &str = "ENC";
/// How the prefixes of texts begin that Hazelcast itself fills in while it runs.
const HAZELCASTS: &str = "HZ_";

pub(crate) static RULE: Rule = Rule {
    name: "unsupported-replacer",
    severity: Severity::Error,
    summary: "a value is computed by a Java class",
    page: include_str!("unsupported_replacer.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (value, placeholder) in stand_ins(node) {
        let Kind::Replacer(prefix) = &placeholder.kind else { continue };
        if prefix == ENCRYPTED || prefix.starts_with(HAZELCASTS) {
            continue;
        }
        let prefix = visible(prefix);
        let message =
            format!("the value of {} is computed by a Java class, which cobnut cannot run", value.name());
        let finding = RULE
            .at(node, value.place(placeholder.range.clone()), message)
            .note(format!(
                "Hazelcast asks a class named in `<config-replacers>` for what `${prefix}{{…}}` stands for"
            ))
            .help("write the value itself");
        found.push(match node.config.document.at_path("hazelcast/config-replacers").next() {
            Some(replacers) => {
                let place = node.config.document.element(replacers).name_span;
                finding.label(node.config.sources.location(place), "the classes are named here")
            }
            None => {
                finding.note("this file names no such class, so Hazelcast, too, leaves the text as it is")
            }
        });
    }
}
