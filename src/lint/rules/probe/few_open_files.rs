#![doc = include_str!("few_open_files.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{anchor, here};
use crate::{Check, Cluster, Probed, Rule};

/// Fewer are too few for a server: each session takes one.
const OPEN_FILES_MIN: u64 = 65_536;

pub(crate) static RULE: Rule = Rule {
    name: "few-open-files",
    severity: Severity::Warning,
    summary: "the process may open too few files for its sessions",
    page: include_str!("few_open_files.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    let Some(limit) = probed.open_files.filter(|limit| *limit < OPEN_FILES_MIN) else { return };
    let Some(node) = here(cluster, probed).next() else { return };
    found.push(
        RULE.at(node, anchor(node), format!("a process of this user may open at most {limit} files"))
            .note(format!(
                "each session is one: no more than about {} people can be logged in",
                limit.saturating_sub(100)
            ))
            .help("set LimitNOFILE=1048576 in the unit of systemd, or nofile in /etc/security/limits.conf"),
    );
}
