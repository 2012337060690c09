//! The negotiation as a state machine.

mod machine;

pub use machine::{AccountKeys, FillRandom, LoginOutcome, Negotiation, NegotiationSettings, Step};

#[cfg(test)]
mod tests;
