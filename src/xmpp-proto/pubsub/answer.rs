//! What answers to requests hold.

use jid::{BareJid, Jid};
use minidom::Element;

use super::access::Affiliation;
use super::config::NodeConfig;
use super::{NS_OWNER, NS_PUBSUB};
use crate::stanza::ElementExt as _;

/// What somebody's subscription has come to (XEP-0060 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionState {
    /// There is none.
    None,
    /// It waits for an owner.
    Pending,
    /// It tells.
    Subscribed,
}

impl SubscriptionState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Pending, Self::Subscribed];

    /// Its name, on the wire and in Openfire's tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pending => "pending",
            Self::Subscribed => "subscribed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A subscription, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The node.
    pub node: String,
    /// Who is told.
    pub jid: Jid,
    /// Its name.
    pub id: String,
    /// What it has come to.
    pub state: SubscriptionState,
}

/// An item was published (XEP-0060 §7.1.2).
pub fn published(node: &str, id: Option<&str>) -> Element {
    let mut publish = about("publish", NS_PUBSUB, node);
    if let Some(id) = id {
        publish.append_child(Element::bare("item", NS_PUBSUB).with_attr("id", id));
    }
    pubsub(publish)
}

/// A node was made (§8.1.2).
pub fn created(node: &str) -> Element {
    pubsub(about("create", NS_PUBSUB, node))
}

/// Items of a node (§6.5): names, publishers and payloads.
pub fn items<'i>(
    node: &str,
    items: impl IntoIterator<Item = (&'i str, &'i str, Option<&'i Element>)>,
) -> Element {
    let mut answer = about("items", NS_PUBSUB, node);
    for (id, publisher, payload) in items {
        let mut item = Element::bare("item", NS_PUBSUB).with_attr("id", id).with_attr("publisher", publisher);
        if let Some(payload) = payload {
            item.append_child(payload.clone());
        }
        answer.append_child(item);
    }
    pubsub(answer)
}

/// What a subscription has come to (§6.1.2).
pub fn subscription(subscription: &Subscription) -> Element {
    pubsub(told(subscription, NS_PUBSUB).with_attr("node", subscription.node.as_str()))
}

/// The subscriptions of somebody (§5.6).
pub fn subscriptions(node: Option<&str>, all: &[Subscription]) -> Element {
    let mut list = Element::bare("subscriptions", NS_PUBSUB).with_attr_opt("node", node);
    for one in all {
        list.append_child(told(one, NS_PUBSUB).with_attr("node", one.node.as_str()));
    }
    pubsub(list)
}

/// What somebody is to nodes (§5.7).
pub fn affiliations<'a>(
    node: Option<&str>,
    all: impl IntoIterator<Item = (&'a str, Affiliation)>,
) -> Element {
    let mut list = Element::bare("affiliations", NS_PUBSUB).with_attr_opt("node", node);
    for (node, affiliation) in all {
        let one = about("affiliation", NS_PUBSUB, node).with_attr("affiliation", affiliation.name());
        list.append_child(one);
    }
    pubsub(list)
}

/// The configuration of a node as a form (§8.2).
pub fn configuration(node: &str, config: &NodeConfig) -> Element {
    owner(about("configure", NS_OWNER, node).with_child(config.to_form("form")))
}

/// The configuration of a new node as a form (§8.3).
pub fn default_configuration(config: &NodeConfig) -> Element {
    owner(Element::bare("default", NS_OWNER).with_child(config.to_form("form")))
}

/// Who is subscribed to a node, for its owners (§8.8).
pub fn subscribers(node: &str, all: &[Subscription]) -> Element {
    let mut list = about("subscriptions", NS_OWNER, node);
    for one in all {
        list.append_child(told(one, NS_OWNER));
    }
    owner(list)
}

/// Who is what to a node, for its owners (§8.9).
pub fn affiliates<'a>(node: &str, all: impl IntoIterator<Item = (&'a BareJid, Affiliation)>) -> Element {
    let mut list = about("affiliations", NS_OWNER, node);
    for (jid, affiliation) in all {
        let one = Element::bare("affiliation", NS_OWNER)
            .with_attr("jid", jid.as_str())
            .with_attr("affiliation", affiliation.name());
        list.append_child(one);
    }
    owner(list)
}

fn told(subscription: &Subscription, namespace: &'static str) -> Element {
    Element::bare("subscription", namespace)
        .with_attr("jid", subscription.jid.as_str())
        .with_attr("subid", subscription.id.as_str())
        .with_attr("subscription", subscription.state.name())
}

fn about(what: &str, namespace: &'static str, node: &str) -> Element {
    Element::bare(what, namespace).with_attr("node", node)
}

fn pubsub(child: Element) -> Element {
    Element::bare("pubsub", NS_PUBSUB).with_child(child)
}

fn owner(child: Element) -> Element {
    Element::bare("pubsub", NS_OWNER).with_child(child)
}
