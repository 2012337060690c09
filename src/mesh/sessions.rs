//! The session maps: who is online in the whole cluster and which member holds the connection.
//!
//! One concurrent map from bare JID to the claims on its full JIDs. A full JID is looked up through its account, so
//! that both lookups see one consistent state and the JID text is stored once. Each member's claim is kept apart
//! until its owner withdraws it; readers see the winning claim only.
//! Invariant: no guard of the map leaves this file.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use cobnut_model::{NodeId, SessionRecord};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use jid::{BareJid, FullJid};

use crate::maps::{Incoming, Owner, Replica, Tallies, Tally, Unreadable};
use crate::records::{decode_session, encode_session, session_key, session_of_key};

/// A session and the member that holds its connection.
#[derive(Debug, Clone)]
pub struct SessionEntry {
    /// Who holds the connection.
    pub member: NodeId,
    /// The record.
    pub record: Arc<SessionRecord>,
}

#[derive(Debug, Clone)]
struct Claim {
    owner: Owner,
    /// Snapshot in which the entry was last seen; what a snapshot does not mention is gone.
    epoch: u32,
    /// [`entry_hash`] of the entry as its owner sent it.
    hash: u64,
    record: Arc<SessionRecord>,
}

impl Claim {
    fn rank(&self) -> (u64, NodeId) {
        (self.record.bound_at.0, self.owner.node)
    }

    fn to_entry(&self) -> SessionEntry {
        SessionEntry { member: self.owner.node, record: Arc::clone(&self.record) }
    }
}

/// The session maps: read by everybody, written through [`crate::Cluster`] only.
#[derive(Debug, Default)]
pub struct Sessions {
    accounts: DashMap<Box<str>, Vec<Claim>>,
    visible: AtomicUsize,
    tallies: Tallies,
}

impl Sessions {
    /// The session of a full JID.
    pub fn get(&self, jid: &FullJid) -> Option<SessionEntry> {
        let claims = self.accounts.get(account_of(jid))?;
        winner(&claims, jid).map(Claim::to_entry)
    }

    /// All sessions of an account.
    pub fn of(&self, jid: &BareJid) -> Vec<SessionEntry> {
        self.accounts
            .get(jid.as_str())
            .map(|claims| winners(&claims).map(Claim::to_entry).collect())
            .unwrap_or_default()
    }

    /// The sessions of an account that `wanted` accepts; costs nothing when there is none.
    /// `wanted` runs under a lock: it must not call the session maps.
    pub fn of_where(&self, jid: &BareJid, wanted: impl Fn(&SessionRecord) -> bool) -> Vec<SessionEntry> {
        self.accounts
            .get(jid.as_str())
            .map(|claims| {
                winners(&claims).filter(|claim| wanted(&claim.record)).map(Claim::to_entry).collect()
            })
            .unwrap_or_default()
    }

    /// Shows `look` every session of the account of a full JID, without copies.
    /// `look` runs under a lock: it must not call the session maps.
    pub fn look_at_account(&self, jid: &FullJid, mut look: impl FnMut(&SessionRecord)) {
        if let Some(claims) = self.accounts.get(account_of(jid)) {
            winners(&claims).for_each(|claim| look(&claim.record));
        }
    }

    /// Whether the account has any session.
    pub fn is_online(&self, jid: &BareJid) -> bool {
        self.accounts.contains_key(jid.as_str())
    }

    /// Sessions of the whole cluster.
    pub fn len(&self) -> usize {
        self.visible.load(Ordering::Relaxed)
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
        let mut found = Vec::new();
        for account in &self.accounts {
            found.extend(winners(&account).filter(|claim| wanted(&claim.record)).map(Claim::to_entry));
        }
        found
    }

    /// Puts or replaces the entry of one owner.
    pub(crate) fn put(&self, owner: Owner, epoch: u32, hash: u64, record: Arc<SessionRecord>) {
        let mut claims = self.accounts.entry(account_of(&record.jid).into()).or_default();
        let before = winners(&claims).count();
        let claim = Claim { owner, epoch, hash, record };
        let same = claims.iter_mut().find(|held| held.owner == owner && held.record.jid == claim.record.jid);
        if let Some(held) = same {
            let earlier = std::mem::replace(held, claim);
            self.tallies.change(owner, Some(earlier.hash), Some(hash));
        } else {
            claims.reserve_exact(1);
            claims.push(claim);
            self.tallies.change(owner, None, Some(hash));
        }
        self.recount(before, winners(&claims).count());
    }

    /// Removes the entry of one owner and returns its last record.
    pub(crate) fn remove(&self, owner: Owner, jid: &FullJid) -> Option<Arc<SessionRecord>> {
        let Entry::Occupied(mut account) = self.accounts.entry(account_of(jid).into()) else {
            return None;
        };
        let claims = account.get_mut();
        let position = claims.iter().position(|held| held.owner == owner && held.record.jid == *jid)?;
        let before = winners(claims).count();
        let removed = claims.swap_remove(position);
        let after = winners(claims).count();
        if claims.is_empty() {
            account.remove();
        }
        self.tallies.change(owner, Some(removed.hash), None);
        self.recount(before, after);
        Some(removed.record)
    }

    /// Removes what `owner` holds and `doomed` accepts (given the epoch of the entry), and returns the records.
    pub(crate) fn sweep(&self, owner: Owner, doomed: impl Fn(u32) -> bool) -> Vec<Arc<SessionRecord>> {
        let mut removed = Vec::new();
        let mut gone = Tally::default();
        self.accounts.retain(|_, claims| {
            if !claims.iter().any(|claim| claim.owner == owner && doomed(claim.epoch)) {
                return true;
            }
            let before = winners(claims).count();
            for claim in claims.extract_if(.., |claim| claim.owner == owner && doomed(claim.epoch)) {
                gone.count += 1;
                gone.sum = gone.sum.wrapping_add(u128::from(claim.hash));
                removed.push(claim.record);
            }
            self.recount(before, winners(claims).count());
            !claims.is_empty()
        });
        self.tallies.removed(owner, gone);
        removed
    }

    /// The entry of one owner, whether or not it is the winning claim.
    pub(crate) fn claim_of(&self, owner: Owner, jid: &FullJid) -> Option<Arc<SessionRecord>> {
        let claims = self.accounts.get(account_of(jid))?;
        claims
            .iter()
            .find(|held| held.owner == owner && held.record.jid == *jid)
            .map(|held| Arc::clone(&held.record))
    }

    fn recount(&self, before: usize, after: usize) {
        if after >= before {
            self.visible.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.visible.fetch_sub(before - after, Ordering::Relaxed);
        }
    }
}

impl Replica for Sessions {
    fn apply(&self, change: &Incoming<'_>, me: Owner) -> Result<Option<Bytes>, Unreadable> {
        let jid =
            session_of_key(change.key).ok_or_else(|| Unreadable("its key is not a full JID".to_owned()))?;
        let Some(value) = change.value else {
            self.remove(change.owner, &jid);
            return Ok(None);
        };
        match decode_session(value) {
            Ok(record) if record.jid == jid => self.put(change.owner, change.epoch, change.hash, record),
            other => {
                self.remove(change.owner, &jid);
                let why = other.err().map_or("its key is not its JID".to_owned(), |err| err.to_string());
                return Err(Unreadable(why));
            }
        }
        let has_lost =
            self.claim_of(me, &jid).is_some() && self.get(&jid).is_some_and(|entry| entry.member != me.node);
        if !has_lost {
            return Ok(None);
        }
        self.remove(me, &jid);
        Ok(Some(session_key(&jid)))
    }

    fn sweep(&self, owner: Owner, keep: Option<u32>) {
        Self::sweep(self, owner, |epoch| keep != Some(epoch));
    }

    fn tally(&self, owner: Owner) -> Tally {
        self.tallies.of(owner)
    }

    fn encoded(&self, owner: Owner, put: &mut dyn FnMut(Bytes, Bytes)) {
        for account in &self.accounts {
            for claim in account.iter().filter(|claim| claim.owner == owner) {
                put(session_key(&claim.record.jid), encode_session(&claim.record));
            }
        }
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// The account part of a full JID: neither localpart nor domain can contain a slash (RFC 7622 §3).
fn account_of(jid: &FullJid) -> &str {
    let text = jid.as_str();
    text.split_once('/').map_or(text, |(account, _)| account)
}

fn winner<'a>(claims: &'a [Claim], jid: &FullJid) -> Option<&'a Claim> {
    claims.iter().filter(|claim| claim.record.jid == *jid).max_by_key(|claim| claim.rank())
}

fn winners(claims: &[Claim]) -> impl Iterator<Item = &Claim> {
    claims.iter().filter(|claim| {
        // Ranks first: they are numbers, and few claims are beaten.
        !claims.iter().any(|other| other.rank() > claim.rank() && other.record.jid == claim.record.jid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::tests::record;

    fn owner(tag: u32) -> Owner {
        Owner { node: NodeId([u8::try_from(tag).expect("small"); 16]), tag }
    }

    #[test]
    fn both_lookups_agree_and_counts_follow() {
        let sessions = Sessions::default();
        sessions.put(owner(0), 0, 7, Arc::new(record("a@d/one", 1)));
        sessions.put(owner(1), 0, 7, Arc::new(record("a@d/two", 1)));
        let account = BareJid::new("a@d").expect("jid");
        assert_eq!(sessions.of(&account).len(), 2);
        let wanted = sessions.of_where(&account, |record| record.jid.as_str() == "a@d/two");
        assert_eq!(wanted.iter().map(|entry| entry.member).collect::<Vec<_>>(), [owner(1).node]);
        let mut seen = 0;
        sessions.look_at_account(&FullJid::new("a@d/elsewhere").expect("jid"), |_| seen += 1);
        assert_eq!(seen, 2);
        assert_eq!((sessions.len(), sessions.count_of(owner(1).node)), (2, 1));
        let two = FullJid::new("a@d/two").expect("jid");
        assert_eq!(sessions.get(&two).map(|entry| entry.member), Some(owner(1).node));
        assert!(sessions.remove(owner(0), &two).is_none(), "only the owner removes");
        assert!(sessions.remove(owner(1), &two).is_some());
        assert!(sessions.get(&two).is_none());
        assert!(sessions.is_online(&account));
        assert_eq!(sessions.sweep(owner(0), |_| true).len(), 1);
        assert!(!sessions.is_online(&account) && sessions.is_empty());
    }

    #[test]
    fn the_later_claim_is_seen_whatever_the_order_of_arrival() {
        let jid = FullJid::new("a@d/r").expect("jid");
        for order in [[0, 1], [1, 0]] {
            let sessions = Sessions::default();
            for tag in order {
                sessions.put(owner(tag), 0, 7, Arc::new(record("a@d/r", 10 + u64::from(tag))));
            }
            assert_eq!(sessions.len(), 1);
            assert_eq!(sessions.get(&jid).map(|entry| entry.member), Some(owner(1).node));
            sessions.sweep(owner(1), |_| true);
            assert_eq!(sessions.get(&jid).map(|entry| entry.member), Some(owner(0).node));
        }
    }

    #[test]
    fn equal_times_are_settled_by_the_larger_node() {
        let sessions = Sessions::default();
        sessions.put(owner(2), 0, 7, Arc::new(record("a@d/r", 5)));
        sessions.put(owner(1), 0, 7, Arc::new(record("a@d/r", 5)));
        let jid = FullJid::new("a@d/r").expect("jid");
        assert_eq!(sessions.get(&jid).map(|entry| entry.member), Some(owner(2).node));
    }
}
