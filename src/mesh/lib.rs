//! The cluster as the rest of the server sees it: session maps, members, and a way to send to a member.
//!
//! A tokio driver around `cobnut-mesh-proto`. The [`Cluster`] handle exists whether clustering is on or off: without
//! it the node is a cluster of one, and nobody above has to know.

mod cluster;
mod connection;
mod divergence;
mod engine;
mod event_queue;
mod events;
mod guard;
mod happenings;
mod health;
mod homes;
mod journal;
mod listener;
mod load;
mod maps;
mod memory;
mod metrics;
mod multicast;
mod node_record;
mod operation;
mod perform;
mod records;
mod requests;
mod run;
mod seen;
mod sessions;
mod settings;
mod state_file;
mod sweeping;

pub use cluster::Cluster;
pub use cobnut_mesh_proto::{Detection, PhiAccrual, Standing};
pub use events::{AloneNotice, ClusterEvent, EnableError, Envelope, FailedLogins, Refusal, SendError};
pub use homes::Fence;
pub use journal::{JournalEntry, JournalKind};
pub use maps::{
    Change, Claims, ComponentRecord, Components, Entry, Listener, Map, MapNumber, NodeRecord, NodeRecords,
    Replicated,
};
pub use multicast::MulticastSettings;
pub use operation::{LinkState, ProbeForm};
pub use requests::{AskError, Request, Topic};
pub use seen::Seen;
pub use sessions::{SessionEntry, Sessions};
pub use settings::{
    Candidate, LoginObstacle, MayProbe, MembershipSettings, MeshSettings, NodeIdentity, ProbeGroup,
    ProbeGroups, Protection, SharedSecret,
};
