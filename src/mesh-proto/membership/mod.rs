//! Who is a member, in which order, and whom to dial.
//!
//! A member is a node with which this node has (or is about to resume) a proven connection. The place in the list is
//! declared by each member itself and only ever grows, so all nodes that know the same members agree on the order.

mod address_book;
mod cliques;
mod order;

use std::net::SocketAddr;

pub(crate) use address_book::AddressBook;
pub(crate) use cliques::{Vertex, groups};
pub(crate) use order::{Seniority, adjusted};

use crate::Origin;

/// One member as this node knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which run of which node.
    pub origin: Origin,
    /// Host name.
    pub name: String,
    /// Product version.
    pub product: String,
    /// Where it is dialled.
    pub address: SocketAddr,
    /// Its place in the list: milliseconds since 1970, the earliest is the oldest member. Node ids break ties.
    pub joined_at: u64,
    /// Resident memory in bytes, as last reported; 0 when not yet.
    pub memory_bytes: u64,
    /// Whether it has been silent for the time of suspicion.
    pub is_suspect: bool,
    /// Whether there is a TCP connection now.
    pub is_connected: bool,
    /// Whether it is a lite member: it routes, but carries no sessions and homes nothing.
    pub is_lite: bool,
    /// Versions of this node's log that it has not applied yet, as last reported.
    pub lag: u64,
    /// Longest time without a word from it while it was a member, in milliseconds.
    pub silence_max_ms: u64,
}

impl Member {
    /// Sorts members by age: the first is the oldest.
    pub fn place(&self) -> (u64, [u8; 16]) {
        (self.joined_at, self.origin.node)
    }
}
