//! What a feature holds of a map.

use std::fmt;
use std::sync::Arc;

use cobnut_model::{NodeId, UnixMillis};
use tokio::sync::broadcast;

use super::kind::{Change, Claims, Entry, Held, Replicated};
use super::typed::TypedMap;
use crate::engine::{Engine, Inner, unix_now};

/// Entries that are put under one lock of the engine.
const PUT_AT_ONCE: usize = 256;

/// A replicated map; cheap to clone. Reads never leave this node, writes concern its own entries only.
pub struct Map<M: Replicated> {
    inner: Arc<Inner>,
    map: Arc<TypedMap<M>>,
}

impl<M: Replicated> Clone for Map<M> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), map: Arc::clone(&self.map) }
    }
}

impl<M: Replicated> fmt::Debug for Map<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Map({}, {} keys)", M::NUMBER, self.len())
    }
}

impl<M: Replicated> Map<M> {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        let map = {
            let _no_entry_arrives = inner.engine();
            inner.maps.typed::<M>(inner.me())
        };
        Self { inner, map }
    }

    /// The entry of a key; of several members' entries the latest.
    pub fn get(&self, key: &M::Key) -> Option<Entry<M>> {
        self.map.get(key)
    }

    /// All entries of a key, one for each member that has one; with [`Claims::Latest`] just the winner.
    pub fn all(&self, key: &M::Key) -> Vec<Entry<M>> {
        self.map.all_of_key(key)
    }

    /// This node's own entry of a key.
    pub fn own(&self, key: &M::Key) -> Option<Entry<M>> {
        self.map.own(key)
    }

    /// All entries, in no particular order. Walks the whole map.
    pub fn entries(&self) -> Vec<Entry<M>> {
        self.map.collect(|_| true)
    }

    /// All entries of one member, in no particular order. Walks the whole map.
    pub fn of_owner(&self, owner: NodeId) -> Vec<Entry<M>> {
        self.map.collect(|entry| entry.owner == owner)
    }

    /// All entries whose key is in a group ([`Replicated::group`]). Costs as much as the group is large.
    pub fn in_group(&self, group: &str) -> Vec<Entry<M>> {
        self.map.in_group(group)
    }

    /// Keys with an entry.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entries of one member, losing claims included.
    pub fn count_of(&self, owner: NodeId) -> usize {
        self.map.count_of(owner)
    }

    /// Every change from now on. A subscriber that falls behind by some thousand changes gets
    /// [`broadcast::error::RecvError::Lagged`] and reads the map anew: subscribe first, then read, then apply changes.
    pub fn subscribe(&self) -> broadcast::Receiver<Change<M>> {
        self.map.subscribe()
    }

    /// Takes what members had that were lost since the last call; always empty without [`Replicated::KEEPS_LOST`].
    /// Nobody else sees these entries any more.
    ///
    /// When [`crate::ClusterEvent::MemberLeft`] arrives, the entries of the member are here, of all maps.
    pub fn take_lost(&self) -> Vec<Entry<M>> {
        self.map.take_lost()
    }

    /// Puts or replaces an entry of this node. Visible here at once, at the others soon.
    ///
    /// With [`Claims::Latest`] a new claim takes the key from whoever has it, whatever the clocks say.
    pub fn put(&self, key: M::Key, value: M::Value) {
        self.put_under(&mut self.inner.engine(), key, value);
    }

    /// Puts many entries; the cluster goes on with its work in between.
    pub fn put_all(&self, entries: impl IntoIterator<Item = (M::Key, M::Value)>) {
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            let mut engine = self.inner.engine();
            for (key, value) in entries.by_ref().take(PUT_AT_ONCE) {
                self.put_under(&mut engine, key, value);
            }
        }
    }

    /// Changes an entry of this node in place. Returns whether it was there. `change` runs under a lock: it must not
    /// call the cluster.
    pub fn update(&self, key: &M::Key, change: impl FnOnce(&mut M::Value)) -> bool {
        let mut engine = self.inner.engine();
        let Some(held) = self.map.own(key) else { return false };
        let mut value = held.value().clone();
        change(&mut value);
        if value != *held.value() {
            self.put_under(&mut engine, key.clone(), value);
        }
        true
    }

    /// Removes an entry of this node and returns it.
    pub fn remove(&self, key: &M::Key) -> Option<Entry<M>> {
        let mut engine = self.inner.engine();
        let removed = self.map.delete(self.inner.me(), key)?;
        if let Some(run) = engine.run.as_mut() {
            let (key, _) = TypedMap::<M>::encode(&removed.held);
            run.node.remove(M::NUMBER.to_wire(), key);
            self.inner.perform(&mut engine);
        }
        Some(removed)
    }

    fn put_under(&self, engine: &mut Engine, key: M::Key, value: M::Value) {
        let own = self.map.own(&key);
        if own.as_ref().is_some_and(|own| *own.value() == value) {
            return;
        }
        let claimed_at = own.map_or_else(|| self.claim_time(&key), |own| own.claimed_at());
        let held = Arc::new(Held { key, claimed_at, value });
        let own = TypedMap::own_entry(&held);
        self.map.insert(self.inner.me(), 0, own.hash(M::NUMBER), held);
        if let Some(run) = engine.run.as_mut() {
            own.put_into(M::NUMBER, &mut run.node);
            self.inner.perform(engine);
        }
    }

    fn claim_time(&self, key: &M::Key) -> UnixMillis {
        let now = unix_now();
        match (M::CLAIMS, self.map.get(key)) {
            (Claims::Latest, Some(held)) => now.max(UnixMillis(held.claimed_at().0.saturating_add(1))),
            _ => now,
        }
    }
}
