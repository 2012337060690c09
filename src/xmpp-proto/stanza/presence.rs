//! What a presence says: its type and the availability it announces (RFC 6121 §4.7).

use cobnut_model::Show;
use minidom::Element;
use xmpp_parsers::ns;

use super::Condition;
use crate::roster::SubscriptionStanza;

/// RFC 6121 §4.7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PresenceKind {
    /// No type.
    Available,
    /// `unavailable`.
    Unavailable,
    /// `subscribe`, `subscribed`, `unsubscribe` or `unsubscribed`.
    Subscription(SubscriptionStanza),
    /// `probe`.
    Probe,
    /// `error`.
    Error,
}

impl PresenceKind {
    /// The type of a presence; an unknown one is `bad-request`.
    pub fn of(presence: &Element) -> Result<Self, Condition> {
        Ok(match presence.attr("type") {
            None => Self::Available,
            Some("unavailable") => Self::Unavailable,
            Some("subscribe") => Self::Subscription(SubscriptionStanza::Subscribe),
            Some("subscribed") => Self::Subscription(SubscriptionStanza::Subscribed),
            Some("unsubscribe") => Self::Subscription(SubscriptionStanza::Unsubscribe),
            Some("unsubscribed") => Self::Subscription(SubscriptionStanza::Unsubscribed),
            Some("probe") => Self::Probe,
            Some("error") => Self::Error,
            Some(_) => return Err(Condition::BadRequest),
        })
    }
}

/// The parts of an available presence that the server acts upon.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Availability {
    /// RFC 6121 §4.7.2.3, 0 if absent.
    pub priority: i8,
    /// RFC 6121 §4.7.2.1.
    pub show: Show,
    /// The first `<status/>`.
    pub status: Option<String>,
}

impl Availability {
    /// Reads an available presence; values outside the RFC's ranges are `bad-request`.
    pub fn of(presence: &Element) -> Result<Self, Condition> {
        let text = |name| presence.get_child(name, ns::JABBER_CLIENT).map(Element::text);
        let priority = match text("priority") {
            None => 0,
            Some(text) if text.trim().is_empty() => 0,
            Some(text) => text.trim().parse().map_err(|_| Condition::BadRequest)?,
        };
        let show = match text("show").as_deref().map(str::trim) {
            None | Some("") => Show::Available,
            Some("chat") => Show::Chat,
            Some("away") => Show::Away,
            Some("xa") => Show::ExtendedAway,
            Some("dnd") => Show::DoNotDisturb,
            Some(_) => return Err(Condition::BadRequest),
        };
        Ok(Self { priority, show, status: text("status").filter(|status| !status.is_empty()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn availability(payload: &str) -> Result<Availability, Condition> {
        Availability::of(&format!("<presence xmlns='jabber:client'>{payload}</presence>").parse().unwrap())
    }

    #[test]
    fn availability_is_read_and_checked() {
        assert_eq!(availability(""), Ok(Availability::default()));
        assert_eq!(
            availability("<show>xa</show><priority> -5 </priority><status>gone</status>"),
            Ok(Availability { priority: -5, show: Show::ExtendedAway, status: Some("gone".to_owned()) })
        );
        for bad in ["<priority>128</priority>", "<priority>x</priority>", "<show>online</show>"] {
            assert_eq!(availability(bad), Err(Condition::BadRequest), "{bad}");
        }
    }

    #[test]
    fn unknown_types_are_refused() {
        let kind = |kind: &str| {
            PresenceKind::of(&format!("<presence xmlns='jabber:client' type='{kind}'/>").parse().unwrap())
        };
        assert_eq!(kind("probe"), Ok(PresenceKind::Probe));
        assert_eq!(kind("available"), Err(Condition::BadRequest));
    }
}
