#![doc = include_str!("certificate_not_yet_valid.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::store::day;
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "certificate-not-yet-valid",
    severity: Severity::Error,
    summary: "a certificate is not valid yet",
    page: include_str!("certificate_not_yet_valid.md"),
    check: Check::Home(check),
};

fn check(cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(now) = cluster.options.now else { return };
    for store in &home.keystores {
        for key in store.keys() {
            let Some(facts) = key.chain.first().filter(|facts| facts.not_before > now) else { continue };
            let message =
                format!("the certificate of `{}` is valid from {} only", key.alias, day(facts.not_before));
            found.push(
                RULE.found(store.location(), message)
                    .note("clients refuse it until then")
                    .help("check the clock of this machine and of the one that made the certificate"),
            );
        }
    }
}
