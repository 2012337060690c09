//! Roster pushes (RFC 6121 §2.1.6): every interested resource, on every member, sees every change.
//!
//! Two members may change one item at the same moment, and what they say about it could arrive in the other order: a contact
//! that was removed would be back on the screen. So nobody pushes what it has written. Each member reads what there is and
//! tells its own sessions, one push of an account after the other: the last one is always true.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use cobnut_mesh::{Envelope, SessionEntry};
use cobnut_model::RosterItem;
use cobnut_store::StoreError;
use cobnut_xmpp_proto::roster::{item_element, removed_element, roster_version};
use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::BareJid;
use minidom::Element;
use rand::RngExt as _;
use tracing::{debug, warn};
use xmpp_parsers::ns;

use crate::service::{Recipients, Service};

impl Service {
    /// Tells the interested resources of an account what has become of an item.
    pub(crate) async fn push_change(&self, account: &BareJid, contact: &BareJid) {
        let members: BTreeSet<_> = self.interested(account).into_iter().map(|entry| entry.member).collect();
        for member in members.iter().copied().filter(|member| *member != self.node()) {
            let envelope = Envelope::RosterPush { account: account.clone(), contact: contact.clone() };
            if let Err(err) = self.cluster.send(member, envelope).await {
                debug!(%member, jid = %account, %err, "member not told to push");
            }
        }
        if members.contains(&self.node()) {
            self.push_here(account, contact).await;
        }
    }

    /// The same for the resources of this node.
    pub(crate) async fn push_here(&self, account: &BareJid, contact: &BareJid) {
        let _turn = self.push_turns.of(account).await;
        let (item, version) = match self.item_to_push(account, contact).await {
            Ok((item, version)) => (item.filter(|item| item.is_visible), version),
            Err(err) => {
                warn!(jid = %account, %contact, %err, "a changed roster item was not pushed, the client sees it at its next login");
                return;
            }
        };
        let item = item.map_or_else(|| removed_element(contact), |item| item_element(&item));
        let mut recipients = Recipients::new();
        recipients.add(self.interested(account));
        recipients.retain_member(self.node());
        let id: u64 = rand::rng().random();
        // Without `to`: each session gets its own.
        let push = Element::bare("iq", ns::JABBER_CLIENT)
            .with_attr("type", "set")
            .with_attr("id", format!("push-{id:016x}"))
            .with_attr("from", account.to_string())
            .with_child(Element::bare("query", ns::ROSTER).with_attr_opt("ver", version).with_child(item));
        self.fan_out(recipients, &stanza_bytes(&push)).await;
    }

    /// An item as it is now; with the version of the roster if a session here keeps that.
    async fn item_to_push(
        &self,
        account: &BareJid,
        contact: &BareJid,
    ) -> Result<(Option<RosterItem>, Option<String>), StoreError> {
        let keeps_roster = |entry: SessionEntry| {
            let session = self.local.get(&entry.record.jid);
            session.is_some_and(|session| session.keeps_roster.load(Ordering::Relaxed))
        };
        if self.interested(account).into_iter().any(keeps_roster) {
            let roster = self.roster(account).await?;
            let item = roster.iter().find(|item| item.jid == *contact).cloned();
            return Ok((item, Some(roster_version(&roster))));
        }
        let groups = self.shared_groups().await;
        let own = self.store.roster_item(Self::username(account), contact).await?;
        Ok((groups.item(account, contact, own), None))
    }

    fn interested(&self, account: &BareJid) -> Vec<SessionEntry> {
        let mut sessions = self.cluster.sessions().of(account);
        sessions.retain(|entry| entry.record.is_interested);
        sessions
    }
}
