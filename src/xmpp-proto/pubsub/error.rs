//! Refusals, with what XEP-0060 wants to be said beside the condition.

use minidom::Element;

use super::NS_ERRORS;
use crate::stanza::{Condition, ElementExt as _};

/// The part of a refusal that only publish-subscribe knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Only those on a list may see the node.
    ClosedNode,
    /// An option is unknown or out of range.
    InvalidOptions,
    /// The payload is missing or not one element.
    InvalidPayload,
    /// The node takes no items: it only tells that something happened.
    ItemForbidden,
    /// An item has to be named, or given.
    ItemRequired,
    /// The node wants a payload in each item.
    PayloadRequired,
    /// An address has to be given, and has to be the sender's.
    InvalidJid,
    /// A node has to be named.
    NodeidRequired,
    /// Only contacts of some groups may see the node.
    NotInRosterGroup,
    /// There is no subscription to end.
    NotSubscribed,
    /// The payload is larger than the node takes.
    PayloadTooBig,
    /// The node is not as the publisher wants it to be.
    PreconditionNotMet,
    /// Only those who are subscribed to the owner's presence may see the node.
    PresenceSubscriptionRequired,
    /// This feature of XEP-0060 is not there.
    Unsupported(&'static str),
}

impl Detail {
    fn name(self) -> &'static str {
        match self {
            Self::ClosedNode => "closed-node",
            Self::InvalidOptions => "invalid-options",
            Self::InvalidPayload => "invalid-payload",
            Self::ItemForbidden => "item-forbidden",
            Self::ItemRequired => "item-required",
            Self::PayloadRequired => "payload-required",
            Self::InvalidJid => "invalid-jid",
            Self::NodeidRequired => "nodeid-required",
            Self::NotInRosterGroup => "not-in-roster-group",
            Self::NotSubscribed => "not-subscribed",
            Self::PayloadTooBig => "payload-too-big",
            Self::PreconditionNotMet => "precondition-not-met",
            Self::PresenceSubscriptionRequired => "presence-subscription-required",
            Self::Unsupported(_) => "unsupported",
        }
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PubsubError {
    /// The condition of RFC 6120 §8.3.3.
    pub condition: Condition,
    /// What XEP-0060 says beside it.
    pub detail: Option<Detail>,
}

impl PubsubError {
    /// A condition with its detail.
    pub fn new(condition: Condition, detail: Detail) -> Self {
        Self { condition, detail: Some(detail) }
    }

    /// A feature that is not there.
    pub(super) fn unsupported(feature: &'static str) -> Self {
        Self::new(Condition::FeatureNotImplemented, Detail::Unsupported(feature))
    }

    /// The `<error/>` child of the answer.
    pub fn to_element(self) -> Element {
        let error = self.condition.to_element();
        let Some(detail) = self.detail else { return error };
        let feature = match detail {
            Detail::Unsupported(feature) => Some(feature),
            _ => None,
        };
        error.with_child(Element::bare(detail.name(), NS_ERRORS).with_attr_opt("feature", feature))
    }
}

impl From<Condition> for PubsubError {
    fn from(condition: Condition) -> Self {
        Self { condition, detail: None }
    }
}
