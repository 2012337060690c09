//! XEP-0049: Private XML Storage.
//!
//! Keeps one XML fragment for each account, element name and namespace; Spark stores its bookmarks here.
//! The fragment is opaque but for bookmarks, which published ones follow: only its root name and namespace are looked at.

use cobnut_model::limits;
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::FullJid;
use minidom::Element;
use xmpp_parsers::ns;

use super::xep_0402_bookmarks;
use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Service, store_failure};

/// Answers a request. Compat: an element that was never stored comes back empty, or Spark's bookmarks die.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    if matches!(request.target, Target::Account(_)) {
        return Err(Condition::Forbidden);
    }
    let account = request.account();
    let username = Service::username(&account);
    if request.is_set {
        set(service, request.from, request.payload).await
    } else {
        get(service, username, request.payload).await
    }
}

async fn get(service: &Service, username: &str, query: &Element) -> Answer {
    let mut children = query.children();
    let (Some(asked), None) = (children.next(), children.next()) else { return Err(Condition::BadRequest) };
    let (name, namespace) = key(asked)?;
    let stored = service
        .store
        .private_xml(username, name, &namespace)
        .await
        .map_err(|err| store_failure(&err))?
        .and_then(|xml| parse_stanza(xml.as_bytes()).ok());
    let mut answer = Element::bare("query", ns::PRIVATE);
    answer.append_child(stored.unwrap_or_else(|| Element::bare(name, namespace)));
    Ok(Some(answer))
}

async fn set(service: &Service, from: &FullJid, query: &Element) -> Answer {
    let account = from.to_bare();
    let username = Service::username(&account);
    let mut fragments = Vec::new();
    for fragment in query.children() {
        let (_, namespace) = key(fragment)?;
        let xml = stanza_bytes(fragment);
        if xml.len() > limits::PRIVATE_XML_BYTES_MAX {
            return Err(Condition::PolicyViolation);
        }
        fragments.push((fragment, namespace, String::from_utf8_lossy(&xml).into_owned()));
    }
    if fragments.is_empty() {
        return Err(Condition::BadRequest);
    }
    for (fragment, namespace, xml) in fragments {
        let name = fragment.name();
        service
            .store
            .set_private_xml(username, name, &namespace, &xml)
            .await
            .map_err(|err| store_failure(&err))?;
        if xep_0402_bookmarks::is_list(name, &namespace) {
            xep_0402_bookmarks::follow_list(service, from, fragment).await;
        }
    }
    Ok(None)
}

/// Element name and namespace; the namespaces of the stream itself cannot be stored under (XEP-0049 §3).
fn key(fragment: &Element) -> Result<(&str, String), Condition> {
    let namespace = fragment.ns();
    let is_reserved = namespace.is_empty() || [ns::JABBER_CLIENT, ns::PRIVATE].contains(&namespace.as_str());
    let is_long = fragment.name().chars().count() > limits::PRIVATE_XML_NAME_CHARS_MAX
        || namespace.chars().count() > limits::PRIVATE_XML_NAMESPACE_CHARS_MAX;
    if is_reserved || is_long { Err(Condition::NotAcceptable) } else { Ok((fragment.name(), namespace)) }
}

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::World;

    use cobnut_model::limits;

    fn result(payload: &str) -> String {
        format!("<iq id='1' type='result' from='romeo@example.net' to='romeo@example.net/a'>{payload}</iq>")
    }

    fn error(kind: &str, condition: &str) -> String {
        format!(
            "<iq id='1' type='error' from='romeo@example.net' to='romeo@example.net/a'><error type='{kind}'>\
             <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        )
    }

    #[tokio::test]
    async fn fragments_come_back_as_they_were_stored() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        let get = "<iq id='1' type='get'><query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query></iq>";
        let empty = "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>";
        romeo.ask(get, &result(empty)).await;
        let full = "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>\
                    <conference name='T &amp; &lt;x&gt;' jid='t@conference.example.net' autojoin='true'><nick>ä</nick></conference>\
                    <url xmlns='other' name='Wiki'/></storage></query>";
        romeo.ask(&format!("<iq id='1' type='set'>{full}</iq>"), &result("")).await;
        romeo.ask(get, &result(full)).await;
        let mut other = world.login("juliet@example.net/a").await;
        other
            .ask(
                get,
                &format!("<iq id='1' type='result' from='juliet@example.net' to='juliet@example.net/a'>{empty}</iq>"),
            )
            .await;
    }

    #[tokio::test]
    async fn other_accounts_reserved_names_and_large_fragments_are_refused() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        let set = |fragment: &str| {
            format!("<iq id='1' type='set'><query xmlns='jabber:iq:private'>{fragment}</query></iq>")
        };
        let large = "x".repeat(limits::PRIVATE_XML_BYTES_MAX);
        romeo.ask(&set(&format!("<a xmlns='b'>{large}</a>")), &error("modify", "policy-violation")).await;
        romeo.ask(&set("<a xmlns='jabber:client'/>"), &error("modify", "not-acceptable")).await;
        romeo.ask(&set(""), &error("modify", "bad-request")).await;
        romeo
            .ask(
                "<iq id='1' type='get' to='juliet@example.net'><query xmlns='jabber:iq:private'><a xmlns='b'/></query></iq>",
                "<iq id='1' type='error' from='juliet@example.net' to='romeo@example.net/a'><error type='auth'>\
                 <forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            )
            .await;
    }
}
