//! Who sees an account's presence (RFC 6121 §4.2.2), and the end of a session for all of them.

use std::sync::Arc;

use cobnut_mesh::SessionEntry;
use cobnut_model::{NodeId, RosterItem, SessionRecord};
use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use tracing::warn;
use xmpp_parsers::ns;

use crate::service::{LocalSession, Recipients, Service};

/// Whether the contact sees the user.
pub(super) fn is_observer(item: &RosterItem) -> bool {
    item.subscription.is_seen_by_contact()
}

impl Service {
    /// The roster for a decision about presence; `None` if neither the database nor memory has it.
    pub(crate) async fn roster_if_known(&self, account: &BareJid) -> Option<Arc<Vec<RosterItem>>> {
        if let Some(roster) = self.rosters.fresh(account) {
            return Some(roster);
        }
        match self.roster(account).await {
            Ok(roster) => Some(roster),
            Err(err) => {
                warn!(%err, jid = %account, "roster not read; presence goes to the observers known here");
                None
            }
        }
    }

    /// The available sessions of everybody who is subscribed to an account's presence, or sees it by a shared group.
    pub(crate) fn observers(&self, account: &BareJid, roster: Option<&[RosterItem]>) -> Recipients {
        let mut recipients = Recipients::new();
        if self.groups.last().is_seen_by_everybody(account) {
            let others = self.cluster.sessions().collect(|record| record.presence.is_some());
            recipients.add(others.into_iter().filter(|entry| {
                let observer = entry.record.jid.to_bare();
                observer != *account && !self.is_anonymous(&observer)
            }));
        }
        match roster {
            Some(roster) => {
                for item in roster.iter().filter(|item| is_observer(item) && self.is_ours(&item.jid)) {
                    recipients.add(self.available_sessions(&item.jid));
                }
            }
            None => {
                for observer in self.rosters.observers_of(account) {
                    recipients.add(self.available_sessions(&observer));
                }
            }
        }
        recipients
    }

    /// [`Self::observers`], and the account's own available resources.
    pub(crate) async fn audience(&self, account: &BareJid) -> Recipients {
        let roster = self.roster_if_known(account).await;
        let mut recipients = self.observers(account, roster.as_deref().map(Vec::as_slice));
        recipients.add(self.available_sessions(account));
        recipients
    }

    /// Adds the sessions that got directed presence.
    pub(crate) fn add_directed(&self, recipients: &mut Recipients, directed_to: &[Jid]) {
        for jid in directed_to {
            recipients.add(self.sessions_at(jid));
        }
    }

    /// The sessions that an address of this domain names.
    fn sessions_at(&self, jid: &Jid) -> Vec<SessionEntry> {
        match FullJid::try_from(jid.clone()) {
            Ok(full) => self.cluster.sessions().get(&full).into_iter().collect(),
            Err(_) => self.available_sessions(&jid.to_bare()),
        }
    }

    /// Sends the unavailable presence of a session that is gone: to observers, to the account's other resources and to
    /// whom it was directed; to each session once. Whom `session` hid from by its privacy list is not told; where it was on
    /// a lost member nobody knows the list. `only` leaves out the sessions of other members.
    pub(crate) async fn broadcast_end(
        &self,
        record: &SessionRecord,
        session: Option<&LocalSession>,
        only: Option<NodeId>,
    ) {
        let mut recipients = Recipients::new();
        if record.presence.is_some() {
            recipients = self.audience(&record.jid.to_bare()).await;
        }
        self.add_directed(&mut recipients, &record.directed_to);
        recipients.remove(&record.jid);
        if let Some(session) = session {
            self.withhold_presence(session, &mut recipients);
        }
        if let Some(member) = only {
            recipients.retain_member(member);
        }
        let unavailable = Element::bare("presence", ns::JABBER_CLIENT)
            .with_attr("type", "unavailable")
            .with_attr("from", record.jid.to_string());
        self.fan_out(recipients, &stanza_bytes(&unavailable)).await;
        if only.is_none() {
            // The hosts of the rooms learn of a lost member by themselves.
            self.leave_rooms(&record.jid, &record.directed_to, None).await;
        }
    }

    /// Sends the presence of this node's sessions to those on `member` who see them.
    pub(crate) async fn announce_own_sessions_to(&self, member: NodeId) {
        let theirs = self.cluster.sessions().count_of(member);
        if theirs == 0 {
            return;
        }
        // One roster is read for each session of one side; either side gives the same pairs.
        if theirs < self.local.len() {
            self.announce_to_each_session_of(member).await;
        } else {
            self.announce_each_own_session_to(member).await;
        }
    }

    async fn announce_each_own_session_to(&self, member: NodeId) {
        for jid in self.local.jids() {
            let Some(entry) = self.cluster.sessions().get(&jid) else { continue };
            let (Some(presence), Some(session)) = (&entry.record.presence, self.local.get(&jid)) else {
                continue;
            };
            let mut recipients = self.audience(&jid.to_bare()).await;
            recipients.retain_member(member);
            self.withhold_presence(&session, &mut recipients);
            self.fan_out(recipients, &presence.shared_stanza()).await;
        }
    }

    async fn announce_to_each_session_of(&self, member: NodeId) {
        let theirs = self.cluster.sessions().collect(|record| record.presence.is_some());
        for observer in theirs.into_iter().filter(|entry| entry.member == member) {
            let account = observer.record.jid.to_bare();
            let roster = self.roster_if_known(&account).await;
            for contact in self.contacts_seen_by(&account, roster.as_deref().map(Vec::as_slice)) {
                for own in self.available_sessions(&contact) {
                    if own.member == self.node() {
                        self.show_presence(&own, [observer.clone()]).await;
                    }
                }
            }
        }
    }
}
