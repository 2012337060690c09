#![doc = include_str!("certificate_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "certificate-mismatch",
    severity: Severity::Info,
    summary: "two nodes show different certificates for the domain",
    page: include_str!("certificate_mismatch.md"),
    check: Check::Homes(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let mut identities = cluster.homes().iter().filter_map(|home| {
        let store = home.keystores.iter().find(|store| !store.keys().is_empty())?;
        Some((home, store, store.keys()))
    });
    let Some((first, first_store, expected)) = identities.next() else { return };
    for (home, store, keys) in identities {
        // One in common is enough: a store may hold an RSA and an EC certificate, and old ones.
        if keys.iter().any(|key| expected.iter().any(|other| other.certificate == key.certificate)) {
            continue;
        }
        let is_self_signed = keys
            .iter()
            .chain(expected)
            .any(|key| key.chain.first().is_some_and(|facts| facts.is_self_issued));
        let message = format!("{} shows another certificate than {}", home.label, first.label);
        let finding = RULE
            .found(store.location(), message)
            .label(first_store.location(), format!("the store of {}", first.label));
        found.push(if is_self_signed {
            finding
                .with_severity(Severity::Warning)
                .note("it is self-signed: users who move to this node are asked whether to trust it")
                .help("copy one store to all nodes")
        } else {
            finding
                .note("fine as long as clients trust both issuers")
                .help("copying one store to all nodes is simpler")
        });
    }
}
