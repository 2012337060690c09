//! The session maps: who is online in the whole cluster and which member holds the connection.
//!
//! One concurrent map from bare JID to the claims on its full JIDs. A full JID is looked up through its account, so
//! that both lookups see one consistent state and the JID text is stored once. Each member's claim is kept apart
//! until its owner withdraws it; readers see the winning claim only, and none of a member that is gone.
//! Invariant: no guard of the map leaves this file.

mod claim;
mod replica;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cobnut_model::{NodeId, SessionRecord};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use jid::{BareJid, FullJid};

use self::claim::{AccountKey, Claim, Claims, Owners, account_of, distinct, winner, winners};
pub(crate) use self::replica::own_entry;
use crate::maps::{Owner, Tallies, Tally};

/// Parts of the map with a lock each; a power of two. With many, growing one and going through one are short.
const SHARDS: usize = 256;

/// A session and the member that holds its connection.
#[derive(Debug, Clone)]
pub struct SessionEntry {
    /// Who holds the connection.
    pub member: NodeId,
    /// The record.
    pub record: Arc<SessionRecord>,
}

/// The session maps: read by everybody, written through [`crate::Cluster`] only.
#[derive(Debug)]
pub struct Sessions {
    accounts: DashMap<AccountKey, Claims>,
    owners: Owners,
    held: AtomicUsize,
    tallies: Tallies,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            accounts: DashMap::with_shard_amount(SHARDS),
            owners: Owners::default(),
            held: AtomicUsize::new(0),
            tallies: Tallies::default(),
        }
    }
}

impl Sessions {
    /// The session of a full JID.
    pub fn get(&self, jid: &FullJid) -> Option<SessionEntry> {
        let claims = self.accounts.get(account_of(jid))?;
        winner(&claims, &self.owners.now(), jid).map(|(member, claim)| claim.to_entry(member))
    }

    /// All sessions of an account.
    pub fn of(&self, jid: &BareJid) -> Vec<SessionEntry> {
        self.of_where(jid, |_| true)
    }

    /// The sessions of an account that `wanted` accepts; costs nothing when there is none.
    /// `wanted` runs under a lock: it must not call the session maps.
    pub fn of_where(&self, jid: &BareJid, wanted: impl Fn(&SessionRecord) -> bool) -> Vec<SessionEntry> {
        let Some(claims) = self.accounts.get(jid.as_str()) else { return Vec::new() };
        winners(&claims, &self.owners.now())
            .filter(|(_, claim)| wanted(&claim.record))
            .map(|(member, claim)| claim.to_entry(member))
            .collect()
    }

    /// Shows `look` every session of the account of a full JID, without copies.
    /// `look` runs under a lock: it must not call the session maps.
    pub fn look_at_account(&self, jid: &FullJid, mut look: impl FnMut(&SessionRecord)) {
        if let Some(claims) = self.accounts.get(account_of(jid)) {
            winners(&claims, &self.owners.now()).for_each(|(_, claim)| look(&claim.record));
        }
    }

    /// Whether the account has any session.
    pub fn is_online(&self, jid: &BareJid) -> bool {
        let Some(claims) = self.accounts.get(jid.as_str()) else { return false };
        winners(&claims, &self.owners.now()).next().is_some()
    }

    /// Sessions of the whole cluster. Those of a large member that has just gone count for a moment longer.
    pub fn len(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether there is no session at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sessions of one member.
    pub fn count_of(&self, member: NodeId) -> usize {
        self.tallies.count_of(member)
    }

    /// A copy of every session that `wanted` accepts, in no particular order. For pages of the console.
    /// `wanted` runs under a lock: it must not call the session maps.
    pub fn collect(&self, wanted: impl Fn(&SessionRecord) -> bool) -> Vec<SessionEntry> {
        let owners = self.owners.now();
        let mut found = Vec::new();
        for account in &self.accounts {
            let seen = winners(&account, &owners).filter(|(_, claim)| wanted(&claim.record));
            found.extend(seen.map(|(member, claim)| claim.to_entry(member)));
        }
        found
    }

    /// Puts or replaces the entry of one owner. `hash` is [`cobnut_mesh_proto::entry_hash`] of the entry as its owner
    /// sends it.
    pub(crate) fn put(&self, owner: Owner, epoch: u32, hash: u64, record: Arc<SessionRecord>) {
        self.owners.add(owner);
        let claim = Claim { tag: owner.tag, epoch, hash, record: Arc::clone(&record) };
        match self.accounts.entry(AccountKey(record)) {
            Entry::Vacant(slot) => {
                self.recount(0, 1);
                self.tallies.change(owner, None, Some(hash));
                slot.insert(Claims::One(claim));
            }
            Entry::Occupied(mut slot) => {
                let mut claims = std::mem::take(slot.get_mut());
                let before = distinct(&claims);
                let replaced = claims.put(claim);
                self.tallies.change(owner, replaced.map(|earlier| earlier.hash), Some(hash));
                self.recount(before, distinct(&claims));
                // With its key, which is the record: the former one would be kept alive by it.
                slot.replace_entry(claims);
            }
        }
    }

    /// Removes the entry of one owner and returns its last record.
    pub(crate) fn remove(&self, owner: Owner, jid: &FullJid) -> Option<Arc<SessionRecord>> {
        let account = account_of(jid);
        let removed = {
            let mut claims = self.accounts.get_mut(account)?;
            let before = distinct(&claims);
            let removed = claims.take(owner.tag, jid)?;
            self.tallies.change(owner, Some(removed.hash), None);
            self.recount(before, distinct(&claims));
            removed
        };
        self.accounts.remove_if(account, |_, claims| claims.is_empty());
        Some(removed.record)
    }

    /// From now on nobody sees what `owner` holds. [`Self::sweep`] removes it.
    pub(crate) fn hide(&self, owner: Owner) {
        self.owners.remove(owner);
    }

    /// Removes what `owner` holds and `doomed` accepts (given the epoch of the entry), and returns the records. Goes
    /// through the whole map, one part after the other.
    pub(crate) fn sweep(&self, owner: Owner, doomed: impl Fn(u32) -> bool) -> Vec<Arc<SessionRecord>> {
        let expected = self.tallies.of(owner).count;
        if expected == 0 {
            return Vec::new();
        }
        let mut removed = Vec::new();
        self.accounts.retain(|_, claims| {
            let is_doomed = |claim: &Claim| claim.tag == owner.tag && doomed(claim.epoch);
            if !claims.iter().any(is_doomed) {
                return true;
            }
            let before = distinct(claims);
            let mut gone = Tally::default();
            claims.extract(is_doomed, |claim| {
                gone.add(claim.hash);
                removed.push(claim.record);
            });
            self.tallies.removed(owner, gone);
            self.recount(before, distinct(claims));
            !claims.is_empty()
        });
        removed
    }

    /// The entry of one owner, whether or not it is the winning claim.
    pub(crate) fn claim_of(&self, owner: Owner, jid: &FullJid) -> Option<Arc<SessionRecord>> {
        let claims = self.accounts.get(account_of(jid))?;
        claims
            .iter()
            .find(|held| held.tag == owner.tag && held.record.jid == *jid)
            .map(|held| Arc::clone(&held.record))
    }

    fn recount(&self, before: usize, after: usize) {
        if after >= before {
            self.held.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.held.fetch_sub(before - after, Ordering::Relaxed);
        }
    }
}
