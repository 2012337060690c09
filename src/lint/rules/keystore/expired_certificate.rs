#![doc = include_str!("expired_certificate.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::store::day;
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "expired-certificate",
    severity: Severity::Error,
    summary: "a certificate has expired, or will soon",
    page: include_str!("expired_certificate.md"),
    check: Check::Home(check),
};

/// So long before the end a certificate should be on the way.
const SOON_DAYS: i64 = 30;
const SECONDS_PER_DAY: i64 = 86_400;

fn check(cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(now) = cluster.options.now else { return };
    for store in &home.keystores {
        for key in store.keys() {
            // The one that ends first ends the chain; the root in a chain is the client's business.
            let chain = key.chain.iter().enumerate();
            let judged = chain.filter(|(index, facts)| *index == 0 || !facts.is_self_issued);
            let Some((index, first)) = judged.min_by_key(|(_, facts)| facts.not_after) else { continue };
            let left = first.not_after - now;
            if left > SOON_DAYS * SECONDS_PER_DAY {
                continue;
            }
            let end = day(first.not_after);
            let whose = if index == 0 { "" } else { " the issuer of" };
            let finding = if left < 0 {
                RULE.found(
                    store.location(),
                    format!("the certificate of{whose} `{}` expired on {end}", key.alias),
                )
                .note("clients warn, or refuse to connect to this node")
            } else {
                let days = left / SECONDS_PER_DAY;
                let message =
                    format!("the certificate of{whose} `{}` expires on {end}, in {days} days", key.alias);
                RULE.found(store.location(), message).with_severity(Severity::Warning)
            };
            found.push(finding.help(
                "put a new certificate into the store; Openfire notices by itself that the file has changed",
            ));
        }
    }
}
