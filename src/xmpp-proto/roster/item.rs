//! Roster items under the subscription state machine, and as XML.

use cobnut_model::{Ask, RosterItem, Subscription};
use jid::BareJid;
use minidom::Element;
use xmpp_parsers::ns;

use super::{SubscriptionStanza, SubscriptionState, inbound, outbound};
use crate::stanza::ElementExt;

/// What became of a roster item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChange {
    /// Whether the stanza goes on: to the contact when sent, to the user's resources when received.
    pub is_passed_on: bool,
    /// Whether the server answers `subscribed` on the user's behalf.
    pub is_confirmed: bool,
    /// Subscription before.
    pub before: Subscription,
    /// Subscription afterwards.
    pub after: Subscription,
    /// Whether what interested resources see of the item changed.
    pub is_pushed: bool,
}

fn state_of(item: Option<&RosterItem>) -> SubscriptionState {
    item.map_or_else(SubscriptionState::default, |item| SubscriptionState {
        subscription: item.subscription,
        is_pending_out: item.ask == Ask::Subscribe,
        is_pending_in: item.pending_in.is_some(),
    })
}

pub(super) fn empty_item(contact: &BareJid) -> RosterItem {
    RosterItem {
        jid: contact.clone(),
        name: None,
        groups: Vec::new(),
        subscription: Subscription::None,
        ask: Ask::None,
        pending_in: None,
        is_visible: false,
    }
}

/// Puts a new state into an item; an item that carries nothing and was never shown disappears.
fn with_state(
    item: Option<RosterItem>,
    contact: &BareJid,
    state: SubscriptionState,
    request: Option<&str>,
) -> Option<RosterItem> {
    let mut item = item.unwrap_or_else(|| empty_item(contact));
    item.subscription = state.subscription;
    item.ask = if state.is_pending_out { Ask::Subscribe } else { Ask::None };
    item.pending_in = match (state.is_pending_in, item.pending_in.take()) {
        (false, _) => None,
        (true, Some(kept)) => Some(kept),
        (true, None) => Some(request.unwrap_or_default().to_owned()),
    };
    item.is_visible |= item.subscription != Subscription::None || item.ask != Ask::None;
    (item.is_visible || item.pending_in.is_some()).then_some(item)
}

fn looks_other(before: Option<&RosterItem>, after: Option<&RosterItem>) -> bool {
    let seen = |item: Option<&RosterItem>| item.filter(|item| item.is_visible).map(item_element);
    let (before, after) = (seen(before), seen(after));
    after.is_some() && before != after
}

/// The user sends a subscription stanza to `contact`.
pub fn apply_outbound(
    item: Option<RosterItem>,
    contact: &BareJid,
    stanza: SubscriptionStanza,
) -> (Option<RosterItem>, ItemChange) {
    let outcome = outbound(state_of(item.as_ref()), stanza);
    let before = item.clone();
    // A stanza that changes nothing must not make an item appear.
    let is_unchanged = outcome.state == state_of(item.as_ref());
    let after = if is_unchanged { item } else { with_state(item, contact, outcome.state, None) };
    let change = ItemChange {
        is_passed_on: outcome.is_routed,
        is_confirmed: false,
        before: before.as_ref().map_or(Subscription::None, |item| item.subscription),
        after: outcome.state.subscription,
        is_pushed: looks_other(before.as_ref(), after.as_ref()),
    };
    (after, change)
}

/// A subscription stanza from `contact` arrives for the user. `request` is the serialised stanza, kept while it waits.
pub fn apply_inbound(
    item: Option<RosterItem>,
    contact: &BareJid,
    stanza: SubscriptionStanza,
    request: &str,
) -> (Option<RosterItem>, ItemChange) {
    let outcome = inbound(state_of(item.as_ref()), stanza);
    let before = item.clone();
    let is_unchanged = outcome.state == state_of(item.as_ref());
    let after = if is_unchanged { item } else { with_state(item, contact, outcome.state, Some(request)) };
    let change = ItemChange {
        is_passed_on: outcome.is_delivered,
        is_confirmed: outcome.is_confirmed,
        before: before.as_ref().map_or(Subscription::None, |item| item.subscription),
        after: outcome.state.subscription,
        is_pushed: looks_other(before.as_ref(), after.as_ref()),
    };
    (after, change)
}

/// The user removes a contact (RFC 6121 §2.5): the stanzas that are sent to the contact on the user's behalf.
/// A request of the contact that still waits is denied.
pub fn apply_removal(item: &RosterItem) -> Vec<SubscriptionStanza> {
    let state = state_of(Some(item));
    let mut stanzas = Vec::new();
    if state.subscription.sees_contact() || state.is_pending_out {
        stanzas.push(SubscriptionStanza::Unsubscribe);
    }
    if state.subscription.is_seen_by_contact() || state.is_pending_in {
        stanzas.push(SubscriptionStanza::Unsubscribed);
    }
    stanzas
}

/// The item as it stands in roster results and pushes.
pub fn item_element(item: &RosterItem) -> Element {
    let mut element = Element::bare("item", ns::ROSTER)
        .with_attr("jid", item.jid.to_string())
        .with_attr_opt("name", item.name.as_deref())
        .with_attr(
            "subscription",
            match item.subscription {
                Subscription::None => "none",
                Subscription::To => "to",
                Subscription::From => "from",
                Subscription::Both => "both",
            },
        )
        .with_attr_opt("ask", (item.ask == Ask::Subscribe).then_some("subscribe"));
    for group in &item.groups {
        element.append_child(Element::bare("group", ns::ROSTER).with_text(group));
    }
    element
}

/// The item of a push that says "removed".
pub fn removed_element(contact: &BareJid) -> Element {
    Element::bare("item", ns::ROSTER)
        .with_attr("jid", contact.to_string())
        .with_attr("subscription", "remove")
}

#[cfg(test)]
mod tests {
    use super::*;
    use SubscriptionStanza::{Subscribe, Subscribed, Unsubscribe, Unsubscribed};

    fn contact() -> BareJid {
        "juliet@example.net".parse().unwrap()
    }

    #[test]
    fn a_request_makes_an_item_appear_and_a_pending_one_stays_hidden() {
        let (item, change) = apply_outbound(None, &contact(), Subscribe);
        let item = item.unwrap();
        assert!(item.is_visible && change.is_pushed);
        assert_eq!(item_element(&item).attr("ask"), Some("subscribe"));

        let (item, change) = apply_inbound(None, &contact(), Subscribe, "<presence/>");
        let item = item.unwrap();
        assert!(!item.is_visible && !change.is_pushed && change.is_passed_on);
        assert_eq!(item.pending_in.as_deref(), Some("<presence/>"));
    }

    #[test]
    fn denying_a_request_leaves_no_trace_and_accepting_shows_the_contact() {
        let (item, _) = apply_inbound(None, &contact(), Subscribe, "<presence/>");
        let (denied, change) = apply_outbound(item.clone(), &contact(), Unsubscribed);
        assert_eq!((denied, change.is_passed_on, change.is_pushed), (None, true, false));
        let (accepted, change) = apply_outbound(item, &contact(), Subscribed);
        assert_eq!(accepted.unwrap().subscription, Subscription::From);
        assert!(change.is_pushed);
    }

    #[test]
    fn a_stray_stanza_makes_no_item() {
        for stanza in [Unsubscribe, Subscribed, Unsubscribed] {
            assert_eq!(apply_outbound(None, &contact(), stanza).0, None);
            assert_eq!(apply_inbound(None, &contact(), stanza, "").0, None);
        }
    }

    #[test]
    fn unsubscribe_to_somebody_who_waits_for_us_keeps_the_request() {
        // Compat: Spark 3 denies a request by sending `unsubscribe`.
        let (item, _) = apply_inbound(None, &contact(), Subscribe, "<presence/>");
        let (after, change) = apply_outbound(item.clone(), &contact(), Unsubscribe);
        assert_eq!(after, item);
        assert!(change.is_passed_on && !change.is_pushed);
    }

    #[test]
    fn removal_ends_what_there_is() {
        let item = |subscription, ask, pending_in| RosterItem {
            subscription,
            ask,
            pending_in,
            ..empty_item(&contact())
        };
        assert_eq!(apply_removal(&item(Subscription::None, Ask::None, None)), []);
        assert_eq!(apply_removal(&item(Subscription::Both, Ask::None, None)), [Unsubscribe, Unsubscribed]);
        assert_eq!(
            apply_removal(&item(Subscription::From, Ask::Subscribe, None)),
            [Unsubscribe, Unsubscribed]
        );
        assert_eq!(
            apply_removal(&item(Subscription::To, Ask::None, Some(String::new()))),
            [Unsubscribe, Unsubscribed]
        );
    }
}
