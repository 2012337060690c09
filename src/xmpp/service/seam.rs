//! What connections and the service say to each other.

use std::net::IpAddr;

use bytes::Bytes;
use jid::BareJid;
use tokio::sync::mpsc;

/// An authenticated stream that wants a resource.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// The account.
    pub(crate) user: BareJid,
    /// The resource that the client asked for, not yet prepared; `None` lets the server choose.
    pub(crate) resource: Option<String>,
    /// Where the client connects from.
    pub(crate) remote_ip: IpAddr,
    /// Whether the stream is protected by TLS.
    pub(crate) is_encrypted: bool,
    /// Whether it is nobody's account (RFC 4505).
    pub(crate) is_anonymous: bool,
}

/// What is written to a client.
#[derive(Debug, Clone)]
pub(crate) enum Outbound {
    /// One serialised stanza.
    Stanza(Bytes),
    /// A stream error (RFC 6120 §4.9), after which the connection ends.
    Close(StreamError),
    /// The client is sent to another member; the connection asks where, and stays registered until the client is gone.
    Move,
}

/// A stream error to be sent: a condition of RFC 6120 §4.9.3 and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamError {
    /// Defined condition, for example `conflict`.
    pub(crate) condition: &'static str,
    /// Text for the person; empty leaves it out. For `see-other-host` the address.
    pub(crate) text: String,
}

/// The bounded queue towards one client.
pub(crate) type Outbox = mpsc::Sender<Outbound>;
