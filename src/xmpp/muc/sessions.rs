//! What sessions of this node send to rooms, and how they leave them.

use std::collections::BTreeSet;
use std::sync::Arc;

use cobnut_model::limits;
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use xmpp_parsers::ns;

use crate::service::{LocalSession, Service};

impl Service {
    /// Whether an address is one of group chat: a service, a room, or somebody in a room.
    pub(crate) async fn is_of_rooms(&self, to: &Jid) -> bool {
        self.rooms_service_at(to).await.is_some()
    }

    /// A message of a session of this node for an address of group chat.
    pub(crate) async fn message_to_room(&self, to: &Jid, message: &Element) {
        if to.node().is_some() {
            self.send_to_room(to, message).await;
        } else {
            self.bounce_message(message, Condition::ServiceUnavailable).await;
        }
    }

    /// An IQ of a session of this node for an address of group chat.
    pub(crate) async fn iq_to_room(&self, from: &FullJid, to: &Jid, iq: &Element) {
        if to.node().is_some() {
            self.send_to_room(to, iq).await;
        } else {
            self.iq_to_rooms_service(from, to, iq).await;
        }
    }

    /// Available or unavailable presence of a session of this node, or an error, for an address of group chat. Whoever
    /// enters a room is remembered in the session's record, and the room is told when the session ends.
    pub(crate) async fn presence_to_room(&self, session: &Arc<LocalSession>, presence: Element, to: &Jid) {
        if to.node().is_none() {
            return;
        }
        match presence.attr("type") {
            None if !self.remember_room(&session.jid, to) => {
                return self.bounce(&presence, Condition::ResourceConstraint).await;
            }
            Some("unavailable") => self.forget_room(&session.jid, to),
            _ => {}
        }
        self.send_to_room(to, &presence).await;
    }

    /// Notes that a session sent presence to a room, once for each room. Returns whether there was a place for it.
    fn remember_room(&self, session: &FullJid, to: &Jid) -> bool {
        let room = to.to_bare();
        let mut has_place = true;
        self.cluster.update(session, |record| {
            if record.directed_to.iter().any(|held| held.to_bare() == room) {
                return;
            }
            has_place = record.directed_to.len() < limits::DIRECTED_PRESENCE_MAX;
            if has_place {
                record.directed_to.push(to.clone());
            }
        });
        has_place
    }

    fn forget_room(&self, session: &FullJid, to: &Jid) {
        let room = to.to_bare();
        self.cluster.update(session, |record| {
            if let Some(index) = record.directed_to.iter().position(|held| held.to_bare() == room) {
                record.directed_to.swap_remove(index);
            }
        });
    }

    /// A session of this node is not available any more: it leaves all rooms. `farewell` is what it said, if anything.
    pub(crate) async fn leave_rooms(
        &self,
        session: &FullJid,
        directed_to: &[Jid],
        farewell: Option<&Element>,
    ) {
        let mut left: BTreeSet<BareJid> = BTreeSet::new();
        for to in directed_to {
            if self.is_ours(&to.to_bare()) || !self.is_of_rooms(to).await || !left.insert(to.to_bare()) {
                continue;
            }
            let mut presence = farewell.cloned().unwrap_or_else(|| {
                Element::bare("presence", ns::JABBER_CLIENT).with_attr("type", "unavailable")
            });
            presence.put_attr("from", session.to_string());
            presence.put_attr("to", to.to_string());
            self.send_to_room(to, &presence).await;
        }
    }
}
