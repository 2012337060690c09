//! The mesh without sockets: membership, failure detection, resumable links and replication as one state machine.
//!
//! [`Node`] is fed with events (`handle_*`) and asked for what to do (`poll_output`, `poll_transmit`, `poll_timeout`).
//! No clock, no sockets, no tokio, no randomness of its own: the same inputs give the same outputs, so whole clusters
//! run in one test thread. `DESIGN.md` beside this file states the invariants.

#[macro_use]
mod mutation;

mod config;
mod entropy;
mod failure_detector;
mod handshake;
mod link;
mod membership;
mod node;
mod origin;
mod output;
mod rendezvous;
mod replication;
mod standing;
mod tenure;
mod timers;
mod timestamp;
mod wire;

pub use config::{Candidate, Config, MembershipRules};
pub use failure_detector::{Detection, PhiAccrual};
pub use handshake::combined;
pub use link::{MESSAGE_BYTES_MAX, Receipt, StreamId, WINDOW_FRAMES, cost};
pub use membership::Member;
#[cfg(feature = "mutations")]
pub use mutation::Mutation;
pub use node::{Counters, Footprint, Gone, LinkFigures, Node};
pub use origin::Origin;
pub use output::{ConnId, DialFailure, LeaveReason, Output, RefusalCode};
pub use rendezvous::responsible;
pub use replication::{Codec, SharedEntry, Tally, entry_hash};
pub use standing::Standing;
pub use tenure::{DISAGREEMENT_MS, Fence, Situation, Verdict, judge, view_hash};
pub use timestamp::Timestamp;
pub use wire::{ANNOUNCEMENT_BYTES_MAX, announcement, is_announcement, read_announcement};
