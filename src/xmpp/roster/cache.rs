//! Rosters as they were last read, for accounts with a session on this node.
//!
//! Presence goes by them: who changes a roster says so to every member that has a session of the account
//! ([`Service::change_roster_item`](crate::service::Service::change_roster_item)), and the next decision reads it again.
//! A client that asks for its roster gets the database's. While the database does not answer, presence still reaches
//! those who were entitled to it. Entries go when the account's last session on this node ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cobnut_model::{RosterItem, limits};
use dashmap::DashMap;
use jid::BareJid;
use tokio::time::Instant;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct RosterCache {
    rosters: DashMap<BareJid, Kept>,
    /// Counts changes of any roster.
    changes: AtomicU64,
}

#[derive(Debug)]
struct Kept {
    roster: Arc<Vec<RosterItem>>,
    /// When it was read; `None` if it has changed since.
    read_at: Option<Instant>,
}

/// The moment before a roster was asked for.
#[derive(Debug)]
pub(crate) struct BeforeRead {
    changes: u64,
    at: Instant,
}

impl RosterCache {
    /// To be called before a roster is asked for, for [`Self::remember`].
    pub(crate) fn before_read(&self) -> BeforeRead {
        BeforeRead { changes: self.changes.load(Ordering::SeqCst), at: Instant::now() }
    }

    /// Remembers a roster. If any was changed while it was read, it may be the one from before.
    pub(crate) fn remember(&self, account: &BareJid, roster: &Arc<Vec<RosterItem>>, before: &BeforeRead) {
        let mut kept = self
            .rosters
            .entry(account.clone())
            .or_insert_with(|| Kept { roster: Arc::default(), read_at: None });
        kept.roster = Arc::clone(roster);
        // Under the lock of the entry: a change that is noted from here on finds the entry and marks it.
        let is_of_now = self.changes.load(Ordering::SeqCst) == before.changes;
        kept.read_at = is_of_now.then_some(before.at);
    }

    /// The roster if it is known to be that of the database.
    pub(crate) fn fresh(&self, account: &BareJid) -> Option<Arc<Vec<RosterItem>>> {
        let kept = self.rosters.get(account)?;
        let is_fresh = kept.read_at.is_some_and(|at| at.elapsed() < limits::ROSTER_FRESH_TIME);
        is_fresh.then(|| Arc::clone(&kept.roster))
    }

    /// The roster as last read.
    pub(crate) fn last(&self, account: &BareJid) -> Option<Arc<Vec<RosterItem>>> {
        self.rosters.get(account).map(|kept| Arc::clone(&kept.roster))
    }

    /// A roster was changed, here or elsewhere.
    pub(crate) fn outdate(&self, account: &BareJid) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        if let Some(mut kept) = self.rosters.get_mut(account) {
            kept.read_at = None;
        }
    }

    /// Any roster may have been changed.
    pub(crate) fn outdate_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.rosters.iter_mut().for_each(|mut kept| kept.read_at = None);
    }

    /// Forgets a roster.
    pub(crate) fn forget(&self, account: &BareJid) {
        self.rosters.remove(account);
    }

    /// Accounts whose roster says that they see `contact`.
    pub(crate) fn observers_of(&self, contact: &BareJid) -> Vec<BareJid> {
        let sees = |item: &RosterItem| item.jid == *contact && item.subscription.sees_contact();
        self.rosters
            .iter()
            .filter(|kept| kept.roster.iter().any(sees))
            .map(|kept| kept.key().clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> BareJid {
        BareJid::new("ann@example.org").expect("jid")
    }

    fn read(cache: &RosterCache) {
        cache.remember(&account(), &Arc::default(), &cache.before_read());
    }

    #[tokio::test(start_paused = true)]
    async fn a_roster_is_fresh_for_its_time() {
        let cache = RosterCache::default();
        assert!(cache.fresh(&account()).is_none());
        read(&cache);
        assert!(cache.fresh(&account()).is_some());
        tokio::time::advance(limits::ROSTER_FRESH_TIME).await;
        assert!(cache.fresh(&account()).is_none());
        assert!(cache.last(&account()).is_some(), "for a database that does not answer");
    }

    #[tokio::test]
    async fn a_changed_roster_is_not_fresh_until_it_is_read() {
        let cache = RosterCache::default();
        for change in [|cache: &RosterCache| cache.outdate(&account()), RosterCache::outdate_all] {
            read(&cache);
            change(&cache);
            assert!(cache.fresh(&account()).is_none());
            assert!(cache.last(&account()).is_some());
            read(&cache);
            assert!(cache.fresh(&account()).is_some());
        }
    }

    #[tokio::test]
    async fn what_was_read_while_a_roster_changed_is_not_fresh() {
        let cache = RosterCache::default();
        let before = cache.before_read();
        cache.outdate(&account());
        cache.remember(&account(), &Arc::default(), &before);
        assert!(cache.fresh(&account()).is_none(), "the first read of the account");

        read(&cache);
        let before = cache.before_read();
        cache.outdate(&account());
        cache.remember(&account(), &Arc::default(), &before);
        assert!(cache.fresh(&account()).is_none(), "a later one");
    }
}
