//! The cluster as the rest of the server sees it: session maps, members, and a way to send to a member.
//!
//! A tokio driver around `cobnut-mesh-proto`. The [`Cluster`] handle exists whether clustering is on or off: without
//! it the node is a cluster of one, and nobody above has to know.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cobnut_model::{MemberInfo, NodeId, SessionRecord, UnixMillis};
use jid::{BareJid, FullJid};

/// Who this node is; the same for its whole run.
#[derive(Debug, Clone)]
pub struct NodeIdentity {
    /// Stable id.
    pub node_id: NodeId,
    /// Host name.
    pub name: String,
    /// XMPP domain; members of one cluster serve the same one.
    pub domain: String,
    /// Product version.
    pub version: String,
}

/// What the configuration says about the mesh.
#[derive(Debug, Clone)]
pub struct MeshSettings {
    /// `<cluster-name>` or `<group><name>`; must be equal on all members.
    pub cluster_name: String,
    /// Address to listen on and to be known by.
    pub bind_ip: IpAddr,
    /// First port to try; 0 takes any free one.
    pub port: u16,
    /// How many ports to try upwards, at least 1 (`auto-increment` off).
    pub port_tries: u16,
    /// Entries of `<tcp-ip>`, already parsed: a host name or address, and the ports to try in order.
    pub candidates: Vec<Candidate>,
    /// `hazelcast.heartbeat.interval.seconds`.
    pub heartbeat_interval: Duration,
    /// Silence after which a member is suspected.
    pub suspect_after: Duration,
    /// Silence after which a member is dead (`hazelcast.max.no.heartbeat.seconds`).
    pub dead_after: Duration,
}

/// One address to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /** Host name or IP address text. */
    pub host: String,
    /** Ports to try, in order. */
    pub ports: Vec<u16>,
}

/// What all members share through the database.
#[derive(Clone)]
pub struct SharedSecret {
    /** Names the database. */
    pub database_id: [u8; 16],
    /** Proves access to it. */
    pub secret: [u8; 32],
}

/// Something to be carried to a member, in order per sender and member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Envelope {
    /// A serialised stanza for sessions that the member holds.
    Stanza {
        /** Full JIDs of the sessions. */
        to: Vec<FullJid>,
        /** The stanza in namespace `jabber:client`. */
        stanza: Bytes,
    },
    /// End a session with a stream error.
    Close {
        /** Full JID of the session. */
        jid: FullJid,
        /** Condition of RFC 6120 §4.9.3, for example `conflict`. */
        condition: String,
        /** Text for the person. */
        text: String,
    },
}

/// What happens in the cluster, in the order in which this node learns of it.
#[derive(Debug, Clone)]
pub enum ClusterEvent {
    /// A member sent something for sessions of this node.
    Received {
        /** The sender. */
        from: NodeId,
        /** What it sent. */
        envelope: Envelope,
    },
    /// A member was removed without confirming these; they have to be routed again.
    Undelivered {
        /** The lost member. */
        to: NodeId,
        /** In the order in which they were sent. */
        envelopes: Vec<Envelope>,
    },
    /// A member joined.
    MemberJoined(MemberInfo),
    /// A member was removed, and these sessions with it. Each surviving node gets the same list;
    /// [`Cluster::is_responsible`] says which of them acts for a session.
    MemberLeft {
        /** The lost member. */
        member: NodeId,
        /** Sessions that are gone. */
        sessions: Vec<Arc<SessionRecord>>,
    },
    /// Another member's later claim took a full JID from a session of this node: close it with `conflict`.
    Superseded {
        /** The session that lost. */
        jid: FullJid,
    },
}

/// A session and the member that holds its connection.
#[derive(Debug, Clone)]
pub struct SessionEntry {
    /** Who holds the connection. */
    pub member: NodeId,
    /** The record. */
    pub record: Arc<SessionRecord>,
}

/// A refused hello, from either side.
#[derive(Debug, Clone)]
pub struct Refusal {
    /** The other end. */
    pub peer: SocketAddr,
    /** Why, as a sentence for the operator. */
    pub reason: String,
    /** When last. */
    pub at: UnixMillis,
}

/// "This node expected peers and has none."
#[derive(Debug, Clone)]
pub struct AloneNotice {
    /** Since when. */
    pub since: UnixMillis,
    /** Whom it expected, as the file writes it, with what happened to each. */
    pub expected: Vec<(String, String)>,
}

/// Why clustering could not be started.
#[derive(Debug, thiserror::Error)]
pub enum EnableError {
    /// None of the ports could be bound.
    #[error("bind the mesh port on {address}")]
    Bind {
        /** The last address tried. */
        address: SocketAddr,
        /** What the system said. */
        #[source]
        source: std::io::Error,
    },
    /// The choice could not be saved.
    #[error("save the clustering choice in {path}")]
    Save {
        /** The file. */
        path: PathBuf,
        /** What the system said. */
        #[source]
        source: std::io::Error,
    },
}

/// Why an envelope was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The member is not in the cluster (any more).
    #[error("send to a member that left")]
    NoSuchMember,
}

/// The session maps: read by everybody, written through [`Cluster`] only.
#[derive(Debug, Default)]
pub struct Sessions {}

#[expect(unused_variables, reason = "signatures first")]
impl Sessions {
    /// The session of a full JID.
    pub fn get(&self, jid: &FullJid) -> Option<SessionEntry> {
        unimplemented!()
    }
    /// All sessions of an account.
    pub fn of(&self, jid: &BareJid) -> Vec<SessionEntry> {
        unimplemented!()
    }
    /// Whether the account has any session.
    pub fn is_online(&self, jid: &BareJid) -> bool {
        unimplemented!()
    }
    /// Sessions of the whole cluster.
    pub fn len(&self) -> usize {
        unimplemented!()
    }
    /// Whether there is no session at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Sessions of one member.
    pub fn count_of(&self, member: NodeId) -> usize {
        unimplemented!()
    }
    /// A copy of every session that `wanted` accepts, in no particular order. For pages of the console.
    pub fn collect(&self, wanted: impl Fn(&SessionRecord) -> bool) -> Vec<SessionEntry> {
        unimplemented!()
    }
}

/// The handle on the cluster; cheap to clone.
#[derive(Clone)]
pub struct Cluster {}

#[expect(unused_variables, clippy::unused_async, reason = "signatures first")]
impl Cluster {
    /// A cluster of one. `state_file` keeps the operator's Enabled/Disabled choice across restarts.
    /// Events arrive on the returned channel; whoever holds it must keep reading.
    pub fn new(
        identity: NodeIdentity,
        settings: MeshSettings,
        secret: SharedSecret,
        state_file: PathBuf,
        tasks: cobnut_net::Tasks,
        metrics: &cobnut_net::Metrics,
    ) -> (Self, tokio::sync::mpsc::Receiver<ClusterEvent>) {
        unimplemented!()
    }
    /// The choice an operator saved in `state_file`, if any.
    pub fn saved_choice(state_file: &std::path::Path) -> Option<bool> {
        unimplemented!()
    }
    /// Starts clustering: binds the port, dials the candidates, keeps dialling. Does not wait for peers. Does not save the choice.
    pub async fn enable(&self) -> Result<(), EnableError> {
        unimplemented!()
    }
    /// Leaves the cluster gracefully and closes the port. Does not save the choice.
    pub async fn disable(&self) {
        unimplemented!()
    }
    /// [`Self::enable`] or [`Self::disable`], and saves the choice. What the console calls.
    pub async fn choose(&self, enabled: bool) -> Result<(), EnableError> {
        unimplemented!()
    }
    /// Whether clustering is on.
    pub fn is_enabled(&self) -> bool {
        unimplemented!()
    }
    /// This node.
    pub fn identity(&self) -> &NodeIdentity {
        unimplemented!()
    }
    /// The settings in force.
    pub fn settings(&self) -> &MeshSettings {
        unimplemented!()
    }
    /// Where the mesh port is bound, while clustering is on.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        unimplemented!()
    }
    /// All members, this node included, oldest first.
    pub fn members(&self) -> Vec<MemberInfo> {
        unimplemented!()
    }
    /// Whether this node of all members has to act for `key` (rendezvous hash): all members agree once their views do.
    pub fn is_responsible(&self, key: &str) -> bool {
        unimplemented!()
    }
    /// Set while this node expected peers and has none for 5 s.
    pub fn alone(&self) -> Option<AloneNotice> {
        unimplemented!()
    }
    /// The latest refused hellos, newest first, a bounded list.
    pub fn refusals(&self) -> Vec<Refusal> {
        unimplemented!()
    }
    /// The session maps.
    pub fn sessions(&self) -> &Sessions {
        unimplemented!()
    }
    /// Puts or replaces a session of this node. Visible here at once, at the others soon.
    pub fn publish(&self, record: SessionRecord) {
        unimplemented!()
    }
    /// Changes a session of this node in place. Returns whether it was there.
    pub fn update(&self, jid: &FullJid, change: impl FnOnce(&mut SessionRecord)) -> bool {
        unimplemented!()
    }
    /// Removes a session of this node. Returns its last record.
    pub fn withdraw(&self, jid: &FullJid) -> Option<Arc<SessionRecord>> {
        unimplemented!()
    }
    /// Sends to another member; waits while its queue is full. Confirmed by the member once its xmpp layer took the event,
    /// otherwise it comes back as [`ClusterEvent::Undelivered`]. Must not be called for this node.
    pub async fn send(&self, to: NodeId, envelope: Envelope) -> Result<(), SendError> {
        unimplemented!()
    }
}
