//! What every node knows about a client session, whichever node holds its connection.

use std::net::IpAddr;

use bytes::Bytes;
use jid::{FullJid, Jid};

use crate::UnixMillis;

/// A bound client session (RFC 6120 §7).
///
/// Written only by the node that holds the connection; the session maps copy it to the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// The full JID, unique in the cluster.
    pub jid: FullJid,
    /// When the resource was bound. Of two claims to one full JID the later wins, then the larger node id.
    pub bound_at: UnixMillis,
    /// Where the client connects from.
    pub remote_ip: IpAddr,
    /// Whether the stream is protected by TLS.
    pub is_encrypted: bool,
    /// The available presence, `None` before initial presence and after unavailable.
    pub presence: Option<PresenceState>,
    /// Whether the client asked for its roster (an "interested resource", RFC 6121 §2.1.6).
    pub is_interested: bool,
    /// Whether message carbons are on (XEP-0280).
    pub has_carbons: bool,
    /// Entities that got directed presence (RFC 6121 §4.6) and are owed an unavailable, whoever has to send it.
    pub directed_to: Vec<Jid>,
    /// When the client last sent a message or presence. Breaks ties between equal priorities.
    pub active_at: UnixMillis,
}

impl SessionRecord {
    /// The priority if the session may receive messages addressed to the bare JID (RFC 6121 §8.5.2.1).
    pub fn message_priority(&self) -> Option<i8> {
        self.presence.as_ref().map(|presence| presence.priority).filter(|&priority| priority >= 0)
    }
}

/// The last available presence that a session broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceState {
    /// RFC 6121 §4.7.2.3.
    pub priority: i8,
    /// RFC 6121 §4.7.2.1.
    pub show: Show,
    /// Text of `<status/>`, for the console.
    pub status: Option<String>,
    /// The whole stanza, serialised with namespace `jabber:client`, `from` set and no `to`.
    pub stanza: Bytes,
}

/// Availability sub-state, best first: the order in which equal priorities are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Show {
    /// `chat`.
    Chat,
    /// No `<show/>`.
    #[default]
    Available,
    /// `away`.
    Away,
    /// `xa`.
    ExtendedAway,
    /// `dnd`.
    DoNotDisturb,
}
