//! What a node asks its driver to do, and what it tells it.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::{Origin, Receipt, Standing, StreamId, Tally};

/// A TCP connection, dialled or accepted; never used twice in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// How a dial ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialFailure {
    /// The host answered that nothing listens there (`ECONNREFUSED`).
    Refused,
    /// Anything else, for the operator.
    Failed(String),
}

impl fmt::Display for DialFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("connection refused: no node listens there"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

/// Why a member was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveReason {
    /// It said goodbye.
    Left,
    /// Its connection closed and nothing listens at its address any more.
    Closed,
    /// Nothing was heard from it for the configured time.
    Silent,
    /// The same node came back as a new process.
    Replaced,
    /// It and another member cannot reach each other, and the two cannot stay in one cluster.
    Parted,
    /// It and this node do not agree about what they sent each other.
    Unresumable,
    /// This node leaves the cluster.
    WeLeave,
}

impl fmt::Display for LeaveReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "it left",
            Self::Closed => "its connection closed and nothing listens at its address",
            Self::Silent => "nothing was heard from it",
            Self::Replaced => "it restarted",
            Self::Parted => "two nodes of the cluster cannot reach each other",
            Self::Unresumable => {
                "it and this node do not agree about what they sent each other (was a machine restored from a snapshot?)"
            }
            Self::WeLeave => "this node leaves the cluster",
        })
    }
}

/// Why a hello was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalCode {
    /// No wire version in common.
    Version,
    /// Another database.
    Database,
    /// The proof of the shared secret is wrong.
    Secret,
    /// Another cluster name.
    ClusterName,
    /// Another XMPP domain.
    Domain,
    /// Another live node has the same id.
    NodeId,
    /// The cluster has as many members as it may.
    Full,
    /// There is a better connection between the two already. Not an error.
    Duplicate,
    /// The node dialled itself. Not an error.
    Myself,
    /// The node is leaving the cluster. Not an error.
    Leaving,
    /// One of the two encrypts its links, the other does not.
    Encryption,
    /// The node and a member cannot reach each other.
    CutOff,
    /// A setting that has to be equal on all members differs.
    Settings,
}

impl RefusalCode {
    /// Whether this is a part of ordinary life that no operator has to see.
    pub fn is_quiet(self) -> bool {
        matches!(self, Self::Duplicate | Self::Myself | Self::Leaving)
    }

    /// Whether it may end without anybody doing anything to a configuration.
    pub(crate) fn passes_by_itself(self) -> bool {
        self.is_quiet() || self == Self::CutOff
    }

    /// What an operator does about it; empty where nothing has to be done.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Version => "bring both nodes to the same release",
            Self::Database => "name the same database on both nodes",
            Self::Secret => {
                "after a rotation of the secret restart the node that has the older one, or write the same password into \
                 both files"
            }
            Self::ClusterName => {
                "write the same <cluster-name> into both files (<name> in <group> before Hazelcast 4)"
            }
            Self::Domain => {
                "start both nodes with the same domain (system property xmpp.domain, or --domain)"
            }
            Self::NodeId => "a folder was copied, give one of the two a new id",
            Self::Full => "take a member out before another one joins",
            Self::Encryption => "start all nodes with --mesh-clear or none of them",
            Self::CutOff => "look at the network between the two machines",
            Self::Settings => "write the same value into the files of both nodes",
            Self::Duplicate | Self::Myself | Self::Leaving => "",
        }
    }

    /// A short name, for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Database => "database",
            Self::Secret => "secret",
            Self::ClusterName => "cluster_name",
            Self::Domain => "domain",
            Self::NodeId => "node_id",
            Self::Full => "full",
            Self::Duplicate => "duplicate",
            Self::Myself => "myself",
            Self::Leaving => "leaving",
            Self::Encryption => "encryption",
            Self::CutOff => "cut_off",
            Self::Settings => "settings",
        }
    }
}

/// What the driver has to do or to pass on, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Connect; answer with `handle_connected` or `handle_dial_failed`.
    Dial {
        /// Names the connection from now on.
        conn: ConnId,
        /// Where to.
        address: SocketAddr,
    },
    /// Resolve a host name; answer with `handle_resolved`.
    Resolve {
        /// Index into the configured candidates.
        candidate: usize,
        /// The name.
        host: String,
    },
    /// `poll_transmit` has something for this connection.
    Wake(ConnId),
    /// Write what `poll_transmit` still gives, then close.
    Close(ConnId),
    /// Close at once: nothing more of what was handed out for this connection may reach the other end, because what it
    /// carries goes another way.
    Abort(ConnId),
    /// A payload from a member. Confirm with `handle_accepted` once it is in safe hands.
    Deliver {
        /// The sender.
        from: Origin,
        /// What to confirm.
        receipt: Receipt,
        /// What it sent.
        payload: Bytes,
    },
    /// The sender of a stream has back what was not confirmed to it, and sends that another way: payloads of the stream
    /// that were delivered and are not in safe hands yet are void.
    TakenBack(StreamId),
    /// The member confirmed payloads; their cost is free again.
    Confirmed {
        /// The member.
        to: Origin,
        /// Sum of [`crate::cost`] of the payloads.
        cost: usize,
    },
    /// A member was added.
    MemberJoined(Origin),
    /// A member had removed this run and has taken it back, whether this run noticed or not: it lost what it knew of
    /// us. Its copy of our entries follows by itself; what was said to its users has to be said again.
    ForgottenBy(Origin),
    /// Place in the member list or figures of a member changed.
    MembersChanged,
    /// A member was removed; everything that it wrote is void.
    MemberLeft {
        /// The member.
        member: Origin,
        /// Why.
        reason: LeaveReason,
        /// Payloads that it did not confirm, in order.
        unconfirmed: Vec<Bytes>,
    },
    /// A member has been silent for the time of suspicion, or (`false`) was heard again.
    Suspected {
        /// The member.
        member: Origin,
        /// Whether it is suspected now.
        is_suspect: bool,
    },
    /// A member is heard and has taken nothing of what it is sent for a while (`true`), or takes it again.
    Stuck {
        /// The member.
        member: Origin,
        /// Whether it takes nothing.
        is_stuck: bool,
        /// Payloads that wait for it.
        unconfirmed: usize,
    },
    /// The TCP connection to a member broke (`false`) or was made again (`true`); it stays a member.
    Link {
        /// The member.
        member: Origin,
        /// Whether there is a connection now.
        is_connected: bool,
    },
    /// An entry of a member's part of a replicated map; `None` removes it.
    Entry {
        /// Who wrote it.
        origin: Origin,
        /// Which map.
        map: u16,
        /// Opaque key.
        key: Bytes,
        /// Opaque value.
        value: Option<Bytes>,
    },
    /// From here to [`Output::SnapshotEnd`] all entries of the origin are repeated.
    SnapshotBegin(Origin),
    /// Entries of the origin that were not repeated are gone.
    SnapshotEnd(Origin),
    /// Everything of the member's log up to some version has been handed out, and the member says what its entries amount to
    /// there. Answer with `handle_divergence` if the copy of its entries amounts to something else.
    Digest {
        /// The member.
        origin: Origin,
        /// Map number and tally; of other maps it has no entries.
        maps: Vec<(u16, Tally)>,
    },
    /// A hello was refused.
    Refused {
        /// The other end.
        peer: SocketAddr,
        /// Why.
        code: RefusalCode,
        /// Why, as a sentence for the operator.
        reason: String,
        /// Whether the other end refused this node.
        by_peer: bool,
    },
    /// A peer broke the protocol or hung up during the hello.
    Nonsense {
        /// The other end.
        peer: SocketAddr,
        /// What was wrong.
        what: String,
        /// Which member it was, if it was one; from a member this is not expected.
        member: Option<Origin>,
    },
    /// A host name did not resolve (`Some`), or does so now (`None`). Said once per change.
    NameTrouble {
        /// The entry as the file writes it.
        entry: String,
        /// What the resolver said.
        error: Option<String>,
    },
    /// This node expects members and has none for a while (`true`), or that is over.
    Alone(bool),
    /// This node itself had stopped: nobody is judged by what was not heard meanwhile.
    Paused {
        /// How much later than due the timers ran, in milliseconds.
        gap_ms: u64,
    },
    /// This node changed to the smaller or the larger side of a split.
    Standing(Standing),
    /// Several members were lost by silence at once: probably the network, not the members.
    SplitSuspected {
        /// Node ids of the lost members.
        lost: Vec<[u8; 16]>,
    },
    /// Two nodes cannot reach each other although others reach both.
    CutOff {
        /// Whom it concerns.
        member: Origin,
        /// Who cannot reach whom, and what follows, for the operator.
        detail: String,
    },
    /// A member that had been lost by silence is back.
    Healed {
        /// The member.
        member: Origin,
        /// How long it was away, in milliseconds.
        away_ms: u64,
    },
}
