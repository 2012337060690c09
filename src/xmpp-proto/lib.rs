//! XMPP without input and output: XML framing, stream negotiation, SASL, and the decisions about stanzas.
//!
//! Pure and deterministic: bytes, answers of the store and random numbers go in; bytes and decisions come out.
//! Invariant: no tokio, no sockets, no clock.

#![forbid(unsafe_code)]

pub mod avatar;
pub mod bookmarks;
pub mod caps;
pub mod commands;
mod data_form;
pub mod mam;
pub mod manual;
pub mod muc;
pub mod offline;
pub mod presence;
pub mod privacy;
pub mod pubsub;
pub mod roster;
pub mod routing;
pub mod sasl;
pub mod stanza;
pub mod stream;
pub mod xml;
