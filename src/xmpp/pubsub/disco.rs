//! What services and nodes say of themselves (XEP-0060 §5).

use cobnut_model::limits;
use cobnut_xmpp_proto::pubsub::{NS_PUBSUB, PubsubError, may_read};
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use minidom::Element;
use xmpp_parsers::ns;

use super::home::{Home, is_served_to_accounts};
use super::node::Node;
use crate::iq::{IqRequest, Target};
use crate::service::{Service, store_failure};
use crate::xep::{xep_0398_avatars, xep_0402_bookmarks};

/// What the service and accounts can (XEP-0060 §16.1.2), behind `http://jabber.org/protocol/pubsub#`.
const FEATURES: &[&str] = &[
    "access-authorize",
    "access-open",
    "access-presence",
    "access-roster",
    "access-whitelist",
    "config-node",
    "config-node-max",
    "create-and-configure",
    "create-nodes",
    "delete-items",
    "delete-nodes",
    "instant-nodes",
    "item-ids",
    "last-published",
    "manage-subscriptions",
    "meta-data",
    "modify-affiliations",
    "outcast-affiliation",
    "persistent-items",
    "publish",
    "publish-options",
    "publisher-affiliation",
    "purge-nodes",
    "retract-items",
    "retrieve-affiliations",
    "retrieve-default",
    "retrieve-items",
    "retrieve-subscriptions",
    "subscribe",
];
/// What only accounts can.
const ACCOUNT_FEATURES: &[&str] =
    &["auto-create", "auto-subscribe", "filtered-notifications", "presence-notifications"];

fn identity(kind: &str, name: Option<&str>) -> Element {
    Element::bare("identity", ns::DISCO_INFO)
        .with_attr("category", "pubsub")
        .with_attr("type", kind)
        .with_attr_opt("name", name)
}

fn feature(var: impl Into<String>) -> Element {
    Element::bare("feature", ns::DISCO_INFO).with_attr("var", var)
}

fn add_features(query: &mut Element, names: &[&str]) {
    for name in names {
        query.append_child(feature(format!("{NS_PUBSUB}#{name}")));
    }
}

/// Adds to an answer to `disco#info` without a node what publish-subscribe has to say.
pub(crate) fn info(service: &Service, target: &Target, query: &mut Element) {
    match target {
        Target::Pubsub => {
            query.append_child(identity("service", Some(super::NAME)));
            query.append_child(feature(ns::DISCO_INFO));
            query.append_child(feature(ns::DISCO_ITEMS));
        }
        Target::OwnAccount | Target::Account(_) if is_served_to_accounts(service) => {
            query.append_child(identity("pep", None));
            query.append_child(feature(xep_0398_avatars::FEATURE));
            query.append_child(feature(xep_0402_bookmarks::FEATURE));
            add_features(query, ACCOUNT_FEATURES);
        }
        // Compat: where clients looked before XEP-0163 1.1, and Smack still looks; Openfire says it, too.
        Target::Server if is_served_to_accounts(service) => {
            query.append_child(identity("pep", None));
        }
        _ => return,
    }
    query.append_child(feature(NS_PUBSUB));
    add_features(query, FEATURES);
}

/// The answer to `disco#info` about a node; `None` where the request is not about one.
pub(crate) async fn node_info(
    service: &Service,
    request: &IqRequest<'_>,
) -> Option<Result<Element, Condition>> {
    let (home, name) = asked_node(service, request)?;
    let node = match visible_node(service, request, &home, name).await {
        Ok(node) => node,
        Err(err) => return Some(Err(err.condition)),
    };
    let query = Element::bare("query", ns::DISCO_INFO)
        .with_attr("node", name)
        .with_child(identity(
            "leaf",
            Some(&node.config.title).filter(|title| !title.is_empty()).map(String::as_str),
        ))
        .with_child(feature(NS_PUBSUB))
        .with_child(feature(ns::DISCO_ITEMS))
        .with_child(node.config.meta_data(&node.creator));
    Some(Ok(query))
}

/// The answer to `disco#items` about a node: the names of its items (XEP-0060 §5.5).
pub(crate) async fn node_items(
    service: &Service,
    request: &IqRequest<'_>,
) -> Option<Result<Element, Condition>> {
    let (home, name) = asked_node(service, request)?;
    Some(items_of_node(service, request, &home, name).await.map_err(|err| err.condition))
}

async fn items_of_node(
    service: &Service,
    request: &IqRequest<'_>,
    home: &Home,
    name: &str,
) -> Result<Element, PubsubError> {
    visible_node(service, request, home, name).await?;
    let items = service.store.pubsub_items(&home.id(service), name, limits::PUBSUB_ITEMS_MAX).await;
    let mut query = Element::bare("query", ns::DISCO_ITEMS).with_attr("node", name);
    for item in items.map_err(|err| store_failure(&err))? {
        let item = Element::bare("item", ns::DISCO_ITEMS)
            .with_attr("jid", home.address(service))
            .with_attr("name", item.id);
        query.append_child(item);
    }
    Ok(query)
}

/// The nodes of the service or of an account that the sender may see, for `disco#items` without a node (§5.2).
pub(crate) async fn items(service: &Service, request: &IqRequest<'_>) -> Result<Vec<Element>, Condition> {
    let Ok(home) = Home::of(service, request) else { return Ok(Vec::new()) };
    let rows = service.store.pubsub_nodes(&home.id(service)).await.map_err(|err| store_failure(&err))?;
    let mut found = Vec::new();
    let who = request.account();
    for row in rows {
        // Who may see a node of an account is asked of each; the service shows all, and keeps their items from strangers.
        let is_shown = home.is_of(&who)
            || home == Home::Domain
            || visible_node(service, request, &home, &row.node).await.is_ok();
        if is_shown {
            let name = Some(row.title).filter(|title| !title.is_empty());
            let item = Element::bare("item", ns::DISCO_ITEMS)
                .with_attr("jid", home.address(service))
                .with_attr("node", row.node)
                .with_attr_opt("name", name);
            found.push(item);
        }
    }
    Ok(found)
}

fn asked_node<'a>(service: &Service, request: &'a IqRequest<'_>) -> Option<(Home, &'a str)> {
    let name = request.payload.attr("node").filter(|name| !name.is_empty())?;
    Some((Home::of(service, request).ok()?, name))
}

async fn visible_node(
    service: &Service,
    request: &IqRequest<'_>,
    home: &Home,
    name: &str,
) -> Result<Node, PubsubError> {
    let node = service.pubsub_node(home, name).await?;
    if *home != Home::Domain {
        may_read(&node.config, node.asker(&request.account()))?;
    }
    Ok(node)
}
