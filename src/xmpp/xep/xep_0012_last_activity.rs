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
    if !service.sessions_in_sight(&account, request.from).is_empty() {
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

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::World;

    #[tokio::test]
    async fn only_those_who_may_see_learn_anything() {
        let world = World::single().await;
        world.befriend("romeo", "juliet").await;
        let mut romeo = world.login("romeo@example.net/a").await;
        let get = |to: &str| format!("<iq id='1' type='get' to='{to}'><query xmlns='jabber:iq:last'/></iq>");
        let error = |from: &str, kind: &str, condition: &str| {
            format!(
                "<iq id='1' type='error' from='{from}' to='romeo@example.net/a'><error type='{kind}'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )
        };
        let result = |from: &str, seconds: &str, text: &str| {
            format!(
                "<iq id='1' type='result' from='{from}' to='romeo@example.net/a'>\
                 <query xmlns='jabber:iq:last' seconds='{seconds}'>{text}</query></iq>"
            )
        };
        romeo.ask(&get("example.net"), &result("example.net", "*", "")).await;
        romeo.ask(&get("nurse@example.net"), &error("nurse@example.net", "auth", "forbidden")).await;
        romeo.ask(&get("juliet@example.net"), &error("juliet@example.net", "cancel", "item-not-found")).await;
        let juliet = world.online("juliet@example.net/b").await;
        romeo.ask(&get("juliet@example.net"), &result("juliet@example.net", "0", "")).await;
        juliet.send("<presence type='unavailable'><status>asleep</status></presence>").await;
        juliet.close().await;
        romeo.ask(&get("juliet@example.net"), &result("juliet@example.net", "*", "asleep")).await;
    }
}
