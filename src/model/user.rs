//! Accounts and what proves a password.

use crate::UnixMillis;

/// An account without its secrets. `username` is the prepared localpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Localpart of the bare JID, nodeprepped.
    pub username: String,
    /// Display name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// When the account was made.
    pub created_at: UnixMillis,
    /// When name or e-mail last changed.
    pub modified_at: UnixMillis,
}

/// A hash of the SCRAM family (RFC 5802, RFC 7677).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScramMechanism {
    /// `SCRAM-SHA-1`.
    Sha1,
    /// `SCRAM-SHA-256`.
    Sha256,
    /// `SCRAM-SHA-512`.
    Sha512,
}

impl ScramMechanism {
    /// All of them, the one that every account has first.
    pub const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// The SASL mechanism name, also the value of `ofUserScram.mechanism`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
            Self::Sha512 => "SCRAM-SHA-512",
        }
    }
}

/// What the server keeps of a password for one mechanism (RFC 5802 §3). Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ScramKeys {
    /// Which hash.
    pub mechanism: ScramMechanism,
    /// Random salt, raw bytes.
    pub salt: Vec<u8>,
    /// Iteration count, at least 4096 for new passwords.
    pub iterations: u32,
    /// `H(ClientKey)`, raw bytes.
    pub stored_key: Vec<u8>,
    /// `HMAC(SaltedPassword, "Server Key")`, raw bytes.
    pub server_key: Vec<u8>,
}

impl std::fmt::Debug for ScramKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ScramKeys({}, [redacted])", self.mechanism.name())
    }
}
