#![doc = include_str!("unresolvable_host.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::{in_order, named_entries};
use crate::distance::nearest;
use crate::{Check, Cluster, Probed, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unresolvable-host",
    severity: Severity::Error,
    summary: "no address is found for a host name",
    page: include_str!("unresolvable_host.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    let resolvable =
        || probed.names.iter().filter(|(_, found)| !found.is_empty()).map(|(name, _)| name.as_str());
    for node in in_order(cluster, probed) {
        for (entry, name) in named_entries(node) {
            if probed.resolved(name).is_none_or(|addresses| !addresses.is_empty()) {
                continue;
            }
            let message = format!("no address is found for `{}` on this machine", visible(name));
            let finding = RULE.at(node, entry.span, message).note(
                "Hazelcast logs a warning and goes on without this member; Cobnut asks again and again",
            );
            found.push(match nearest(name, resolvable()) {
                Some(near) => finding.help(format!("did you mean `{near}`, which has an address?")),
                None => {
                    finding.help("write its address, or enter the name in DNS or in /etc/hosts of all nodes")
                }
            });
        }
    }
}
