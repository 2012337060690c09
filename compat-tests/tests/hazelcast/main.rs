//! Hazelcast itself as the judge of what we say about it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod candidates;
mod formation;
mod map_benchmark;
mod understood;
