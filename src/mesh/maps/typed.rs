//! One map with its claims, groups and subscribers.
//!
//! Invariant: no guard of the map leaves this file. Locks are taken in the order entries, groups, tallies; that of
//! what was lost is held alone.

use std::any::Any;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cobnut_mesh_proto::{Codec, Tally};
use cobnut_model::{NodeId, UnixMillis};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry as Slot;
use serde::Serialize;
use tokio::sync::broadcast;

use super::claims::{Claim, visible, winner};
use super::kind::{Change, Claims, Entry, Held, Replicated};
use super::replica::{Incoming, OWN_TAG, OwnEntry, Owner, Replica, Unreadable, is_before};
use super::tally::Tallies;

/// Changes that a subscriber may be behind before it has to read the map anew.
const CHANGES_KEPT: usize = 4096;

pub(crate) struct TypedMap<M: Replicated> {
    entries: DashMap<M::Key, Vec<Claim<M>>>,
    groups: DashMap<Box<str>, HashSet<M::Key>>,
    tallies: Tallies,
    changes: broadcast::Sender<Change<M>>,
    /// Of lost members, until somebody takes it.
    lost: Mutex<Vec<Entry<M>>>,
}

impl<M: Replicated> Default for TypedMap<M> {
    fn default() -> Self {
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        Self {
            entries: DashMap::new(),
            groups: DashMap::new(),
            tallies: Tallies::default(),
            changes,
            lost: Mutex::default(),
        }
    }
}

impl<M: Replicated> TypedMap<M> {
    pub(super) fn get(&self, key: &M::Key) -> Option<Entry<M>> {
        winner(&self.entries.get(key)?).map(Claim::to_entry)
    }

    pub(super) fn all_of_key(&self, key: &M::Key) -> Vec<Entry<M>> {
        self.entries
            .get(key)
            .map(|claims| visible(&claims).map(Claim::to_entry).collect())
            .unwrap_or_default()
    }

    pub(super) fn own(&self, key: &M::Key) -> Option<Entry<M>> {
        let claims = self.entries.get(key)?;
        claims.iter().find(|claim| claim.owner.tag == OWN_TAG).map(Claim::to_entry)
    }

    pub(super) fn collect(&self, wanted: impl Fn(&Entry<M>) -> bool) -> Vec<Entry<M>> {
        let mut found = Vec::new();
        for claims in &self.entries {
            found.extend(visible(&claims).map(Claim::to_entry).filter(|entry| wanted(entry)));
        }
        found
    }

    pub(super) fn in_group(&self, group: &str) -> Vec<Entry<M>> {
        let keys: Vec<M::Key> =
            self.groups.get(group).map(|keys| keys.iter().cloned().collect()).unwrap_or_default();
        keys.iter().flat_map(|key| self.all_of_key(key)).collect()
    }

    #[cfg(test)]
    pub(super) fn groups_are_empty(&self) -> bool {
        self.groups.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn count_of(&self, node: NodeId) -> usize {
        self.tallies.count_of(node)
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Change<M>> {
        self.changes.subscribe()
    }

    /// What lost members had; each entry is taken once.
    pub(super) fn take_lost(&self) -> Vec<Entry<M>> {
        std::mem::take(&mut *self.lost.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts or replaces the entry of one owner.
    pub(super) fn insert(&self, owner: Owner, epoch: u32, hash: u64, held: Arc<Held<M>>) {
        let mut claims = match self.entries.entry(held.key.clone()) {
            Slot::Occupied(slot) => slot.into_ref(),
            Slot::Vacant(slot) => {
                if let Some(group) = M::group(&held.key) {
                    self.groups.entry(group.into()).or_default().insert(held.key.clone());
                }
                slot.insert(Vec::new())
            }
        };
        let before = winner(&claims).map(Claim::to_entry);
        let claim = Claim { owner, epoch, hash, held };
        let entry = claim.to_entry();
        let mut is_news = true;
        let replaced = if let Some(same) = claims.iter_mut().find(|held| held.owner == owner) {
            is_news = same.held.value != claim.held.value;
            Some(std::mem::replace(same, claim).hash)
        } else {
            claims.reserve_exact(1);
            claims.push(claim);
            None
        };
        self.tallies.change(owner, replaced, Some(hash));
        match M::CLAIMS {
            Claims::Each if is_news => self.tell(Change::Put(entry)),
            Claims::Each => {}
            Claims::Latest => self.tell_winner(before, winner(&claims).map(Claim::to_entry)),
        }
    }

    /// Removes the entry of one owner.
    pub(super) fn delete(&self, owner: Owner, key: &M::Key) -> Option<Entry<M>> {
        let Slot::Occupied(mut slot) = self.entries.entry(key.clone()) else { return None };
        let claims = slot.get_mut();
        let position = claims.iter().position(|held| held.owner == owner)?;
        let before = winner(claims).map(Claim::to_entry);
        let removed = claims.swap_remove(position);
        let entry = removed.to_entry();
        self.tallies.change(owner, Some(removed.hash), None);
        match M::CLAIMS {
            Claims::Each => self.tell(Change::Removed(entry.clone())),
            Claims::Latest => self.tell_winner(before, winner(claims).map(Claim::to_entry)),
        }
        if claims.is_empty() {
            self.ungroup(key);
            slot.remove();
        }
        Some(entry)
    }

    /// An entry of this node as the log wants it.
    pub(super) fn own_entry(held: &Arc<Held<M>>) -> OwnEntry {
        let codec = Codec {
            key: |entry| held_of::<M>(entry).map(|held| Self::encode(held).0).unwrap_or_default(),
            value: |entry| held_of::<M>(entry).map(|held| Self::encode(held).1).unwrap_or_default(),
        };
        let (key, value) = Self::encode(held);
        OwnEntry { key, value, entry: Arc::<Held<M>>::clone(held), codec }
    }

    /// Key and value on the wire.
    pub(super) fn encode(held: &Held<M>) -> (Bytes, Bytes) {
        (encode(&held.key), encode(&(held.claimed_at.0, &held.value)))
    }

    fn ungroup(&self, key: &M::Key) {
        let Some(group) = M::group(key) else { return };
        if let Slot::Occupied(mut keys) = self.groups.entry(group.into()) {
            keys.get_mut().remove(key);
            if keys.get().is_empty() {
                keys.remove();
            }
        }
    }

    /// Whether this node has a claim to the key that is not the winning one.
    fn has_lost(&self, key: &M::Key) -> bool {
        self.entries.get(key).is_some_and(|claims| {
            claims.iter().any(|claim| claim.owner.tag == OWN_TAG)
                && winner(&claims).is_some_and(|claim| claim.owner.tag != OWN_TAG)
        })
    }

    fn tell_winner(&self, before: Option<Entry<M>>, after: Option<Entry<M>>) {
        match (before, after) {
            (Some(before), Some(after)) if is_same(&before, &after) => {}
            (_, Some(after)) => self.tell(Change::Put(after)),
            (Some(before), None) => self.tell(Change::Removed(before)),
            (None, None) => {}
        }
    }

    fn tell(&self, change: Change<M>) {
        // Without subscribers there is nobody to tell.
        let _ = self.changes.send(change);
    }
}

fn is_same<M: Replicated>(one: &Entry<M>, other: &Entry<M>) -> bool {
    one.owner == other.owner
        && one.held.claimed_at == other.held.claimed_at
        && (Arc::ptr_eq(&one.held, &other.held) || one.held.value == other.held.value)
}

fn held_of<M: Replicated>(entry: &(dyn Any + Send + Sync)) -> Option<&Held<M>> {
    entry.downcast_ref()
}

fn encode(part: &impl Serialize) -> Bytes {
    postcard::to_stdvec(part).expect("writing to memory, of a type that knows its length").into()
}

impl<M: Replicated> Replica for TypedMap<M> {
    fn apply(&self, change: &Incoming<'_>, me: Owner) -> Result<Option<Bytes>, Unreadable> {
        let owner = change.owner;
        let key: M::Key =
            postcard::from_bytes(change.key).map_err(|err| Unreadable(format!("its key: {err}")))?;
        let Some(value) = change.value else {
            self.delete(owner, &key);
            return Ok(None);
        };
        let (claimed_at, value) = match postcard::from_bytes::<(u64, M::Value)>(value) {
            Ok(decoded) => decoded,
            Err(err) => {
                self.delete(owner, &key);
                return Err(Unreadable(err.to_string()));
            }
        };
        let held = Held { key: key.clone(), claimed_at: UnixMillis(claimed_at), value };
        self.insert(owner, change.epoch, change.hash, Arc::new(held));
        if M::CLAIMS == Claims::Each || !self.has_lost(&key) {
            return Ok(None);
        }
        let Some(lost) = self.delete(me, &key) else { return Ok(None) };
        self.tell(Change::Superseded(lost));
        Ok(Some(Bytes::copy_from_slice(change.key)))
    }

    fn sweep(&self, owner: Owner, keep: Option<u32>) {
        if self.tallies.of(owner).count == 0 {
            return;
        }
        let is_doomed =
            |claim: &Claim<M>| claim.owner == owner && keep.is_none_or(|keep| is_before(claim.epoch, keep));
        // A member that repeats everything, and not this, has removed it: that is not lost.
        let is_kept = M::KEEPS_LOST && keep.is_none();
        let mut lost = Vec::new();
        self.entries.retain(|key, claims| {
            if !claims.iter().any(is_doomed) {
                return true;
            }
            let before = winner(claims).map(Claim::to_entry);
            for claim in claims.extract_if(.., |claim| is_doomed(claim)) {
                self.tallies.change(owner, Some(claim.hash), None);
                if is_kept {
                    lost.push(claim.to_entry());
                }
                if M::CLAIMS == Claims::Each {
                    self.tell(Change::Removed(claim.to_entry()));
                }
            }
            if M::CLAIMS == Claims::Latest {
                self.tell_winner(before, winner(claims).map(Claim::to_entry));
            }
            if claims.is_empty() {
                self.ungroup(key);
            }
            !claims.is_empty()
        });
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).append(&mut lost);
    }

    fn tally(&self, owner: Owner) -> Tally {
        self.tallies.of(owner)
    }

    fn own_entries(&self, me: Owner, put: &mut dyn FnMut(OwnEntry)) {
        for claims in &self.entries {
            for claim in claims.iter().filter(|claim| claim.owner == me) {
                put(Self::own_entry(&claim.held));
            }
        }
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
