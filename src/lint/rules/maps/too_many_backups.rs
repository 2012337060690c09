#![doc = include_str!("too_many_backups.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::reading::Map;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "too-many-backups",
    severity: Severity::Error,
    summary: "a map asks for more than six backups",
    page: include_str!("too_many_backups.md"),
    check: Check::File(check),
};

/// Most copies that Hazelcast keeps beside the first one.
const MAX_BACKUPS: i64 = 6;
/// Elements that have both settings.
const STRUCTURES: [&str; 7] = ["map", "multimap", "queue", "list", "set", "ringbuffer", "cache"];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        if !STRUCTURES.contains(&document.element(id).name.as_str()) {
            continue;
        }
        let structure = Map { document, id };
        let counts = [structure.number("backup-count"), structure.number("async-backup-count")];
        let total: i64 = counts.iter().flatten().map(|count| i64::from(count.value)).sum();
        let mut spans = counts.iter().flatten().map(|count| count.span);
        // A number that is too large by itself has a finding of its own.
        let is_in_range = counts.iter().flatten().all(|count| i64::from(count.value) <= MAX_BACKUPS);
        let Some(first) = spans.next().filter(|_| total > MAX_BACKUPS && is_in_range) else { continue };
        let finding = RULE
            .at(node, first, format!("{total} backups are more than the {MAX_BACKUPS} that Hazelcast keeps"))
            .note(
                "Hazelcast does not start: \"the sum of backup-count and async-backup-count can't be larger than than 6\"; \
                 cobnut keeps the sessions on every node, whatever is written here",
            )
            .help("1 is usual: an entry survives the loss of one node");
        found.push(match spans.next() {
            Some(second) => finding.label(node.config.sources.location(second), "together with these"),
            None => finding,
        });
    }
}
