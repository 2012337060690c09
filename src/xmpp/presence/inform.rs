//! What a session learns with its initial presence: who is online, and who waits for an answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh::SessionEntry;
use cobnut_model::RosterItem;
use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::{BareJid, FullJid};
use minidom::Element;
use tracing::warn;
use xmpp_parsers::ns;

use crate::privacy::Sight;
use crate::service::{LocalSession, Service};

impl Service {
    /// Answers the probes of an initial presence from the session maps (RFC 6121 §4.3), and delivers subscription
    /// requests that wait (§3.1.3).
    pub(super) async fn inform(&self, session: &Arc<LocalSession>, roster: Option<&[RosterItem]>) {
        self.inform_of_contacts(session, roster, |_| true).await;
        let account = session.jid.to_bare();
        for item in roster.unwrap_or_default().iter().filter(|item| item.pending_in.is_some()) {
            session.push_gently(&stanza_bytes(&request_of(item, &account))).await;
        }
        self.forget_last_presence(&session.jid).await;
    }

    /// Tells a session who of those that it sees and that are news to it is online.
    pub(crate) async fn inform_of_contacts(
        &self,
        session: &Arc<LocalSession>,
        roster: Option<&[RosterItem]>,
        is_news: impl Fn(&FullJid) -> bool,
    ) {
        let contacts = self.contacts_seen_by(&session.jid.to_bare(), roster);
        let (presences, to_ask) = self.presences_of(&contacts, &session.jid);
        for (_, presence) in presences.iter().filter(|(contact, _)| is_news(contact)) {
            if !self.keeps_out(session, presence) {
                session.push_gently(presence).await;
            }
        }
        for entry in to_ask.into_iter().filter(|entry| is_news(&entry.record.jid)) {
            self.ask_to_show(&entry, &session.jid).await;
        }
    }

    /// The accounts whose presence an account sees: its own and those of its contacts.
    pub(crate) fn contacts_seen_by(&self, account: &BareJid, roster: Option<&[RosterItem]>) -> Vec<BareJid> {
        let seen = roster.unwrap_or_default().iter().filter(|item| sees(item) && self.is_ours(&item.jid));
        std::iter::once(account.clone()).chain(seen.map(|item| item.jid.clone())).collect()
    }

    /// The presence of every available session of some accounts as far as `observer` may see it, its own left out, and the
    /// sessions that only their members can show.
    pub(super) fn presences_of(
        &self,
        accounts: &[BareJid],
        observer: &FullJid,
    ) -> (BTreeMap<FullJid, Bytes>, Vec<SessionEntry>) {
        let (mut presences, mut to_ask) = (BTreeMap::new(), Vec::new());
        let entries = accounts.iter().flat_map(|account| self.available_sessions(account));
        for entry in entries.filter(|entry| entry.record.jid != *observer) {
            let Some(presence) = &entry.record.presence else { continue };
            match self.sight(&entry, observer) {
                Sight::Open => _ = presences.insert(entry.record.jid.clone(), presence.shared_stanza()),
                Sight::Hidden => {}
                Sight::AskItsMember => to_ask.push(entry),
            }
        }
        (presences, to_ask)
    }

    /// The account is online again.
    async fn forget_last_presence(&self, session: &FullJid) {
        let account = session.to_bare();
        if self.available_sessions(&account).len() > 1 {
            return;
        }
        if let Err(err) = self.store.set_last_presence(Self::username(&account), None).await {
            warn!(%err, jid = %account, "last presence not removed");
        }
    }
}

fn sees(item: &RosterItem) -> bool {
    item.subscription.sees_contact()
}

/// The subscription request that waits in an item; a plain one where only the fact is known.
fn request_of(item: &RosterItem, account: &BareJid) -> Element {
    let kept = item
        .pending_in
        .as_deref()
        .filter(|kept| !kept.is_empty())
        .and_then(|kept| parse_stanza(kept.as_bytes()).ok())
        .filter(|kept| kept.is("presence", ns::JABBER_CLIENT));
    kept.unwrap_or_else(|| Element::bare("presence", ns::JABBER_CLIENT))
        .with_attr("type", "subscribe")
        .with_attr("from", item.jid.to_string())
        .with_attr("to", account.to_string())
}
