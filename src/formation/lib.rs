//! Which clusters the nodes of a set of files form, for every order of starting them and for every single restart: by
//! Hazelcast's joining rules and by ours.
//!
//! [`NodeModel::new`] takes from a configuration what decides who joins whom, [`forecast`] plays all scenarios, and
//! [`render`] tells the outcome as text or as a picture. Invariant: a deterministic simulation; no sockets and no clock, time
//! is a number of milliseconds.

mod cobnut;
mod forecast;
mod hazelcast;
mod history;
mod java;
mod model;
mod orders;
pub mod render;
mod scenario;

pub use forecast::{Forecast, Outcome, Played, forecast};
pub use history::{Happening, History, Occurrence, Stretch};
pub use model::{Generation, JoinMethod, Names, NodeModel, UnknownAddress};
pub use scenario::{Action, Scenario, Step};

/// Milliseconds since the start of a scenario.
pub type Millis = u64;

/// Most nodes for which every start order is played: seven would be 5040 orders.
pub const NODES_MAX: usize = 6;

/// Plays what an operator does, up to a moment; one scenario may take as many turns as it needs.
pub fn play(nodes: &[NodeModel], rules: Rules, steps: &[Step], end: Millis) -> History {
    match rules {
        Rules::Hazelcast => hazelcast::play(nodes, steps, end, usize::MAX),
        Rules::Cobnut => cobnut::play(nodes, steps),
    }
}

/// Whose joining rules are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Hazelcast's.
    Hazelcast,
    /// Ours: everybody keeps dialling everybody it knows, and members introduce each other.
    Cobnut,
}
