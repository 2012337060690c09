//! What travels through the cluster and what this node learns from it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh_proto::Standing;
use cobnut_model::{MemberInfo, NodeId, SessionRecord, UnixMillis};
use jid::{BareJid, FullJid};

/// Something to be carried to a member, in order per sender and member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Envelope {
    /// A serialised stanza for sessions that the member holds.
    Stanza {
        /// Full JIDs of the sessions.
        to: Vec<FullJid>,
        /// The stanza in namespace `jabber:client`.
        stanza: Bytes,
    },
    /// End a session with a stream error.
    Close {
        /// Full JID of the session.
        jid: FullJid,
        /// Condition of RFC 6120 §4.9.3, for example `conflict`.
        condition: String,
        /// Text for the person.
        text: String,
    },
    /// The roster of an account was changed: what the member remembers of it is out of date.
    RosterChanged {
        /// Whose roster.
        account: BareJid,
    },
    /// The member is to tell its sessions of an account what has become of a roster item.
    RosterPush {
        /// Whose roster.
        account: BareJid,
        /// Which item.
        contact: BareJid,
    },
    /// Something between the group-chat services of two members; the mesh does not look into it.
    GroupChat {
        /// As the sender's service wrote it.
        payload: Bytes,
    },
    /// The privacy lists of an account were changed: the member reads them again, and tells its sessions of the account.
    PrivacyChanged {
        /// Whose lists.
        account: BareJid,
        /// The IQ that tells clients, without `to`, or nothing.
        push: Bytes,
    },
    /// The member is to show the presence of a session of its own to somebody, if the session's privacy list lets it.
    PresenceProbe {
        /// Whose presence.
        session: FullJid,
        /// Who would see it.
        observer: FullJid,
    },
    /// Wrong passwords that clients of the sender's node gave.
    FailedLogins {
        /// For which accounts and from where.
        failures: Vec<FailedLogins>,
    },
    /// An event of a publish-subscribe node for those of some sessions of the member that want to know of the node.
    PubsubEvent {
        /// The node.
        node: String,
        /// Full JIDs of the sessions.
        to: Vec<FullJid>,
        /// The message, without `to`.
        stanza: Bytes,
    },
}

/// Wrong passwords for one account from one network, since they were told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedLogins {
    /// The account's name, whether it exists or not.
    pub username: String,
    /// The address, or the /64 of IPv6.
    pub network: IpAddr,
    /// Whether the account logged in from there, so that what was counted before is void.
    pub forgets: bool,
    /// How many, after that.
    pub failures: u32,
}

/// What happens in the cluster, in the order in which this node learns of it.
#[derive(Debug, Clone)]
pub enum ClusterEvent {
    /// A member sent something for sessions of this node.
    Received {
        /// The sender.
        from: NodeId,
        /// What it sent.
        envelope: Envelope,
    },
    /// A member was removed without confirming these; they have to be routed again.
    Undelivered {
        /// The lost member.
        to: NodeId,
        /// In the order in which they were sent.
        envelopes: Vec<Envelope>,
    },
    /// A member joined.
    MemberJoined(MemberInfo),
    /// A member had removed this node and took it back, whether this node noticed or not: it told its users that ours
    /// are gone.
    ForgottenBy(NodeId),
    /// A member was removed, and these sessions with it. Each node that removes it gets this for itself, at its own
    /// time or (after a cut between two of many) not at all; [`crate::Cluster::is_responsible`] says who acts where
    /// one action is enough.
    MemberLeft {
        /// The lost member.
        member: NodeId,
        /// Sessions that are gone.
        sessions: Vec<Arc<SessionRecord>>,
        /// Whether this node left the cluster: the sessions go on there.
        we_left: bool,
    },
    /// Another member's later claim took a full JID from a session of this node: close it with `conflict`.
    /// The record is already withdrawn.
    Superseded {
        /// The session that lost.
        jid: FullJid,
    },
    /// This node changed to the smaller or the larger side of a split; [`crate::Cluster::login_obstacle`] says what
    /// follows from it.
    Standing(Standing),
}

/// A refused hello, from either side.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The other end.
    pub peer: SocketAddr,
    /// Why, as a sentence for the operator.
    pub reason: String,
    /// When last.
    pub at: UnixMillis,
}

/// "This node expected peers and has none."
#[derive(Debug, Clone)]
pub struct AloneNotice {
    /// Since when.
    pub since: UnixMillis,
    /// Whom it expected, as the file writes it, with what happened to each.
    pub expected: Vec<(String, String)>,
}

/// Why clustering could not be started.
#[derive(Debug, thiserror::Error)]
pub enum EnableError {
    /// None of the ports could be bound.
    #[error("bind the mesh port on {address}")]
    Bind {
        /// The last address tried.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The multicast group cannot be joined.
    #[error("join the multicast group {group}")]
    Multicast {
        /// Group and port.
        group: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The configuration asks for something that a clustered node would not do.
    #[error("obey the configuration: {reason}")]
    Refused {
        /// Where and what, for the operator.
        reason: String,
    },
    /// The choice could not be saved.
    #[error("save the clustering choice in {path}")]
    Save {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Why an envelope was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The member is not in the cluster (any more).
    #[error("send to a member that left")]
    NoSuchMember,
    /// The envelope would not fit into one frame ([`cobnut_model::limits::MESH_FRAME_BYTES_MAX`]).
    #[error("send an envelope beyond the frame limit")]
    TooLarge,
}
