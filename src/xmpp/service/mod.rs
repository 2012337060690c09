//! The service behind the connections: what happens to a bound session's stanzas, and to stanzas for it.
//!
//! A session's own stanzas are handled by its connection's task, one after the other. What other members report is
//! handled by one event loop; work that asks the store goes to queues sharded by recipient, so that nobody waits for
//! somebody else's database query. Invariant: a session is registered in `local` exactly while this node answers for it.

mod accounts;
mod bind;
mod cleaning;
mod close;
mod core;
mod deliver;
mod drain;
mod events;
mod handle;
mod local;
mod metrics;
mod rework;
mod seam;
mod turns;

pub(crate) use self::core::{Service, now, store_failure};
pub(crate) use accounts::new_keys;
pub(crate) use deliver::Recipients;
pub(crate) use drain::{C2S_SERVICE, C2S_TLS_SERVICE};
pub use drain::{DrainState, Drained};
pub(crate) use local::LocalSession;
pub(crate) use rework::Rework;
pub(crate) use seam::{Login, Outbound, Outbox};

#[cfg(test)]
pub(crate) mod tests;
