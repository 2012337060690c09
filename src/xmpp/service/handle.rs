//! Stanzas from a bound session: the sender is stamped, then IQ, message and presence go their ways.

use cobnut_xmpp_proto::stanza::ElementExt;
use jid::FullJid;
use minidom::Element;
use xmpp_parsers::ns;

use super::core::Service;
use super::seam::{Outbox, StreamError};

impl Service {
    /// Whether the connection with this queue still speaks for the session: another one may have taken the resource.
    pub(crate) fn is_bound(&self, session: &FullJid, outbox: &Outbox) -> bool {
        self.local.get(session).is_some_and(|held| held.outbox.same_channel(outbox))
    }

    /// Handles one `iq`, `message` or `presence` of a bound session; stanzas of one session come in order.
    /// Answers go to the outbox. An error ends the stream.
    pub(crate) async fn handle(&self, session: &FullJid, mut stanza: Element) -> Result<(), StreamError> {
        let Some(local) = self.local.get(session) else {
            // The session lost its resource a moment ago; the connection is about to learn of it.
            return Ok(());
        };
        // RFC 6120 §8.1.2.1: whatever the client claims, others see the full JID.
        stanza.put_attr("from", session.to_string());
        if stanza.has_ns(ns::JABBER_CLIENT) {
            if !self.may_leave(&local, &stanza) {
                return Ok(());
            }
            match stanza.name() {
                "message" => {
                    self.metrics.messages.inc();
                    self.handle_message(session, stanza).await;
                    return Ok(());
                }
                "presence" => {
                    self.metrics.presences.inc();
                    // Boxed, as below: an idle session should not carry room for the rarest work.
                    Box::pin(self.handle_presence(&local, stanza)).await;
                    return Ok(());
                }
                "iq" => {
                    self.metrics.iqs.inc();
                    Box::pin(self.handle_iq(session, stanza)).await;
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(StreamError { condition: "unsupported-stanza-type", text: String::new() })
    }
}
