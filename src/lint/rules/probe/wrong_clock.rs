#![doc = include_str!("wrong_clock.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{anchor, here};
use crate::{Check, Cluster, Probed, Rule};

/// 2026-01-01: nothing of this program is older.
const EARLIEST_MS: i64 = 1_767_225_600_000;
/// 2100-01-01.
const LATEST_MS: i64 = 4_102_444_800_000;
/// An HTTP date has whole seconds, and its way takes time.
const DIFFERENCE_MAX_MS: i64 = 2_500;

pub(crate) static RULE: Rule = Rule {
    name: "wrong-clock",
    severity: Severity::Warning,
    summary: "the clock is wrong, or differs from that of a member",
    page: include_str!("wrong_clock.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    let Some(node) = here(cluster, probed).next().or_else(|| cluster.nodes().first()) else { return };
    if probed.now_ms.is_some_and(|now| !(EARLIEST_MS..LATEST_MS).contains(&now)) {
        found.push(
            RULE.at(node, anchor(node), "the clock of this machine cannot be right")
                .with_severity(Severity::Error)
                .note("certificates are refused, and messages get wrong times")
                .help("start NTP on this machine"),
        );
    }
    for (address, ahead) in &probed.clocks {
        if ahead.abs() <= DIFFERENCE_MAX_MS {
            continue;
        }
        let direction = if *ahead > 0 { "ahead of" } else { "behind" };
        let seconds = ahead.abs() / 1000;
        let message = format!("the clock at {address} is {seconds} s {direction} this machine's");
        found.push(
            RULE.at(node, anchor(node), message)
                .note("messages get wrong times, and what is newer is decided wrongly when clusters merge")
                .help("let NTP set the clocks of all nodes"),
        );
    }
}
