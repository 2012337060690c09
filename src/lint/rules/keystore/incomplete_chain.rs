#![doc = include_str!("incomplete_chain.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "incomplete-chain",
    severity: Severity::Warning,
    summary: "a certificate lacks that of its issuer",
    page: include_str!("incomplete_chain.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    for store in &home.keystores {
        for key in store.keys() {
            let broken = key.chain.windows(2).find(|pair| pair[0].issuer != pair[1].subject);
            let message = match (key.chain.as_slice(), broken) {
                (_, Some([own, next])) => format!(
                    "in the chain of `{}`, \"{}\" stands where its issuer \"{}\" should be",
                    key.alias, next.subject, own.issuer
                ),
                ([only], _) if !only.is_self_issued => {
                    format!("`{}` lacks the certificate of its issuer, \"{}\"", key.alias, only.issuer)
                }
                _ => continue,
            };
            found.push(
                RULE.found(store.location(), message)
                    .note("a client that does not know the issuer by itself refuses to connect")
                    .help("import the reply of the authority together with the certificates in between, own one first"),
            );
        }
    }
}
