//! What owners may ask of their nodes: `<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'/>` (XEP-0060 §8).

use cobnut_model::limits;
use jid::{BareJid, Jid};
use minidom::Element;

use super::NS_OWNER;
use super::access::Affiliation;
use super::answer::SubscriptionState;
use super::config::NodeConfig;
use super::error::{Detail, PubsubError};
use super::request::required_node;
use crate::data_form::Form;
use crate::stanza::Condition;

/// A form that an owner has filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedConfig(Form);

impl SubmittedConfig {
    /// The node's configuration from now on.
    pub fn config(&self, current: &NodeConfig) -> Result<NodeConfig, PubsubError> {
        current.with(&self.0)
    }
}

/// A request of an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerRequest {
    /// §8.3: the configuration of a new node.
    Default,
    /// §8.2: the form.
    Configuration(String),
    /// §8.2.4: the form, filled in.
    Configure {
        /// The node.
        node: String,
        /// What was filled in.
        form: SubmittedConfig,
    },
    /// §8.2.3: the form was put away.
    LeaveConfiguration,
    /// §8.4
    Delete(String),
    /// §8.5
    Purge(String),
    /// §8.8: who is subscribed.
    Subscriptions(String),
    /// §8.8.2: an owner lets somebody in, or ends their subscription.
    Subscribe {
        /// The node.
        node: String,
        /// Whose subscription becomes what; never pending.
        people: Vec<(Jid, SubscriptionState)>,
    },
    /// §8.9: who is what.
    Affiliations(String),
    /// §8.9.2
    Affiliate {
        /// The node.
        node: String,
        /// Who becomes what.
        people: Vec<(BareJid, Affiliation)>,
    },
}

impl OwnerRequest {
    /// The node whose items it changes, if it does.
    pub fn changed_node(&self) -> Option<&str> {
        match self {
            Self::Delete(node) | Self::Purge(node) => Some(node),
            _ => None,
        }
    }

    /// Reads a request of type `set` or `get`.
    pub fn of(pubsub: &Element, is_set: bool) -> Result<Self, PubsubError> {
        let first = pubsub.children().next().ok_or(Condition::BadRequest)?;
        match (first.name(), is_set) {
            ("default", false) => Ok(Self::Default),
            ("configure", false) => required_node(first).map(Self::Configuration),
            ("configure", true) => configure(first),
            ("delete", true) => required_node(first).map(Self::Delete),
            ("purge", true) => required_node(first).map(Self::Purge),
            ("subscriptions", false) => required_node(first).map(Self::Subscriptions),
            ("subscriptions", true) => subscribe(first),
            ("affiliations", false) => required_node(first).map(Self::Affiliations),
            ("affiliations", true) => affiliate(first),
            _ => Err(Condition::BadRequest.into()),
        }
    }
}

fn configure(configure: &Element) -> Result<OwnerRequest, PubsubError> {
    let node = required_node(configure)?;
    let form = Form::within(configure).ok_or(Condition::BadRequest)?;
    match form.kind.as_str() {
        "cancel" => Ok(OwnerRequest::LeaveConfiguration),
        "submit" => Ok(OwnerRequest::Configure { node, form: SubmittedConfig(form) }),
        _ => Err(Condition::BadRequest.into()),
    }
}

fn affiliate(affiliations: &Element) -> Result<OwnerRequest, PubsubError> {
    let people = changes(affiliations, "affiliation", affiliated)?;
    Ok(OwnerRequest::Affiliate { node: required_node(affiliations)?, people })
}

fn subscribe(subscriptions: &Element) -> Result<OwnerRequest, PubsubError> {
    let people = changes(subscriptions, "subscription", subscribed)?;
    Ok(OwnerRequest::Subscribe { node: required_node(subscriptions)?, people })
}

/// At least one change, and no more than one request may hold.
fn changes<T>(
    list: &Element,
    name: &str,
    read: impl Fn(&Element) -> Result<T, PubsubError>,
) -> Result<Vec<T>, PubsubError> {
    let changes: Result<Vec<T>, PubsubError> =
        list.children().filter(|child| child.is(name, NS_OWNER)).map(read).collect();
    let changes = changes?;
    if changes.is_empty() {
        return Err(Condition::BadRequest.into());
    }
    if changes.len() > limits::PUBSUB_AFFILIATIONS_MAX {
        return Err(Condition::NotAcceptable.into());
    }
    Ok(changes)
}

fn affiliated(affiliation: &Element) -> Result<(BareJid, Affiliation), PubsubError> {
    let jid = affiliation.attr("jid").and_then(|jid| BareJid::new(jid).ok());
    let jid = jid.ok_or_else(|| PubsubError::new(Condition::BadRequest, Detail::InvalidJid))?;
    let what = affiliation.attr("affiliation").and_then(Affiliation::from_name);
    Ok((jid, what.ok_or(Condition::BadRequest)?))
}

fn subscribed(subscription: &Element) -> Result<(Jid, SubscriptionState), PubsubError> {
    let jid = subscription.attr("jid").and_then(|jid| Jid::new(jid).ok());
    let jid = jid.ok_or_else(|| PubsubError::new(Condition::BadRequest, Detail::InvalidJid))?;
    let state = subscription.attr("subscription").and_then(SubscriptionState::from_name);
    match state {
        Some(state @ (SubscriptionState::None | SubscriptionState::Subscribed)) => Ok((jid, state)),
        _ => Err(Condition::BadRequest.into()),
    }
}
