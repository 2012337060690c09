//! XEP-0030: Service Discovery, answered from memory: Spark asks dozens of times while it starts.

use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use minidom::Element;
use xmpp_parsers::ns;

use super::{
    SERVER_FEATURES, xep_0013_flexible_offline, xep_0055_search, xep_0065_bytestreams, xep_0115_capabilities,
    xep_0133_administration, xep_0313_archive,
};
use crate::iq::{Answer, IqRequest, Target};
use crate::pubsub;
use crate::service::Service;

/// Features of an account that its owner and its subscribers see.
const ACCOUNT_FEATURES: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS, ns::VCARD];

/// Answers `disco#info`.
pub(super) async fn answer_info(service: &Service, request: &IqRequest<'_>) -> Answer {
    request.only_get()?;
    if let Some(answer) = command_info(service, request) {
        return Ok(Some(answer));
    }
    if let Some(answer) = xep_0115_capabilities::info(service, request) {
        return Ok(Some(answer));
    }
    if let Some(answer) = xep_0013_flexible_offline::node_info(service, request).await {
        return answer.map(Some);
    }
    if let Some(answer) = pubsub::node_info(service, request).await {
        return answer.map(Some);
    }
    refuse_nodes(request)?;
    let (identity, features) = match &request.target {
        Target::Server => return Ok(Some(server_info(service))),
        Target::Search => (
            Some(identity("directory", "user").with_attr("name", xep_0055_search::NAME)),
            xep_0055_search::FEATURES,
        ),
        Target::Proxy => (
            Some(identity("proxy", "bytestreams").with_attr("name", xep_0065_bytestreams::NAME)),
            xep_0065_bytestreams::FEATURES,
        ),
        Target::Pubsub => (None, [].as_slice()),
        Target::OwnAccount | Target::Account(_) => {
            refuse_strangers(service, request).await?;
            let is_anonymous = service.is_anonymous(&request.subject());
            let kind = if is_anonymous { "anonymous" } else { "registered" };
            (Some(identity("account", kind)), ACCOUNT_FEATURES)
        }
    };
    let is_account = matches!(request.target, Target::OwnAccount | Target::Account(_));
    let has_archive = is_account && xep_0313_archive::is_served(service);
    let archive = if has_archive { xep_0313_archive::FEATURES } else { &[] };
    Ok(Some(info(service, &request.target, identity, features.iter().chain(archive))))
}

/// What the domain says of itself.
pub(super) fn server_info(service: &Service) -> Element {
    let server = identity("server", "im").with_attr("name", "Cobnut");
    info(service, &Target::Server, Some(server), SERVER_FEATURES)
}

fn info<'f>(
    service: &Service,
    target: &Target,
    identity: Option<Element>,
    features: impl IntoIterator<Item = &'f &'static str>,
) -> Element {
    let mut query = Element::bare("query", ns::DISCO_INFO);
    if let Some(identity) = identity {
        query.append_child(identity);
    }
    pubsub::info(service, target, &mut query);
    for feature in features {
        query.append_child(Element::bare("feature", ns::DISCO_INFO).with_attr("var", *feature));
    }
    query
}

/// Answers `disco#items`: the server has its services, an account has its available resources.
/// Compat: an error from the domain here makes Spark 3.1 abort its login.
pub(super) async fn answer_items(service: &Service, request: &IqRequest<'_>) -> Answer {
    request.only_get()?;
    if is_about_commands(request) {
        return Ok(Some(command_items(service, request)));
    }
    if let Some(answer) = xep_0013_flexible_offline::node_items(service, request).await {
        return answer.map(Some);
    }
    if let Some(answer) = pubsub::node_items(service, request).await {
        return answer.map(Some);
    }
    refuse_nodes(request)?;
    let mut query = Element::bare("query", ns::DISCO_ITEMS);
    let item = |jid: String| Element::bare("item", ns::DISCO_ITEMS).with_attr("jid", jid);
    match &request.target {
        Target::Server => {
            let search = item(xep_0055_search::address(service)).with_attr("name", xep_0055_search::NAME);
            query = query.with_child(search);
            if xep_0065_bytestreams::is_served(service) {
                let proxy = item(xep_0065_bytestreams::address(service));
                query = query.with_child(proxy.with_attr("name", xep_0065_bytestreams::NAME));
            }
            if pubsub::is_served(service) {
                query.append_child(item(pubsub::address(service)).with_attr("name", pubsub::NAME));
            }
            for (address, name) in crate::muc::services_of(service).await {
                query.append_child(item(address).with_attr("name", name));
            }
        }
        Target::Search | Target::Proxy | Target::Pubsub => {}
        Target::OwnAccount | Target::Account(_) => {
            refuse_strangers(service, request).await?;
            for entry in service.sessions_in_sight(&request.subject(), request.from) {
                query = query.with_child(item(entry.record.jid.to_string()));
            }
        }
    }
    for node in pubsub::items(service, request).await? {
        query.append_child(node);
    }
    Ok(Some(query))
}

/// Whether the list of commands is asked for (XEP-0050 §2.2).
fn is_about_commands(request: &IqRequest<'_>) -> bool {
    request.target == Target::Server && request.payload.attr("node") == Some(xep_0133_administration::FEATURE)
}

fn command_items(service: &Service, request: &IqRequest<'_>) -> Element {
    let mut query =
        Element::bare("query", ns::DISCO_ITEMS).with_attr("node", xep_0133_administration::FEATURE);
    for (node, name) in xep_0133_administration::commands_for(service, &request.account()) {
        let item = Element::bare("item", ns::DISCO_ITEMS)
            .with_attr("jid", service.domain_str())
            .with_attr("node", node)
            .with_attr("name", name);
        query.append_child(item);
    }
    query
}

/// What is said of the list of commands, or of one (XEP-0050 §2.3).
fn command_info(service: &Service, request: &IqRequest<'_>) -> Option<Element> {
    let node = request.payload.attr("node").filter(|_| request.target == Target::Server)?;
    let commands = xep_0133_administration::commands_for(service, &request.account());
    let (kind, name) = if is_about_commands(request) {
        ("command-list", "Commands")
    } else {
        ("command-node", commands.into_iter().find(|(known, _)| *known == node)?.1)
    };
    let feature = |var: &str| Element::bare("feature", ns::DISCO_INFO).with_attr("var", var);
    let query = Element::bare("query", ns::DISCO_INFO)
        .with_attr("node", node)
        .with_child(identity("automation", kind).with_attr("name", name))
        .with_child(feature(xep_0133_administration::FEATURE))
        .with_child(feature(ns::DATA_FORMS));
    Some(query)
}

fn identity(category: &str, kind: &str) -> Element {
    Element::bare("identity", ns::DISCO_INFO).with_attr("category", category).with_attr("type", kind)
}

fn refuse_nodes(request: &IqRequest<'_>) -> Result<(), Condition> {
    match request.payload.attr("node") {
        Some(node) if !node.is_empty() => Err(Condition::ItemNotFound),
        _ => Ok(()),
    }
}

/// XEP-0030 §8: whether an account exists or is online is nobody's business but its subscribers'.
async fn refuse_strangers(service: &Service, request: &IqRequest<'_>) -> Result<(), Condition> {
    if service.may_see(&request.account(), &request.subject()).await {
        Ok(())
    } else {
        Err(Condition::ServiceUnavailable)
    }
}

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::World;

    const INFO: &str = "http://jabber.org/protocol/disco#info";
    const ITEMS: &str = "http://jabber.org/protocol/disco#items";

    #[tokio::test]
    async fn the_domain_tells_what_it_can() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        romeo.send(&format!("<iq id='1' type='get' to='example.net'><query xmlns='{INFO}'/></iq>")).await;
        let answer = romeo.receive().await;
        assert_eq!(answer.attr("type"), Some("result"));
        let query = answer.get_child("query", INFO).unwrap();
        assert_eq!(query.get_child("identity", INFO).unwrap().attr("category"), Some("server"));
        for feature in ["urn:xmpp:carbons:2", "vcard-temp", "jabber:iq:private", "msgoffline"] {
            assert!(query.children().any(|child| child.attr("var") == Some(feature)), "{feature}");
        }
        romeo
            .ask(
                &format!("<iq id='2' type='get' to='example.net'><query xmlns='{ITEMS}'/></iq>"),
                &format!(
                    "<iq id='2' type='result' from='example.net' to='romeo@example.net/a'><query xmlns='{ITEMS}'>\
                     <item jid='search.example.net' name='User Search'/>\
                     <item jid='pubsub.example.net' name='Publish-Subscribe'/>\
                     <item jid='conference.example.net' name='Public Chatrooms'/></query></iq>"
                ),
            )
            .await;
        romeo
            .ask(
                &format!("<iq id='3' type='get' to='example.net'><query xmlns='{INFO}' node='x'/></iq>"),
                "<iq id='3' type='error' from='example.net' to='romeo@example.net/a'><error type='cancel'>\
                 <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            )
            .await;
    }

    #[tokio::test]
    async fn accounts_are_open_to_subscribers_only() {
        let world = World::single().await;
        world.befriend("romeo", "juliet").await;
        let _juliet = world.online("juliet@example.net/b").await;
        let mut romeo = world.login("romeo@example.net/a").await;
        romeo
            .ask(
                &format!("<iq id='1' type='get' to='juliet@example.net'><query xmlns='{ITEMS}'/></iq>"),
                &format!(
                    "<iq id='1' type='result' from='juliet@example.net' to='romeo@example.net/a'><query xmlns='{ITEMS}'>\
                     <item jid='juliet@example.net/b'/></query></iq>"
                ),
            )
            .await;
        for (stranger, ns) in
            [("nurse@example.net", INFO), ("nobody@example.net", INFO), ("nurse@example.net", ITEMS)]
        {
            romeo
                .ask(
                    &format!("<iq id='2' type='get' to='{stranger}'><query xmlns='{ns}'/></iq>"),
                    &format!(
                        "<iq id='2' type='error' from='{stranger}' to='romeo@example.net/a'><error type='cancel'>\
                         <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
                    ),
                )
                .await;
        }
    }
}
