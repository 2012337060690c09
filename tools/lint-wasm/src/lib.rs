//! The linter for a web page: the files of a cluster in, findings out, both as JSON.
//!
//! Invariant: pure. In a browser the module imports nothing, so it can reach neither the network nor the disk; linked into
//! the server it answers the same request with the same text.

mod answer;
#[cfg(target_arch = "wasm32")]
pub mod exports;
mod request;
mod utf16;

pub use answer::answer;
