//! Clusters of real processes under every kind of fault that operators meet, on a network made by the test.
//!
//! After each fault the sessions of all nodes are compared, entry by entry and field by field, with each other and with
//! what the clients really hold. The promises are those of ARCHITECTURE.md.

mod conversation;
mod matrix;
mod play;
mod stage;
