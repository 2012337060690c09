//! Where an IQ goes: to the server's handlers, to a session, or back.

use cobnut_xmpp_proto::privacy::Traffic;
use cobnut_xmpp_proto::stanza::{
    Condition, Destination, ElementExt, destination, error_reply, error_reply_with,
};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{FullJid, Jid};
use minidom::Element;
use xmpp_parsers::ns;

use super::request::{Answer, IqRequest, Target};
use crate::pubsub;
use crate::service::Service;
use crate::xep;

impl Service {
    /// Handles an IQ from a session of this node.
    pub(crate) async fn handle_iq(&self, from: &FullJid, iq: Element) {
        if let Err(condition) = check(&iq) {
            // RFC 6120 §8.3.1: results and errors are never answered.
            if !matches!(iq.attr("type"), Some("result" | "error")) {
                let mut reply = error_reply(&iq, condition);
                if iq.attr("to").is_none_or(|to| Jid::new(to).is_err()) {
                    reply.put_attr("from", self.domain_str());
                }
                self.answer(from, &reply);
            }
            return;
        }
        let Some(to) = iq.attr("to") else { return self.serve(from, Target::OwnAccount, &iq).await };
        match destination(to, self.domain_str()) {
            Ok(Destination::Server) => self.serve(from, Target::Server, &iq).await,
            Ok(Destination::Account(account)) if account == from.to_bare() => {
                self.serve(from, Target::OwnAccount, &iq).await;
            }
            Ok(Destination::Account(account)) => self.serve(from, Target::Account(account), &iq).await,
            Ok(Destination::Session(session)) => self.pass_on(&session, iq).await,
            Ok(Destination::ServerResource) => self.bounce(&iq, Condition::ServiceUnavailable).await,
            Ok(Destination::Foreign(jid)) if xep::xep_0055_search::is_at(self, &jid) => {
                self.serve(from, Target::Search, &iq).await;
            }
            Ok(Destination::Foreign(jid)) if xep::xep_0065_bytestreams::is_at(self, &jid) => {
                self.serve(from, Target::Proxy, &iq).await;
            }
            Ok(Destination::Foreign(jid)) if pubsub::is_at(self, &jid) => {
                self.serve(from, Target::Pubsub, &iq).await;
            }
            Ok(Destination::Foreign(to)) if self.is_of_rooms(&to).await => {
                if xep::xep_0175_anonymous::is_denied_by_rooms(self, from, &iq) {
                    return self.bounce(&iq, Condition::NotAllowed).await;
                }
                self.iq_to_room(from, &to, &iq).await;
            }
            Ok(Destination::Foreign(_)) => self.bounce(&iq, Condition::RemoteServerNotFound).await,
            Err(_) => {
                // An error cannot come from an address that does not exist.
                let mut reply = error_reply(&iq, Condition::JidMalformed);
                reply.put_attr("from", self.domain_str());
                if is_request(&iq) {
                    self.answer(from, &reply);
                }
            }
        }
    }

    /// Answers a request on behalf of the server or an account.
    async fn serve(&self, from: &FullJid, target: Target, iq: &Element) {
        let Some(payload) = iq.children().next().filter(|_| is_request(iq)) else {
            // Of what clients answer to the server, only their capabilities are waited for.
            if let (Target::Server, Some(session)) = (target, self.local.get(from)) {
                self.take_caps_answer(&session, iq).await;
            }
            return;
        };
        let request = IqRequest { from, target, is_set: iq.attr("type") == Some("set"), payload };
        let mut reply = self.reply_to(iq, &request).await;
        // Compat: Smack accepts a reply only from the address it asked, or from the own account if it named none.
        let answered_by = iq.attr("to").map_or_else(|| from.to_bare().to_string(), str::to_owned);
        reply.put_attr("from", answered_by);
        self.answer(from, &reply);
        xep::after_answer(self, &request).await;
    }

    async fn reply_to(&self, iq: &Element, request: &IqRequest<'_>) -> Element {
        if let Err(condition) = self.check_blocking(request).await {
            return error_reply(iq, condition);
        }
        if !pubsub::is_about(request) {
            return answer_to(iq, xep::answer(self, request).await);
        }
        // Boxed: rare, and large.
        match Box::pin(pubsub::answer(self, request)).await {
            Ok(payload) => answer_to(iq, Ok(payload)),
            Err(refusal) => error_reply_with(iq, refusal.to_element()),
        }
    }

    /// XEP-0191 §3.3: whoever is blocked by an account finds nobody there.
    async fn check_blocking(&self, request: &IqRequest<'_>) -> Result<(), Condition> {
        let Target::Account(account) = &request.target else { return Ok(()) };
        let is_blocked = self.account_blocks(account, Traffic::IqIn, &request.from.clone().into()).await?;
        if is_blocked { Err(Condition::ServiceUnavailable) } else { Ok(()) }
    }

    /// Routes an IQ to the session it is for.
    async fn pass_on(&self, session: &FullJid, iq: Element) {
        let is_delivered = match self.cluster.sessions().get(session) {
            Some(entry) => self.deliver(&entry, &stanza_bytes(&iq)).await,
            None => false,
        };
        if !is_delivered {
            self.bounce(&iq, Condition::ServiceUnavailable).await;
        }
    }

    fn answer(&self, to: &FullJid, reply: &Element) {
        self.deliver_unjudged(to, &stanza_bytes(reply));
    }
}

/// The answer to a request as a stanza for its sender.
pub(crate) fn answer_to(iq: &Element, answer: Answer) -> Element {
    match answer {
        Ok(payload) => {
            let mut result = Element::bare("iq", ns::JABBER_CLIENT)
                .with_attr("type", "result")
                .with_attr_opt("id", iq.attr("id"))
                .with_attr_opt("to", iq.attr("from"));
            if let Some(payload) = payload {
                result.append_child(payload);
            }
            result
        }
        Err(condition) => error_reply(iq, condition),
    }
}

fn is_request(iq: &Element) -> bool {
    matches!(iq.attr("type"), Some("get" | "set"))
}

/// RFC 6120 §8.2.3: an id, a known type, and exactly one payload in a request.
fn check(iq: &Element) -> Result<(), Condition> {
    let is_valid = match iq.attr("type") {
        Some("get" | "set") => iq.children().count() == 1,
        Some("result" | "error") => true,
        _ => false,
    };
    if is_valid && iq.attr("id").is_some() { Ok(()) } else { Err(Condition::BadRequest) }
}
