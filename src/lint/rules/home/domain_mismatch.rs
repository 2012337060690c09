#![doc = include_str!("domain_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "domain-mismatch",
    severity: Severity::Error,
    summary: "two nodes serve different XMPP domains",
    page: include_str!("domain_mismatch.md"),
    check: Check::Homes(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let domain = |home: &'_ Home| {
        let names = ["xmpp.domain", "autosetup.xmpp.domain"];
        let property = names.iter().find_map(|name| home.property(name))?;
        Some((property.value.to_lowercase(), home.place(property)?))
    };
    let mut domains = cluster.homes().iter().filter_map(|home| Some((home, domain(home)?)));
    let Some((first, (expected, first_place))) = domains.next() else { return };
    for (home, (domain, place)) in domains.filter(|(_, (domain, _))| *domain != expected) {
        let message = format!("{} serves `{domain}`, {} serves `{expected}`", home.label, first.label);
        found.push(
            RULE.found(place, message)
                .label(first_place.clone(), format!("the domain of {}", first.label))
                .note("the users belong to one domain: the other node refuses them")
                .help("write the same domain on all nodes; the host name of a node is its `fqdn`"),
        );
    }
}
