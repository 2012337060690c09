#![doc = include_str!("split_heals_late.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

/// Later than this, people have noticed the two clusters before Hazelcast has.
const LATE_SECONDS: i32 = 3600;
/// The properties, and what Hazelcast waits for when they are not set.
const DELAYS: [(&str, u32); 2] =
    [("hazelcast.merge.first.run.delay.seconds", 300), ("hazelcast.merge.next.run.delay.seconds", 120)];

pub(crate) static RULE: Rule = Rule {
    name: "split-heals-late",
    severity: Severity::Warning,
    summary: "Hazelcast looks for a split very late",
    page: include_str!("split_heals_late.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (name, default) in DELAYS {
        let (Some(value), Some(seconds)) =
            (node.config.properties.value(name), node.config.properties.number(name))
        else {
            continue;
        };
        let finding = match seconds {
            ..=0 => RULE
                .at(node, value.span, format!("`{name}` is {seconds}, which is no time to wait"))
                .note(format!("Hazelcast takes it for not set: it searches for a split after {default} s, not at once")),
            1..=LATE_SECONDS => continue,
            _ => RULE
                .at(node, value.span, format!("`{name}` is {seconds}: a split lasts {} at least", shown(seconds)))
                .note("so long two clusters stay side by side, each with half of the users, until Hazelcast looks for the other"),
        };
        found.push(finding.help(format!("Hazelcast's own value is {default}")));
    }
}

/// `1 h 30 min` and the like.
fn shown(seconds: i32) -> String {
    match (seconds / 3600, seconds % 3600 / 60) {
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
