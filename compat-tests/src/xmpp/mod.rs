//! A small XMPP client that shows exactly what arrives: no automation, no dropped duplicates.
//!
//! Real clients are tested elsewhere; this one exists to count stanzas.

mod client;
mod splitter;
mod tls;

pub use client::{Login, XmppClient, attribute};
