//! XEP-0012: Last Activity. Uptime of the server; idle or offline time of accounts, for those who may see them.

use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use cobnut_xmpp_proto::xml::parse_stanza;
use minidom::Element;
use xmpp_parsers::ns;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Service, now, store_failure};

/// The namespace.
pub(super) const NS: &str = "jabber:iq:last";

/// Answers a query.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    request.only_get()?;
    if request.target == Target::Server {
        return Ok(Some(query(service.started.elapsed().as_secs(), "")));
    }
    let account = request.subject();
    if !service.may_see(&request.account(), &account).await {
        return Err(Condition::Forbidden);
    }
    if !service.available_sessions(&account).is_empty() {
        return Ok(Some(query(0, "")));
    }
    let last = service
        .store
        .last_presence(Service::username(&account))
        .await
        .map_err(|err| store_failure(&err))?
        .ok_or(Condition::ItemNotFound)?;
    let seconds = now().0.saturating_sub(last.offline_at.0) / 1000;
    let status = last
        .stanza
        .and_then(|stanza| parse_stanza(stanza.as_bytes()).ok())
        .and_then(|stanza| stanza.get_child("status", ns::JABBER_CLIENT).map(Element::text))
        .unwrap_or_default();
    Ok(Some(query(seconds, &status)))
}

fn query(seconds: u64, text: &str) -> Element {
    let query = Element::bare("query", NS).with_attr("seconds", seconds.to_string());
    if text.is_empty() { query } else { query.with_text(text) }
}
