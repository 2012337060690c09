#![doc = include_str!("weak_certificate.md")]

use cobnut_diagnostics::{Diagnostic, Severity};
use cobnut_keystore::{CertificateFacts, KeyKind};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "weak-certificate",
    severity: Severity::Warning,
    summary: "a certificate has a weak key or signature",
    page: include_str!("weak_certificate.md"),
    check: Check::Home(check),
};

const RSA_BITS: usize = 2048;
const CURVE_BITS: usize = 256;

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    for store in &home.keystores {
        for key in store.keys() {
            let Some(facts) = key.chain.first() else { continue };
            if let Some(weakness) = weakness(facts) {
                found.push(
                    RULE.found(store.location(), format!("the certificate of `{}` has {weakness}", key.alias))
                        .note("current clients and Java versions refuse it")
                        .help("make a new key: RSA with 2048 bits or more, or an elliptic curve, signed with SHA-256"),
                );
            }
        }
    }
}

fn weakness(facts: &CertificateFacts) -> Option<String> {
    let signature = facts.signature_algorithm.to_lowercase();
    match facts.key {
        KeyKind::Rsa(bits) if bits < RSA_BITS => Some(format!("an RSA key of only {bits} bits")),
        KeyKind::EllipticCurve(bits) if bits < CURVE_BITS => Some(format!("a curve of only {bits} bits")),
        KeyKind::Dsa(_) => Some("a DSA key".to_owned()),
        _ if signature.contains("md5") || signature.contains("md2") => {
            Some("a signature made with MD5".to_owned())
        }
        _ if signature.contains("sha1") || signature.contains("sha-1") => {
            Some("a signature made with SHA-1".to_owned())
        }
        _ => None,
    }
}
