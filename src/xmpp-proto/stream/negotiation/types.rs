//! What a negotiation is told, and what it asks its driver for.

use std::time::Duration;

use cobnut_model::{ScramKeys, ScramMechanism};

use crate::caps::Caps;
use crate::sasl::{ChannelBinding, Mechanism, SaslFailure};
use crate::stream::{ManagementVersion, Registration};

/// Fills a buffer with random bytes from a cryptographic source.
pub type FillRandom = fn(&mut [u8]);

/// How streams are negotiated; the same for all connections of a listener.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one choice of the operator")]
pub struct NegotiationSettings {
    /// The served domain.
    pub domain: String,
    /// Whether STARTTLS is offered on streams that are not encrypted.
    pub offers_tls: bool,
    /// Whether login needs TLS.
    pub requires_tls: bool,
    /// Whether a stream may be opened to any host name.
    pub accepts_any_host: bool,
    /// Failed SASL attempts before the stream is closed.
    pub sasl_attempts: u32,
    /// Mechanisms that are offered and taken where the connection allows them, in the order of [`Mechanism::ALL`].
    pub mechanisms: Vec<Mechanism>,
    /// What is told of the bounds of streams.
    pub limits: StreamLimits,
    /// Whether stream management (XEP-0198) is offered.
    pub offers_management: bool,
    /// What the server can (XEP-0115 §6.3).
    pub caps: Option<Caps>,
    /// Whether rosters have versions (RFC 6121 §2.6).
    pub offers_roster_versions: bool,
    /// Whether client state indication (XEP-0352) is offered.
    pub offers_client_state: bool,
    /// Whether clients may make accounts before they log in (XEP-0077).
    pub offers_registration: bool,
}

/// Bounds that clients are told (XEP-0478).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// Largest stanza in bytes before somebody has logged in.
    pub bytes_unauthenticated: usize,
    /// Largest stanza in bytes.
    pub bytes: usize,
    /// Silence after which a client counts as gone; `None` if it never does.
    pub idle: Option<Duration>,
}

/// What the driver knows of a connection.
#[derive(Debug, Clone, Default)]
pub struct Channel {
    /// Whether it is protected by TLS.
    pub is_encrypted: bool,
    /// Whether who comes from there may log in without an account.
    pub admits_anonymous: bool,
    /// Accounts that the client's certificate names, if it is trusted; see
    /// [`accounts_of_certificate`](crate::sasl::accounts_of_certificate).
    pub certified: Vec<String>,
    /// What a login may be bound to.
    pub bindings: Vec<ChannelBinding>,
}

/// What the driver has to do next. Whatever was appended to `out` is written first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Read on.
    Continue,
    /// Do the TLS handshake, then call [`Negotiation::encrypted`] and go on with a new parser.
    /// Bytes that came with the request belong to nobody and must be refused.
    StartTls,
    /// Go on with a new parser.
    Restart,
    /// Find the keys of an account and call [`Negotiation::keys_found`].
    FindKeys {
        /// The account, prepared.
        username: String,
        /// The mechanism of the keys.
        mechanism: ScramMechanism,
    },
    /// Check a password and call [`Negotiation::password_checked`].
    CheckPassword {
        /// The account, prepared.
        username: String,
        /// The password as typed.
        password: String,
    },
    /// See whether an account may be used whose owner has shown a certificate, and call [`Negotiation::password_checked`].
    CheckAccount {
        /// The account, prepared.
        username: String,
    },
    /// Make an account and call [`Negotiation::registered`].
    Register(Registration),
    /// Bind a resource and call [`Negotiation::bound`].
    Bind {
        /// The account.
        username: String,
        /// Whether it is nobody's account (RFC 4505): made up for this stream, and gone with it.
        is_anonymous: bool,
        /// The resource that the client asked for.
        resource: Option<String>,
    },
    /// Find a session that lost its connection and call [`Negotiation::resumed`] or [`Negotiation::not_resumed`].
    Resume {
        /// The account.
        username: String,
        /// The id that the client was given.
        id: String,
        /// Stanzas that the client has handled.
        handled: u32,
        /// The version in which it asks.
        version: ManagementVersion,
    },
    /// Close the connection; the stream is closed on both sides.
    Close,
}

/// The keys of an account, or decoys.
#[derive(Debug, Clone)]
pub struct AccountKeys {
    /// Keys of the mechanism that was asked for.
    pub keys: ScramKeys,
    /// Whether the account is locked; only told to whoever proves to know the password.
    pub is_locked_out: bool,
}

/// How an attempt to log in ended, for logs and throttles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginOutcome {
    /// The account, prepared; `None` if the attempt ended before it was named.
    pub username: Option<String>,
    /// Success or what the client was told.
    pub result: Result<(), SaslFailure>,
}
