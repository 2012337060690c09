//! Chapters on how clients are served, beside the code that does it.
//!
//! They say what is done and where it differs from a standard, and why. What other crates do with it is told there.

#[doc = include_str!("streams.md")]
pub mod streams {}

#[doc = include_str!("logins.md")]
pub mod logins {}

#[doc = include_str!("delivery.md")]
pub mod delivery {}
