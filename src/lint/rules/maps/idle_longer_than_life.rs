#![doc = include_str!("idle_longer_than_life.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "idle-longer-than-life",
    severity: Severity::Info,
    summary: "an idle limit never acts, for the entry's life is shorter",
    page: include_str!("idle_longer_than_life.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for map in maps(node) {
        let (life, idle) = (map.number("time-to-live-seconds"), map.number("max-idle-seconds"));
        let Some((life, idle)) = life.zip(idle).filter(|(life, idle)| **life > 0 && **idle >= **life) else {
            continue;
        };
        let message = format!("an entry of {} is gone after {} s, idle or not", map.label(), *life);
        found.push(
            RULE.at(node, idle.span, message)
                .label(node.config.sources.location(life.span), "its life")
                .note("the idle limit acts only on entries that are written again and again"),
        );
    }
}
