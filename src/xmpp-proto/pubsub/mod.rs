//! Publish-subscribe (XEP-0060) and personal eventing (XEP-0163): what requests mean, who may do what, and what is told.
//!
//! Nodes hold items and stand alone; there are no collections but the root of a service. The eventing of an account is a
//! service like any other, with other defaults and with the roster of its owner to say who may see what.

mod access;
pub mod answer;
mod config;
mod config_form;
mod error;
mod event;
mod owner;
mod publication;
mod request;

#[cfg(test)]
mod tests;

pub use access::{Affiliation, Asker, may_configure, may_publish, may_read, may_retract};
pub use answer::{Subscription, SubscriptionState};
pub use config::{AccessModel, NodeConfig, PublishModel, SendLast};
pub use error::{Detail, PubsubError};
pub use event::{configured_event, deleted_event, items_event, notification, purged_event, retracted_event};
pub use owner::{OwnerRequest, SubmittedConfig};
pub use publication::check_item;
pub use request::{Item, NewNode, PublishOptions, PubsubRequest, Wanted};

/// Requests of everybody (XEP-0060 §4.1).
pub const NS_PUBSUB: &str = "http://jabber.org/protocol/pubsub";
/// Requests of owners.
pub const NS_OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
/// What subscribers are told.
pub const NS_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
/// What errors say beside the condition.
const NS_ERRORS: &str = "http://jabber.org/protocol/pubsub#errors";
/// What `disco#info` of a node says of it (XEP-0060 §5.4).
const META_DATA: &str = "http://jabber.org/protocol/pubsub#meta-data";
/// The form of a node.
const NODE_CONFIG: &str = "http://jabber.org/protocol/pubsub#node_config";
/// The form that goes with a publication (XEP-0060 §7.1.5).
const PUBLISH_OPTIONS: &str = "http://jabber.org/protocol/pubsub#publish-options";
