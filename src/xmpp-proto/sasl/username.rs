//! Names of accounts as people type them.

use jid::{BareJid, NodePart};

/// The text names no account of this domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user name is the part of a JID before the @")]
pub struct BadUsername;

/// Turns what a person typed into the name that the store keeps: trimmed, lower-case, nodeprep (RFC 6122 §A).
/// `user@domain` is accepted when the domain is `domain`.
pub fn prepare_username(text: &str, domain: &str) -> Result<String, BadUsername> {
    let text = text.trim();
    let local = match text.rsplit_once('@') {
        None => text,
        Some((local, host)) => {
            let host = BareJid::new(host).map_err(|_| BadUsername)?;
            if host.as_str() != domain {
                return Err(BadUsername);
            }
            local
        }
    };
    // Nodeprep folds case; lowering first keeps to Openfire for letters whose folding differs.
    let lowered = local.to_lowercase();
    let prepared = NodePart::new(&lowered).map_err(|_| BadUsername)?;
    Ok(prepared.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_prepared() {
        for (typed, prepared) in [
            ("10023", Some("10023")),
            ("  Alice ", Some("alice")),
            ("Alice@Example.ORG", Some("alice")),
            ("alice@example.net", None),
            ("alice@", None),
            ("@example.org", None),
            ("", None),
            ("   ", None),
            ("john doe", None),
            ("john\\20doe", Some("john\\20doe")),
            ("a/b", None),
            ("a@b@example.org", None),
            ("张三", Some("张三")),
            ("ÄRGER", Some("ärger")),
            ("a\u{0}b", None),
        ] {
            assert_eq!(prepare_username(typed, "example.org").ok().as_deref(), prepared, "{typed:?}");
        }
        assert_eq!(prepare_username(&"x".repeat(1024), "example.org"), Err(BadUsername));
    }
}
