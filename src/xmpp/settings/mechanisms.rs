//! Which SASL mechanisms are offered.

use cobnut_model::ScramMechanism;
use cobnut_store::Store;
use cobnut_xmpp_proto::sasl::Mechanism;

use super::BadProperty;

/// What `sasl.mechs` enables.
///
/// Openfire's lists have no stronger hash than SHA-1 in most releases. Who enables SCRAM-SHA-1 gets the others with it, but
/// only if most accounts have keys for them: a client that is refused by its favourite has lost one of its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mechanisms {
    /// Those that are named.
    named: Vec<Mechanism>,
}

impl Default for Mechanisms {
    fn default() -> Self {
        let is_always_possible = |mechanism: &Mechanism| Self::implied_by(*mechanism).is_none();
        Self { named: Mechanism::ALL.into_iter().filter(is_always_possible).collect() }
    }
}

impl Mechanisms {
    /// Reads a list of names. Those that we do not have are skipped; an error if none is left.
    pub(super) fn parse(value: &str) -> Result<Self, BadProperty> {
        let is_listed = |mechanism: &Mechanism| {
            let mut names = value.split([',', ' ', '\t', '\n', '\r']);
            names.any(|name| name.eq_ignore_ascii_case(mechanism.name()))
        };
        let named: Vec<Mechanism> = Mechanism::ALL.into_iter().filter(is_listed).collect();
        if named.is_empty() {
            return Err(BadProperty {
                expected: "a list with SCRAM-SHA-1, PLAIN or another known mechanism",
            });
        }
        Ok(Self { named })
    }

    /// What is offered, the strongest first, where `can_most` says whether most accounts can use a hash.
    pub fn offered(&self, can_most: impl Fn(ScramMechanism) -> bool) -> Vec<Mechanism> {
        let is_offered = |mechanism: &Mechanism| {
            let is_implied = Self::implied_by(*mechanism)
                .is_some_and(|(weaker, hash)| self.named.contains(&weaker) && can_most(hash));
            self.named.contains(mechanism) || is_implied
        };
        Mechanism::ALL.into_iter().filter(is_offered).collect()
    }

    /// The weaker form that brings a mechanism with it, and the hash whose keys accounts need for it.
    fn implied_by(mechanism: Mechanism) -> Option<(Mechanism, ScramMechanism)> {
        match mechanism {
            Mechanism::Scram(hash @ (ScramMechanism::Sha256 | ScramMechanism::Sha512)) => {
                Some((Mechanism::Scram(ScramMechanism::Sha1), hash))
            }
            Mechanism::ScramPlus(hash @ (ScramMechanism::Sha256 | ScramMechanism::Sha512)) => {
                Some((Mechanism::ScramPlus(ScramMechanism::Sha1), hash))
            }
            _ => None,
        }
    }

    /// What is offered to the accounts of a database.
    pub(crate) async fn offered_to(&self, store: &Store) -> Vec<Mechanism> {
        let mut able = Vec::new();
        for hash in ScramMechanism::ALL {
            match store.most_can_use(hash).await {
                Ok(true) => able.push(hash),
                Ok(false) => {}
                Err(err) => tracing::warn!(
                    mechanism = hash.name(),
                    err = &err as &dyn std::error::Error,
                    "it is not known how many accounts can use a login mechanism, so it is offered only if sasl.mechs \
                     names it"
                ),
            }
        }
        self.offered(|hash| able.contains(&hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &str, able: &[ScramMechanism]) -> Vec<&'static str> {
        let mechanisms =
            if value.is_empty() { Mechanisms::default() } else { Mechanisms::parse(value).expect("list") };
        mechanisms.offered(|hash| able.contains(&hash)).into_iter().map(Mechanism::name).collect()
    }

    #[test]
    fn stronger_forms_come_with_the_weaker_one_if_most_accounts_can_use_them() {
        use ScramMechanism::{Sha1, Sha256, Sha512};
        for (value, able, offered) in [
            ("", &[Sha1][..], &["EXTERNAL", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN", "ANONYMOUS"][..]),
            (
                "SCRAM-SHA-1-PLUS,SCRAM-SHA-1,PLAIN",
                &[Sha1, Sha256],
                &["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"],
            ),
            ("SCRAM-SHA-1", &[Sha1, Sha256, Sha512], &["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"]),
            ("scram-sha-512,plain", &[Sha1], &["SCRAM-SHA-512", "PLAIN"]),
            ("PLAIN DIGEST-MD5", &[Sha1, Sha256, Sha512], &["PLAIN"]),
            ("ANONYMOUS", &[Sha1, Sha256, Sha512], &["ANONYMOUS"]),
        ] {
            assert_eq!(names(value, able), offered, "{value} {able:?}");
        }
        assert!(Mechanisms::parse("GSSAPI, DIGEST-MD5").is_err());
    }
}
