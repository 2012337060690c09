#![doc = include_str!("certificate_for_other_domain.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "certificate-for-other-domain",
    severity: Severity::Warning,
    summary: "no certificate of a node covers the XMPP domain",
    page: include_str!("certificate_for_other_domain.md"),
    check: Check::Home(check),
};

fn check(cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let domain_of = |home: &Home| home.property("xmpp.domain").map(|property| property.value.to_lowercase());
    // All nodes serve one domain: what one file says holds for the others.
    let domain = domain_of(home).or_else(|| cluster.homes().iter().find_map(domain_of));
    let Some(domain) = domain else { return };
    for store in &home.keystores {
        let own: Vec<_> = store.keys().iter().filter_map(|key| key.chain.first()).collect();
        if own.is_empty() || own.iter().any(|facts| facts.covers(&domain)) {
            continue;
        }
        let mut names: Vec<&str> = own
            .iter()
            .flat_map(|facts| facts.dns_names.iter().chain(&facts.xmpp_addresses).chain(&facts.common_names))
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        let finding = RULE.found(store.location(), format!("no certificate here is for `{domain}`"));
        let place = home.property("xmpp.domain").and_then(|property| home.place(property));
        let finding = match place {
            Some(place) => finding.label(place, "the domain that users log in to"),
            None => finding,
        };
        found.push(
            finding
                .note(format!("the names are {}", names.join(", ")))
                .note("clients check the domain, not the name of the machine, and refuse")
                .help(format!(
                    "ask for a certificate with the name {domain}, or *.{domain} beside it for its services"
                )),
        );
    }
}
