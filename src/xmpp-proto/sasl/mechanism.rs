//! SASL mechanisms by name and strength.

use cobnut_model::ScramMechanism;

/// A way to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// The certificate that the client has shown (RFC 4422, Appendix A).
    External,
    /// The same as [`Mechanism::Scram`], bound to the TLS connection.
    ScramPlus(ScramMechanism),
    /// Proof of a password that is never sent (RFC 5802).
    Scram(ScramMechanism),
    /// The password itself (RFC 4616).
    Plain,
    /// No account at all (RFC 4505).
    Anonymous,
}

impl Mechanism {
    /// All of them, the strongest first: the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::External,
        Self::ScramPlus(ScramMechanism::Sha512),
        Self::ScramPlus(ScramMechanism::Sha256),
        Self::ScramPlus(ScramMechanism::Sha1),
        Self::Scram(ScramMechanism::Sha512),
        Self::Scram(ScramMechanism::Sha256),
        Self::Scram(ScramMechanism::Sha1),
        Self::Plain,
        Self::Anonymous,
    ];

    /// The name that IANA has registered.
    pub fn name(self) -> &'static str {
        match self {
            Self::External => "EXTERNAL",
            Self::ScramPlus(ScramMechanism::Sha1) => "SCRAM-SHA-1-PLUS",
            Self::ScramPlus(ScramMechanism::Sha256) => "SCRAM-SHA-256-PLUS",
            Self::ScramPlus(ScramMechanism::Sha512) => "SCRAM-SHA-512-PLUS",
            Self::Scram(mechanism) => mechanism.name(),
            Self::Plain => "PLAIN",
            Self::Anonymous => "ANONYMOUS",
        }
    }

    /// The mechanism of exactly that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_mechanisms() {
        for mechanism in Mechanism::ALL {
            assert_eq!(Mechanism::of(mechanism.name()), Some(mechanism));
        }
        assert_eq!(Mechanism::of("plain"), None);
    }
}
