//! Who sees a session that may hide.

use std::sync::Arc;

use cobnut_mesh::{Envelope, SessionEntry};
use cobnut_xmpp_proto::privacy::{PrivacyList, Traffic};
use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use tracing::debug;
use xmpp_parsers::ns;

use crate::service::{LocalSession, Recipients, Service};

/// Whether another member may tell the presence of a session.
pub(crate) enum Sight {
    /// It may be shown.
    Open,
    /// Its list hides it.
    Hidden,
    /// Only the member that holds it knows.
    AskItsMember,
}

impl Service {
    /// Whether `observer` may see a session, as far as this node knows.
    pub(crate) fn sight(&self, entry: &SessionEntry, observer: &FullJid) -> Sight {
        let record = &entry.record;
        if !record.hides_presence || record.jid.to_bare() == observer.to_bare() {
            return Sight::Open;
        }
        if entry.member != self.node() {
            return Sight::AskItsMember;
        }
        let Some(session) = self.local.get(&record.jid) else { return Sight::Hidden };
        let is_hidden = self.session_blocks(&session, Traffic::PresenceOut, &observer.clone().into());
        if is_hidden { Sight::Hidden } else { Sight::Open }
    }

    /// The available sessions of an account that this node may tell `asker` about.
    pub(crate) fn sessions_in_sight(&self, account: &BareJid, asker: &FullJid) -> Vec<SessionEntry> {
        let mut sessions = self.available_sessions(account);
        sessions.retain(|entry| matches!(self.sight(entry, asker), Sight::Open));
        sessions
    }

    /// Sends the presence of a session to some others, as far as its list lets it.
    pub(crate) async fn show_presence(
        &self,
        entry: &SessionEntry,
        observers: impl IntoIterator<Item = SessionEntry>,
    ) {
        let Some(presence) = &entry.record.presence else { return };
        let mut recipients = Recipients::new();
        for observer in observers {
            match self.sight(entry, &observer.record.jid) {
                Sight::Open => recipients.add([observer]),
                Sight::Hidden => {}
                Sight::AskItsMember => self.ask_to_show(entry, &observer.record.jid).await,
            }
        }
        self.fan_out(recipients, &presence.shared_stanza()).await;
    }

    /// Asks the member that holds a session to show it to somebody.
    pub(crate) async fn ask_to_show(&self, entry: &SessionEntry, observer: &FullJid) {
        let probe = Envelope::PresenceProbe { session: entry.record.jid.clone(), observer: observer.clone() };
        if let Err(err) = self.cluster.send(entry.member, probe).await {
            debug!(member = %entry.member, %err, "member not asked to show a presence");
        }
    }

    /// Another member asks to show a session of this node.
    pub(crate) async fn show_if_allowed(&self, session: &FullJid, observer: &FullJid) {
        let sessions = self.cluster.sessions();
        if let (Some(entry), Some(observer)) = (sessions.get(session), sessions.get(observer))
            && entry.member == self.node()
        {
            self.show_presence(&entry, [observer]).await;
        }
    }

    /// Lets other members know whether the session may hide.
    pub(super) fn publish_hiding(&self, session: &LocalSession) {
        let hides = session.privacy.list().is_some_and(|list| list.may_hide_presence());
        let published = self.cluster.sessions().get(&session.jid).map(|entry| entry.record.hides_presence);
        if published.is_some_and(|published| published != hides) {
            self.cluster.update(&session.jid, |record| record.hides_presence = hides);
        }
    }

    /// The list of a session was `before`: who is not to see it any more sees it leave, who may see it again is told of
    /// it (XEP-0191 §3.3, §3.4), and the client learns of those whose presence was kept from it.
    pub(super) async fn tell_difference(
        &self,
        session: &Arc<LocalSession>,
        before: Option<Arc<PrivacyList>>,
    ) {
        let after = session.privacy.list();
        if before == after {
            return;
        }
        self.publish_hiding(session);
        let Some(entry) = self.cluster.sessions().get(&session.jid) else { return };
        let Some(presence) = &entry.record.presence else { return };
        let account = session.jid.to_bare();
        let roster = self.roster_if_known(&account).await;
        let roster = roster.as_deref().map(Vec::as_slice);
        let mut audience = self.observers(&account, roster);
        self.add_directed(&mut audience, &entry.record.directed_to);
        let hides = |list: &Option<Arc<PrivacyList>>, other: &FullJid| {
            self.hides(session, list.as_deref(), &Jid::from(other.clone()))
        };
        let (mut leaves, mut comes) = (audience.clone(), audience);
        leaves.retain(|jid| hides(&after, jid) && !hides(&before, jid));
        comes.retain(|jid| hides(&before, jid) && !hides(&after, jid));
        let unavailable = Element::bare("presence", ns::JABBER_CLIENT)
            .with_attr("type", "unavailable")
            .with_attr("from", session.jid.to_string());
        self.fan_out(leaves, &stanza_bytes(&unavailable)).await;
        self.fan_out(comes, &presence.shared_stanza()).await;
        let was_kept_out = |contact: &FullJid| {
            let blocks = |list: &PrivacyList| {
                self.blocks(&account, list, Traffic::PresenceIn, &contact.clone().into())
            };
            before.as_deref().is_some_and(blocks)
        };
        self.inform_of_contacts(session, roster, was_kept_out).await;
    }
}
