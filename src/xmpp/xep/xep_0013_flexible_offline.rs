//! XEP-0013: Flexible Offline Message Retrieval. A client that asks what waits for it before it becomes available is not sent all
//! of it at once, and says itself what is to be forgotten.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use cobnut_model::UnixMillis;
use cobnut_store::OfflineMessage;
use cobnut_xmpp_proto::offline::{NS_OFFLINE, OfflineRequest, info, list, mark};
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::stanza_bytes;
use jiff::Timestamp;
use minidom::Element;
use tracing::warn;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Service, store_failure};

/// The namespace, and what `disco#info` of the domain says.
pub(super) const FEATURE: &str = NS_OFFLINE;

/// Answers what is wanted of the messages that wait for the sender.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    if request.target != Target::OwnAccount || request.payload.name() != "offline" {
        return Err(Condition::Forbidden);
    }
    let wanted = OfflineRequest::of(request.payload, request.is_set)?;
    let held = waiting(service, request).await?;
    let by_name: BTreeMap<String, &OfflineMessage> =
        held.iter().map(|message| (name_of(message), message)).collect();
    let named = |names: Vec<String>| -> Result<Vec<&OfflineMessage>, Condition> {
        names.iter().map(|name| by_name.get(name).copied().ok_or(Condition::ItemNotFound)).collect()
    };
    match wanted {
        OfflineRequest::Fetch => send(service, request, &held.iter().collect::<Vec<_>>()).await,
        OfflineRequest::View(names) => send(service, request, &named(names)?).await,
        OfflineRequest::Purge => forget(service, request, &held.iter().collect::<Vec<_>>()).await?,
        OfflineRequest::Remove(names) => forget(service, request, &named(names)?).await?,
    }
    Ok(None)
}

/// The answer to `disco#info` about what waits; `None` where something else is asked.
pub(super) async fn node_info(
    service: &Service,
    request: &IqRequest<'_>,
) -> Option<Result<Element, Condition>> {
    if !is_asked(request) {
        return None;
    }
    Some(waiting(service, request).await.map(|held| info(held.len())))
}

/// The answer to `disco#items` about what waits.
pub(super) async fn node_items(
    service: &Service,
    request: &IqRequest<'_>,
) -> Option<Result<Element, Condition>> {
    if !is_asked(request) {
        return None;
    }
    let rows = |held: Vec<OfflineMessage>| {
        let rows: Vec<(String, String)> =
            held.iter().map(|message| (name_of(message), sender_of(service, message))).collect();
        list(request.account().as_str(), rows)
    };
    Some(waiting(service, request).await.map(rows))
}

fn is_asked(request: &IqRequest<'_>) -> bool {
    request.target == Target::OwnAccount && request.payload.attr("node") == Some(NS_OFFLINE)
}

/// What waits. From now on the session is not sent it by itself (§2.1).
async fn waiting(service: &Service, request: &IqRequest<'_>) -> Result<Vec<OfflineMessage>, Condition> {
    if let Some(session) = service.local.get(request.from) {
        session.picks_offline.store(true, Ordering::Relaxed);
    }
    let held = service.store.offline(Service::username(&request.account())).await;
    held.map_err(|err| store_failure(&err))
}

/// How the client calls a message. Names sort by time, and are the same on all members.
fn name_of(message: &OfflineMessage) -> String {
    let UnixMillis(at) = message.stored_at;
    let at = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
    format!("{}#{}", at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"), message.id)
}

fn sender_of(service: &Service, message: &OfflineMessage) -> String {
    let stanza = service.stamped(message);
    stanza.and_then(|stanza| stanza.attr("from").map(str::to_owned)).unwrap_or_default()
}

/// Sends messages, which stay where they are until the client says otherwise.
async fn send(service: &Service, request: &IqRequest<'_>, messages: &[&OfflineMessage]) {
    let Some(session) = service.local.get(request.from) else { return };
    for message in messages {
        let Some(mut stanza) = service.stamped(message) else {
            warn!(id = message.id, "stored message cannot be read, not sent");
            continue;
        };
        stanza.append_child(mark(&name_of(message)));
        session.push_gently(&stanza_bytes(&stanza)).await;
    }
}

async fn forget(
    service: &Service,
    request: &IqRequest<'_>,
    messages: &[&OfflineMessage],
) -> Result<(), Condition> {
    let ids: Vec<i64> = messages.iter().map(|message| message.id).collect();
    let deleted = service.store.delete_offline(Service::username(&request.account()), &ids).await;
    deleted.map(drop).map_err(|err| store_failure(&err))
}

#[cfg(test)]
mod tests {
    use minidom::Element;

    use super::NS_OFFLINE;
    use crate::service::tests::fixture::{Client, World};

    const ITEMS: &str = "http://jabber.org/protocol/disco#items";
    const INFO: &str = "http://jabber.org/protocol/disco#info";

    async fn request(client: &mut Client, kind: &str, payload: &str) -> Element {
        client.send(&format!("<iq type='{kind}' id='q'>{payload}</iq>")).await;
        client.receive().await
    }

    fn offline(inner: &str) -> String {
        format!("<offline xmlns='{NS_OFFLINE}'>{inner}</offline>")
    }

    async fn names(client: &mut Client) -> Vec<String> {
        let answer = request(client, "get", &format!("<query xmlns='{ITEMS}' node='{NS_OFFLINE}'/>")).await;
        let query = answer.get_child("query", ITEMS).expect("list");
        assert!(query.children().all(|item| item.attr("name") == Some("romeo@example.net/a")));
        query.children().map(|item| item.attr("node").expect("name").to_owned()).collect()
    }

    fn body(message: &Element) -> String {
        message.get_child("body", "jabber:client").expect("body").text()
    }

    #[tokio::test]
    async fn a_client_looks_through_what_waits_and_takes_what_it_wants() {
        let world = World::clustered(2).await;
        let romeo = world.login_at(0, "romeo@example.net/a").await;
        for text in ["one", "two", "three"] {
            romeo
                .send(&format!("<message type='chat' to='juliet@example.net'><body>{text}</body></message>"))
                .await;
        }
        let mut juliet = world.login_at(1, "juliet@example.net/b").await;
        let answer =
            request(&mut juliet, "get", &format!("<query xmlns='{INFO}' node='{NS_OFFLINE}'/>")).await;
        let form = answer.get_child("query", INFO).and_then(|query| query.get_child("x", "jabber:x:data"));
        let count = form.and_then(|form| form.children().last()).and_then(|field| field.children().next());
        assert_eq!(count.map(Element::text).as_deref(), Some("3"));
        let held = names(&mut juliet).await;
        assert_eq!(held.len(), 3);
        // It is not sent them by itself.
        juliet.send("<presence/>").await;
        juliet.receive().await;
        juliet.expect_nothing().await;
        let view = format!("<item action='view' node='{}'/>", held[1]);
        juliet.send(&format!("<iq type='get' id='v'>{}</iq>", offline(&view))).await;
        let message = juliet.receive().await;
        assert_eq!(body(&message), "two");
        let mark = message.get_child("offline", NS_OFFLINE).expect("mark").children().next().expect("item");
        assert_eq!(mark.attr("node"), Some(held[1].as_str()));
        assert_eq!(juliet.receive().await.attr("id"), Some("v"));
        let remove = |node: &str| offline(&format!("<item action='remove' node='{node}'/>"));
        assert_eq!(request(&mut juliet, "set", &remove(&held[0])).await.attr("type"), Some("result"));
        let again = request(&mut juliet, "set", &remove(&held[0])).await;
        assert!(again.get_child("error", "jabber:client").is_some_and(|error| {
            error.has_child("item-not-found", "urn:ietf:params:xml:ns:xmpp-stanzas")
        }));
        assert_eq!(names(&mut juliet).await, held[1..]);
        juliet.send(&format!("<iq type='get' id='f'>{}</iq>", offline("<fetch/>"))).await;
        assert_eq!([body(&juliet.receive().await), body(&juliet.receive().await)], ["two", "three"]);
        juliet.receive().await;
        request(&mut juliet, "set", &offline("<purge/>")).await;
        assert!(names(&mut juliet).await.is_empty());
    }

    #[tokio::test]
    async fn nobody_looks_through_what_waits_for_others() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        romeo
            .ask(
                &format!("<iq type='get' id='q' to='juliet@example.net'>{}</iq>", offline("<fetch/>")),
                "<iq type='error' id='q' from='juliet@example.net' to='romeo@example.net/a'><error type='auth'>\
                 <forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            )
            .await;
    }
}
