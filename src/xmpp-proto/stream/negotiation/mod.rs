//! The negotiation as a state machine.

mod login;
mod machine;
mod types;

pub use machine::Negotiation;
pub use types::{AccountKeys, Channel, FillRandom, LoginOutcome, NegotiationSettings, Step, StreamLimits};

#[cfg(test)]
mod tests;
