//! XEP-0280: Message Carbons: the other resources of sender and recipient get copies.

use bytes::Bytes;
use cobnut_model::SessionRecord;
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _, MessageFacts};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid};
use minidom::Element;
use xmpp_parsers::ns;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Recipients, Service};

/// Switches copies on or off for the session.
pub(super) fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    request.only_set()?;
    if matches!(request.target, Target::Account(_)) {
        return Err(Condition::NotAllowed);
    }
    let is_enabled = match request.payload.name() {
        "enable" => true,
        "disable" => false,
        _ => return Err(Condition::BadRequest),
    };
    service.cluster.update(request.from, |record| record.has_carbons = is_enabled);
    Ok(None)
}

impl Service {
    /// Copies of a sent message for the sender's other resources (§8). A message to the own account is only received.
    pub(crate) async fn send_copies(&self, from: &FullJid, to: &BareJid, message: &Element) {
        let account = from.to_bare();
        if account != *to && MessageFacts::of(message).is_copied {
            self.copy_to(&account, "sent", std::slice::from_ref(from), message).await;
        }
    }

    /// Copies of a received message for those resources of the recipient that did not get it (§7).
    pub(crate) async fn receive_copies(&self, account: &BareJid, taken: &[FullJid], message: &Element) {
        self.copy_to(account, "received", taken, message).await;
    }

    async fn copy_to(&self, account: &BareJid, direction: &str, except: &[FullJid], message: &Element) {
        let is_meant = |record: &SessionRecord| record.has_carbons && !except.contains(&record.jid);
        let sessions = self.cluster.sessions().of_where(account, is_meant);
        if sessions.is_empty() {
            return;
        }
        let mut recipients = Recipients::new();
        recipients.add(sessions);
        let copy = wrapped(account, direction, message);
        Box::pin(self.fan_out(recipients, &copy)).await;
    }
}

/// The copy, without `to`. Compat: Spark accepts it only from the own bare JID.
fn wrapped(account: &BareJid, direction: &str, message: &Element) -> Bytes {
    let forwarded = Element::bare("forwarded", ns::FORWARD).with_child(message.clone());
    let copy = Element::bare("message", ns::JABBER_CLIENT)
        .with_attr("from", account.to_string())
        .with_attr_opt("type", message.attr("type"))
        .with_child(Element::bare(direction, ns::CARBONS).with_child(forwarded));
    stanza_bytes(&copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_holds_the_message_in_its_namespace() {
        let message: Element =
            "<message xmlns='jabber:client' from='a@b/c' to='d@b' type='chat'><body>x</body></message>"
                .parse()
                .unwrap();
        assert_eq!(
            wrapped(&"d@b".parse().unwrap(), "received", &message),
            "<message from=\"d@b\" type=\"chat\"><received xmlns=\"urn:xmpp:carbons:2\">\
             <forwarded xmlns=\"urn:xmpp:forward:0\"><message xmlns=\"jabber:client\" from=\"a@b/c\" to=\"d@b\" \
             type=\"chat\"><body>x</body></message></forwarded></received></message>"
        );
    }
}
