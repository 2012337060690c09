//! The lists of accounts, read and changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh::{Envelope, SessionEntry};
use cobnut_store::{StoreError, StoredPrivacyList};
use cobnut_xmpp_proto::privacy::{NS_BLOCKING, PrivacyLists};
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use dashmap::DashMap;
use jid::{BareJid, FullJid};
use minidom::Element;
use rand::RngExt as _;
use tracing::{debug, warn};
use xmpp_parsers::ns;

use crate::service::{LocalSession, Service, store_failure};

/// The lists of accounts that have any and a session on this node, as last read.
///
/// Whoever changes lists tells every member with a session of the account ([`Service::change_privacy`]), and a session reads
/// them when it begins. After a split they are read again for accounts with sessions on both sides.
#[derive(Debug, Default)]
pub(crate) struct ListsCache(DashMap<BareJid, Arc<PrivacyLists>>);

impl ListsCache {
    fn remember(&self, account: &BareJid, lists: &Arc<PrivacyLists>) {
        if **lists == PrivacyLists::default() {
            self.0.remove(account);
        } else {
            self.0.insert(account.clone(), Arc::clone(lists));
        }
    }

    /// Forgets an account without sessions here.
    pub(crate) fn forget(&self, account: &BareJid) {
        self.0.remove(account);
    }

    /// What sessions here go by.
    fn last(&self, account: &BareJid) -> Arc<PrivacyLists> {
        self.0.get(account).map(|lists| Arc::clone(&lists)).unwrap_or_default()
    }
}

impl Service {
    /// The lists of an account as they are stored.
    pub(crate) async fn stored_privacy_lists(&self, account: &BareJid) -> Result<PrivacyLists, StoreError> {
        let rows = self.store.privacy_lists(Self::username(account)).await?;
        Ok(from_rows(account, &rows))
    }

    /// The lists of an account: as its sessions here go by, else as they are stored.
    pub(crate) async fn privacy_lists(&self, account: &BareJid) -> Result<Arc<PrivacyLists>, StoreError> {
        if self.cluster.sessions().of(account).iter().any(|entry| entry.member == self.node()) {
            return Ok(self.lists.last(account));
        }
        self.stored_privacy_lists(account).await.map(Arc::new)
    }

    /// Reads the lists for a session that has just begun.
    pub(crate) async fn apply_privacy_to(&self, session: &Arc<LocalSession>) {
        let account = session.jid.to_bare();
        let lists = match self.stored_privacy_lists(&account).await {
            Ok(lists) => Arc::new(lists),
            Err(err) => {
                warn!(%err, jid = %account, "privacy lists not read; the session goes by what is remembered of them");
                self.lists.last(&account)
            }
        };
        self.lists.remember(&account, &lists);
        session.privacy.update(&lists);
        self.publish_hiding(session);
    }

    /// Changes the lists of an account, and lets all its sessions, on all members, obey. `push` is what their clients are
    /// told.
    pub(crate) async fn change_privacy<F>(
        &self,
        account: &BareJid,
        push: Option<Element>,
        change: F,
    ) -> Result<(), Condition>
    where
        F: Fn(&mut PrivacyLists) -> Result<(), Condition> + Send + Sync,
    {
        let change_rows = |before: &[StoredPrivacyList]| {
            let mut lists = from_rows(account, before);
            match change(&mut lists) {
                Ok(()) => (to_rows(&lists), Ok(())),
                Err(condition) => (before.to_vec(), Err(condition)),
            }
        };
        let changed = self.store.update_privacy_lists(Self::username(account), change_rows).await;
        changed.map_err(|err| store_failure(&err))??;
        self.privacy_changed(account, push).await;
        Ok(())
    }

    async fn privacy_changed(&self, account: &BareJid, push: Option<Element>) {
        let push = push.map_or_else(Bytes::new, |payload| push_of(account, payload));
        let members: BTreeSet<_> =
            self.cluster.sessions().of(account).into_iter().map(|entry| entry.member).collect();
        for member in members.iter().copied().filter(|member| *member != self.node()) {
            let envelope = Envelope::PrivacyChanged { account: account.clone(), push: push.clone() };
            if let Err(err) = self.cluster.send(member, envelope).await {
                debug!(%member, jid = %account, %err, "member not told of changed privacy lists");
            }
        }
        self.obey_changed_privacy(account, &push).await;
    }

    /// Reads the lists of an account again for its sessions here, which obey them from now on, and sends `push` to their
    /// clients, unless it is empty.
    pub(crate) async fn obey_changed_privacy(&self, account: &BareJid, push: &Bytes) {
        let _turn = self.privacy_turns.of(account).await;
        let sessions = self.sessions_here(account);
        if sessions.is_empty() {
            return;
        }
        let lists = match self.stored_privacy_lists(account).await {
            Ok(lists) => Arc::new(lists),
            Err(err) => {
                warn!(%err, jid = %account, "changed privacy lists not read; sessions obey them from their next login on");
                return;
            }
        };
        self.lists.remember(account, &lists);
        let is_of_blocking =
            parse_stanza(push).is_ok_and(|iq| iq.children().any(|child| child.has_ns(NS_BLOCKING)));
        for session in sessions {
            let before = session.privacy.list();
            session.privacy.update(&lists);
            if !push.is_empty() && (!is_of_blocking || session.privacy.follows_blocking()) {
                self.deliver_unjudged(&session.jid, push);
            }
            self.tell_difference(&session, before).await;
        }
    }

    /// A client chooses the list of its session, or none (XEP-0016 §2.4).
    pub(crate) async fn choose_privacy_list(
        &self,
        session: &FullJid,
        name: Option<&str>,
    ) -> Result<(), Condition> {
        let Some(local) = self.local.get(session) else { return Ok(()) };
        let account = session.to_bare();
        let _turn = self.privacy_turns.of(&account).await;
        let lists = self.lists.last(&account);
        if name.is_some_and(|name| lists.get(name).is_none()) {
            return Err(Condition::ItemNotFound);
        }
        let before = local.privacy.list();
        local.privacy.choose(name.map(str::to_owned), &lists);
        self.tell_difference(&local, before).await;
        Ok(())
    }

    /// After a split: lists of accounts with sessions on the other side may have been changed there.
    pub(crate) async fn read_privacy_again(&self, is_shared: impl Fn(&[SessionEntry]) -> bool) {
        let accounts: BTreeSet<BareJid> = self.local.jids().iter().map(|jid| jid.to_bare()).collect();
        for account in accounts {
            if is_shared(&self.cluster.sessions().of(&account)) {
                self.obey_changed_privacy(&account, &Bytes::new()).await;
            }
        }
    }

    /// The sessions of an account on this node.
    pub(super) fn sessions_here(&self, account: &BareJid) -> Vec<Arc<LocalSession>> {
        let entries = self.cluster.sessions().of(account);
        let here = entries.iter().filter(|entry| entry.member == self.node());
        here.filter_map(|entry| self.local.get(&entry.record.jid)).collect()
    }
}

/// The IQ that tells clients of a change; without `to`, so that each session gets its own.
fn push_of(account: &BareJid, payload: Element) -> Bytes {
    let id: u64 = rand::rng().random();
    let push = Element::bare("iq", ns::JABBER_CLIENT)
        .with_attr("type", "set")
        .with_attr("id", format!("push-{id:016x}"))
        .with_attr("from", account.to_string())
        .with_child(payload);
    stanza_bytes(&push)
}

fn from_rows(account: &BareJid, rows: &[StoredPrivacyList]) -> PrivacyLists {
    let mut lists = PrivacyLists::default();
    for row in rows {
        let lost = lists.add_stored(&row.name, row.is_default, &row.xml);
        if lost > 0 {
            warn!(jid = %account, list = row.name, lost, "rules of a stored privacy list cannot be understood and have no effect");
        }
    }
    lists
}

fn to_rows(lists: &PrivacyLists) -> Vec<StoredPrivacyList> {
    let row = |(name, is_default, xml): (&str, bool, String)| StoredPrivacyList {
        name: name.to_owned(),
        is_default,
        xml,
    };
    lists.to_stored().map(row).collect()
}
