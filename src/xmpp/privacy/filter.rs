//! What passes a session's list, and what is answered where it does not.

use bytes::Bytes;
use cobnut_model::RosterItem;
use cobnut_store::StoreError;
use cobnut_xmpp_proto::privacy::{NS_BLOCKING_ERRORS, PrivacyList, Traffic};
use cobnut_xmpp_proto::stanza::{Condition, MessageFacts, MessageKind, error_reply};
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::{BareJid, Jid};
use minidom::Element;
use xmpp_parsers::ns;

use crate::service::{LocalSession, Recipients, Rework, Service, store_failure};

impl Service {
    /// Whether a list of an account blocks what passes between it and `other`. Neither the own resources nor the server
    /// itself are judged: a client could lock itself out.
    pub(crate) fn blocks(
        &self,
        account: &BareJid,
        list: &PrivacyList,
        traffic: Traffic,
        other: &Jid,
    ) -> bool {
        let is_exempt = other.to_bare() == *account || other.to_bare() == self.domain;
        if is_exempt {
            return false;
        }
        let roster = if list.needs_roster() { self.rosters.last(account) } else { None };
        let roster: &[RosterItem] = roster.as_deref().map_or(&[], Vec::as_slice);
        list.blocks(traffic, other, roster)
    }

    /// Whether the list that counts for a session blocks what passes between it and `other`.
    pub(crate) fn session_blocks(&self, session: &LocalSession, traffic: Traffic, other: &Jid) -> bool {
        let list = session.privacy.list();
        list.is_some_and(|list| self.blocks(&session.jid.to_bare(), &list, traffic, other))
    }

    /// Whether a list, which need not count for the session yet, hides the session from `other`.
    pub(super) fn hides(&self, session: &LocalSession, list: Option<&PrivacyList>, other: &Jid) -> bool {
        list.is_some_and(|list| self.blocks(&session.jid.to_bare(), list, Traffic::PresenceOut, other))
    }

    /// Whether the default list of an account, which speaks for it where no session does, blocks what passes between it and
    /// `other`.
    pub(crate) async fn account_blocks(
        &self,
        account: &BareJid,
        traffic: Traffic,
        other: &Jid,
    ) -> Result<bool, Condition> {
        self.default_list_blocks(account, traffic, other).await.map_err(|err| store_failure(&err))
    }

    /// The same for who can wait for the database.
    pub(crate) async fn default_list_blocks(
        &self,
        account: &BareJid,
        traffic: Traffic,
        other: &Jid,
    ) -> Result<bool, StoreError> {
        let lists = self.privacy_lists(account).await?;
        let Some(list) = lists.default_list().filter(|list| !list.is_empty()) else { return Ok(false) };
        if list.needs_roster() && self.rosters.last(account).is_none() {
            let roster = self.roster(account).await?;
            return Ok(other.to_bare() != *account && list.blocks(traffic, other, &roster));
        }
        Ok(self.blocks(account, list, traffic, other))
    }

    /// Whether a stanza of a session may go to whom it is addressed to. Where it may not, the client is told
    /// (XEP-0191 §3.7), unless it is presence or an answer.
    pub(crate) fn may_leave(&self, session: &LocalSession, stanza: &Element) -> bool {
        if session.privacy.list().is_none() {
            return true;
        }
        let Some(to) = stanza.attr("to").and_then(|to| Jid::new(to).ok()) else { return true };
        let traffic = Traffic::outgoing(stanza);
        if !self.session_blocks(session, traffic, &to) {
            return true;
        }
        let is_answered =
            traffic != Traffic::PresenceOut && !matches!(stanza.attr("type"), Some("error" | "result"));
        if is_answered {
            let mut reply = error_reply(stanza, Condition::NotAcceptable);
            if let Some(error) = reply.get_child_mut("error", ns::JABBER_CLIENT) {
                error.append_child(Element::bare("blocked", NS_BLOCKING_ERRORS));
            }
            self.deliver_unjudged(&session.jid, &stanza_bytes(&reply));
        }
        false
    }

    /// Whether the list of a session keeps a stanza from it. The sender is told in its turn, as if nobody was there.
    pub(crate) fn keeps_out(&self, session: &LocalSession, stanza: &Bytes) -> bool {
        if session.privacy.list().is_none() {
            return false;
        }
        let Ok(element) = parse_stanza(stanza) else { return false };
        let is_kept_out = self.is_unwanted(session, &element);
        if is_kept_out && is_refused_aloud(&element) {
            self.rework_soon(Rework::Refused { recipient: session.jid.clone(), stanza: stanza.clone() });
        }
        is_kept_out
    }

    fn is_unwanted(&self, session: &LocalSession, stanza: &Element) -> bool {
        let sender = |stanza: &Element| stanza.attr("from").and_then(|from| Jid::new(from).ok());
        let Some(from) = sender(stanza) else { return false };
        // A copy for another resource is as unwanted as the message in it (XEP-0280).
        let copied = copied_message(stanza).filter(|_| from.to_bare() == session.jid.to_bare());
        match copied {
            Some(message) => {
                sender(message).is_some_and(|from| self.session_blocks(session, Traffic::MessageIn, &from))
            }
            None => self.session_blocks(session, Traffic::incoming(stanza), &from),
        }
    }

    /// Leaves those out whom the session's list hides it from.
    pub(crate) fn withhold_presence(&self, session: &LocalSession, recipients: &mut Recipients) {
        if session.privacy.list().is_some_and(|list| list.may_hide_presence()) {
            recipients.retain(|jid| !self.session_blocks(session, Traffic::PresenceOut, &jid.clone().into()));
        }
    }
}

/// The message in a received carbon copy.
fn copied_message(stanza: &Element) -> Option<&Element> {
    let forwarded = stanza.get_child("received", ns::CARBONS)?.get_child("forwarded", ns::FORWARD)?;
    forwarded.get_child("message", ns::JABBER_CLIENT)
}

/// XEP-0016 §2.14: presence is dropped, and so is what nobody waits for an answer to.
fn is_refused_aloud(stanza: &Element) -> bool {
    match stanza.name() {
        "message" => {
            let facts = MessageFacts::of(stanza);
            facts.may_bounce() && facts.kind != MessageKind::Groupchat && copied_message(stanza).is_none()
        }
        "iq" => matches!(stanza.attr("type"), Some("get" | "set")),
        _ => false,
    }
}
