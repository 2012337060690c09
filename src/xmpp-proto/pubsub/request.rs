//! What everybody may ask of a node: `<pubsub xmlns='http://jabber.org/protocol/pubsub'/>`.

use cobnut_model::limits;
use jid::Jid;
use minidom::Element;

use super::NS_PUBSUB;
use super::config::NodeConfig;
use super::error::{Detail, PubsubError};
use crate::data_form::Form;
use crate::stanza::Condition;

/// An item to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// How the publisher calls it; `None` leaves it to the service.
    pub id: Option<String>,
    /// Its payload; a node without payloads takes none.
    pub payload: Option<Element>,
}

/// What a publisher wants the node to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublishOptions(Option<Form>);

impl PublishOptions {
    /// The node that the publication makes, where there is none (XEP-0060 §7.1.5).
    pub fn new_node(&self, default: &NodeConfig) -> Result<NodeConfig, PubsubError> {
        self.0.as_ref().map_or_else(|| Ok(default.clone()), |form| default.with(form))
    }

    /// Whether the node that is there is as the publisher wants it to be.
    pub fn check(&self, node: &NodeConfig) -> Result<(), PubsubError> {
        self.0.as_ref().map_or(Ok(()), |form| node.meets(form))
    }
}

/// A node to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNode {
    /// Its name; `None` for one that the service makes up (XEP-0060 §8.1.2).
    pub node: Option<String>,
    form: Option<Form>,
}

impl NewNode {
    /// Its configuration.
    pub fn config(&self, default: &NodeConfig) -> Result<NodeConfig, PubsubError> {
        self.form.as_ref().map_or_else(|| Ok(default.clone()), |form| default.with(form))
    }
}

/// Which items are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Those of these names.
    Named(Vec<String>),
    /// The newest, so many; all, if `None`.
    Newest(Option<u32>),
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PubsubRequest {
    /// XEP-0060 §7.1
    Publish {
        /// The node.
        node: String,
        /// One item, or none for a node that only tells that something happened.
        item: Option<Item>,
        /// What the node has to be like.
        options: PublishOptions,
    },
    /// §7.2
    Retract {
        /// The node.
        node: String,
        /// The item.
        id: String,
        /// Whether subscribers are told whatever the node says.
        is_told: bool,
    },
    /// §6.5
    Items {
        /// The node.
        node: String,
        /// Which.
        wanted: Wanted,
    },
    /// §6.1
    Subscribe {
        /// The node.
        node: String,
        /// Who is to be told.
        jid: Jid,
    },
    /// §6.2
    Unsubscribe {
        /// The node.
        node: String,
        /// Who is not to be told any more.
        jid: Jid,
    },
    /// §8.1
    Create(NewNode),
    /// §5.6: the sender's subscriptions, to one node or all.
    Subscriptions(Option<String>),
    /// §5.7: what the sender is to one node or all.
    Affiliations(Option<String>),
}

impl PubsubRequest {
    /// The node whose items it changes, if it does.
    pub fn changed_node(&self) -> Option<&str> {
        match self {
            Self::Publish { node, .. } | Self::Retract { node, .. } => Some(node),
            _ => None,
        }
    }

    /// Reads a request of type `set` or `get`.
    pub fn of(pubsub: &Element, is_set: bool) -> Result<Self, PubsubError> {
        let child = |name: &str| pubsub.get_child(name, NS_PUBSUB);
        let first = pubsub.children().next().ok_or(Condition::BadRequest)?;
        match (first.name(), is_set) {
            ("publish", true) => Ok(Self::Publish {
                node: required_node(first)?,
                item: item_of(first)?,
                options: PublishOptions(child("publish-options").and_then(Form::within)),
            }),
            ("retract", true) => Ok(Self::Retract {
                node: required_node(first)?,
                id: retracted_id(first)?,
                is_told: matches!(first.attr("notify"), Some("1" | "true")),
            }),
            ("items", false) => Ok(Self::Items { node: required_node(first)?, wanted: wanted(first)? }),
            ("subscribe", true) => Ok(Self::Subscribe { node: required_node(first)?, jid: address(first)? }),
            ("unsubscribe", true) => {
                Ok(Self::Unsubscribe { node: required_node(first)?, jid: address(first)? })
            }
            ("create", true) => Ok(Self::Create(NewNode {
                node: node_of(first)?,
                form: child("configure").and_then(Form::within),
            })),
            ("subscriptions", false) => node_of(first).map(Self::Subscriptions),
            ("affiliations", false) => node_of(first).map(Self::Affiliations),
            ("options", _) => Err(PubsubError::unsupported("subscription-options")),
            ("default", false) => Err(PubsubError::unsupported("retrieve-default-sub")),
            _ => Err(Condition::BadRequest.into()),
        }
    }
}

/// The name of a node; `None` if none is given. One that the tables cannot hold is `not-acceptable`.
pub(super) fn node_of(element: &Element) -> Result<Option<String>, PubsubError> {
    let node = element.attr("node").filter(|node| !node.is_empty());
    if node.is_some_and(|node| node.chars().count() > limits::PUBSUB_NODE_CHARS_MAX) {
        return Err(Condition::NotAcceptable.into());
    }
    Ok(node.map(str::to_owned))
}

/// The name of a node, which has to be given.
pub(super) fn required_node(element: &Element) -> Result<String, PubsubError> {
    node_of(element)?.ok_or_else(|| PubsubError::new(Condition::BadRequest, Detail::NodeidRequired))
}

fn item_of(publish: &Element) -> Result<Option<Item>, PubsubError> {
    let mut items = publish.children().filter(|child| child.is("item", NS_PUBSUB));
    let Some(item) = items.next() else { return Ok(None) };
    if items.next().is_some() {
        // XEP-0060 §7.1.3.6: one at a time.
        return Err(PubsubError::unsupported("multi-items"));
    }
    let mut payloads = item.children();
    let (payload, more) = (payloads.next(), payloads.next());
    if more.is_some() {
        return Err(PubsubError::new(Condition::BadRequest, Detail::InvalidPayload));
    }
    Ok(Some(Item { id: item_id(item)?, payload: payload.cloned() }))
}

fn item_id(item: &Element) -> Result<Option<String>, PubsubError> {
    let id = item.attr("id").filter(|id| !id.is_empty());
    if id.is_some_and(|id| id.chars().count() > limits::PUBSUB_ITEM_CHARS_MAX) {
        return Err(Condition::NotAcceptable.into());
    }
    Ok(id.map(str::to_owned))
}

fn retracted_id(retract: &Element) -> Result<String, PubsubError> {
    let required = || PubsubError::new(Condition::BadRequest, Detail::ItemRequired);
    let item = retract.get_child("item", NS_PUBSUB).ok_or_else(required)?;
    item_id(item)?.ok_or_else(required)
}

fn wanted(items: &Element) -> Result<Wanted, PubsubError> {
    let named = items.children().filter(|child| child.is("item", NS_PUBSUB));
    let ids: Result<Vec<Option<String>>, PubsubError> = named.map(item_id).collect();
    let ids: Vec<String> = ids?.into_iter().flatten().collect();
    if ids.len() > limits::PUBSUB_NAMED_ITEMS_MAX {
        return Err(Condition::NotAcceptable.into());
    }
    if !ids.is_empty() {
        return Ok(Wanted::Named(ids));
    }
    let max = items.attr("max_items").map(|text| text.trim().parse::<u32>());
    max.transpose().map(Wanted::Newest).map_err(|_| Condition::BadRequest.into())
}

fn address(element: &Element) -> Result<Jid, PubsubError> {
    let jid = element.attr("jid").and_then(|jid| Jid::new(jid).ok());
    jid.ok_or_else(|| PubsubError::new(Condition::BadRequest, Detail::InvalidJid))
}
