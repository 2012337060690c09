//! Rosters as they were last read, for accounts with a session on this node.
//!
//! Read only when the database does not answer: presence then still reaches those who were entitled to it. The
//! database stays the truth. Entries go when the account's last session on this node ends.

use std::sync::Arc;

use cobnut_model::RosterItem;
use dashmap::DashMap;
use jid::BareJid;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct RosterCache {
    rosters: DashMap<BareJid, Arc<Vec<RosterItem>>>,
}

impl RosterCache {
    /// Remembers a roster.
    pub(crate) fn remember(&self, account: &BareJid, roster: &Arc<Vec<RosterItem>>) {
        self.rosters.insert(account.clone(), Arc::clone(roster));
    }

    /// The roster as last read.
    pub(crate) fn last(&self, account: &BareJid) -> Option<Arc<Vec<RosterItem>>> {
        self.rosters.get(account).map(|roster| Arc::clone(&roster))
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
            .filter(|roster| roster.value().iter().any(sees))
            .map(|roster| roster.key().clone())
            .collect()
    }
}
