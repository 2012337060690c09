//! Roster pushes (RFC 6121 §2.1.6): every interested resource, on every member, sees every change.

use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::BareJid;
use minidom::Element;
use rand::RngExt as _;
use xmpp_parsers::ns;

use crate::service::{Recipients, Service};

impl Service {
    /// Pushes one item to the interested resources of an account.
    pub(crate) async fn push_item(&self, account: &BareJid, item: &Element) {
        let mut sessions = self.cluster.sessions().of(account);
        sessions.retain(|entry| entry.record.is_interested);
        if sessions.is_empty() {
            return;
        }
        let id: u64 = rand::rng().random();
        // Without `to`: each member addresses its own sessions.
        let push = Element::bare("iq", ns::JABBER_CLIENT)
            .with_attr("type", "set")
            .with_attr("id", format!("push-{id:016x}"))
            .with_attr("from", account.to_string())
            .with_child(Element::bare("query", ns::ROSTER).with_child(item.clone()));
        let mut recipients = Recipients::new();
        recipients.add(sessions);
        self.fan_out(recipients, &stanza_bytes(&push)).await;
    }
}
