//! SASL failures as the peer sees them (RFC 6120 §6.5).

/// Why an authentication attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("authenticate: {}", self.condition())]
pub enum SaslFailure {
    /// The peer gave up.
    Aborted,
    /// The credentials are right, but the account is locked.
    AccountDisabled,
    /// The mechanism needs TLS first.
    EncryptionRequired,
    /// Not Base64 (RFC 4648).
    IncorrectEncoding,
    /// The peer wants to act as somebody else.
    InvalidAuthzid,
    /// The mechanism was not offered.
    InvalidMechanism,
    /// The message does not follow its mechanism's grammar.
    MalformedRequest,
    /// Wrong credentials or no such account: nobody can tell which.
    NotAuthorized,
    /// The credentials cannot be checked now.
    TemporaryAuthFailure,
}

impl SaslFailure {
    /// Name of the element, also the label of metrics.
    pub fn condition(self) -> &'static str {
        match self {
            Self::Aborted => "aborted",
            Self::AccountDisabled => "account-disabled",
            Self::EncryptionRequired => "encryption-required",
            Self::IncorrectEncoding => "incorrect-encoding",
            Self::InvalidAuthzid => "invalid-authzid",
            Self::InvalidMechanism => "invalid-mechanism",
            Self::MalformedRequest => "malformed-request",
            Self::NotAuthorized => "not-authorized",
            Self::TemporaryAuthFailure => "temporary-auth-failure",
        }
    }
}
