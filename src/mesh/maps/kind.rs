//! What a type has to say to be a replicated map, and what readers get.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use cobnut_model::{NodeId, UnixMillis};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::numbers::MapNumber;

/// A replicated map.
///
/// Keys and values travel as postcard: a change of either type is a new map number, and a new field at the end of a
/// value is understood by members of the previous release, but not by the new release when they send theirs.
pub trait Replicated: Send + Sync + 'static {
    /// Its number, unique in the product.
    const NUMBER: MapNumber;
    /// What several claims to one key mean.
    const CLAIMS: Claims = Claims::Each;
    /// Whether what a lost member had is kept aside for whoever carries on its work (`Map::take_lost`). Somebody has to
    /// take it.
    const KEEPS_LOST: bool = false;
    /// What entries are found by.
    type Key: Serialize + DeserializeOwned + Eq + Hash + Clone + fmt::Debug + Send + Sync;
    /// What an entry says.
    type Value: Serialize + DeserializeOwned + PartialEq + Clone + fmt::Debug + Send + Sync;

    /// The group that a key belongs to, if the map is read by groups (`Map::in_group`).
    fn group(_key: &Self::Key) -> Option<&str> {
        None
    }
}

/// What it means that several members have an entry with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claims {
    /// Each member has its own entry and all of them are seen.
    Each,
    /// The key is taken by the later claim, and by the larger node id when both are of one moment. Everybody sees the
    /// same winner; the loser's entry is withdrawn and the loser is told ([`Change::Superseded`]).
    Latest,
}

/// One entry as it is on its owner, or was when this node heard of it last.
pub struct Entry<M: Replicated> {
    /// Who wrote it.
    pub owner: NodeId,
    pub(super) held: Arc<Held<M>>,
}

/// What is shared between the map, its readers and the log.
pub(super) struct Held<M: Replicated> {
    pub(super) key: M::Key,
    pub(super) claimed_at: UnixMillis,
    pub(super) value: M::Value,
}

impl<M: Replicated> Entry<M> {
    /// Its key.
    pub fn key(&self) -> &M::Key {
        &self.held.key
    }

    /// What it says.
    pub fn value(&self) -> &M::Value {
        &self.held.value
    }

    /// When its owner put it first.
    pub fn claimed_at(&self) -> UnixMillis {
        self.held.claimed_at
    }
}

impl<M: Replicated> Clone for Entry<M> {
    fn clone(&self) -> Self {
        Self { owner: self.owner, held: Arc::clone(&self.held) }
    }
}

impl<M: Replicated> fmt::Debug for Entry<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("owner", &self.owner)
            .field("key", self.key())
            .field("value", self.value())
            .finish_non_exhaustive()
    }
}

/// What subscribers of a map are told, for each key in order.
///
/// Of a map with [`Claims::Latest`] they learn what readers see: a claim that loses is not mentioned.
#[derive(Debug)]
pub enum Change<M: Replicated> {
    /// The entry is new or says something else.
    Put(Entry<M>),
    /// The entry is gone; this is what it said last.
    Removed(Entry<M>),
    /// An entry of this node lost its key to a later claim and was withdrawn.
    Superseded(Entry<M>),
}

impl<M: Replicated> Clone for Change<M> {
    fn clone(&self) -> Self {
        match self {
            Self::Put(entry) => Self::Put(entry.clone()),
            Self::Removed(entry) => Self::Removed(entry.clone()),
            Self::Superseded(entry) => Self::Superseded(entry.clone()),
        }
    }
}
