//! Conversations of Spark with a server, written down in `compat-tests/spark` and played against a cluster.

mod pattern;
mod player;
mod rules;
mod scram;
mod script;

pub use player::Player;
