//! Presence (RFC 6121 §3 and §4): availability, directed presence, probes and subscriptions.

mod availability;
mod broadcast;
mod directed;
mod handle;
mod inform;
mod probe;
mod settle;
mod subscription;
