//! A list and its verdicts.

use cobnut_model::{RosterItem, Subscription};
use jid::Jid;
use minidom::Element;

use crate::stanza::PresenceKind;

/// What a stanza is to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Traffic {
    /// A message to the user.
    MessageIn,
    /// An IQ to the user.
    IqIn,
    /// Available or unavailable presence to the user.
    PresenceIn,
    /// Available or unavailable presence of the user.
    PresenceOut,
    /// Any other presence to the user: about subscriptions, errors. Only rules about everything count.
    OtherIn,
    /// Anything else from the user. Only rules about everything count.
    OtherOut,
}

impl Traffic {
    /// What a stanza to the user is.
    pub fn incoming(stanza: &Element) -> Self {
        match stanza.name() {
            "message" => Self::MessageIn,
            "iq" => Self::IqIn,
            "presence" if is_availability(stanza) => Self::PresenceIn,
            _ => Self::OtherIn,
        }
    }

    /// What a stanza of the user is.
    pub fn outgoing(stanza: &Element) -> Self {
        if stanza.name() == "presence" && is_availability(stanza) {
            Self::PresenceOut
        } else {
            Self::OtherOut
        }
    }
}

fn is_availability(presence: &Element) -> bool {
    matches!(PresenceKind::of(presence), Ok(PresenceKind::Available | PresenceKind::Unavailable))
}

/// Whom a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whom {
    /// Everybody: the "fall-through" rule.
    Anybody,
    /// An address: exactly, with all its resources, or everybody at a domain.
    Address(Jid),
    /// The contacts in a group of the roster.
    Group(String),
    /// The contacts with a subscription; `None` is everybody who is not on the roster, too.
    Subscription(Subscription),
}

/// Which stanzas a rule is about. None of them chosen means all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an element of the protocol")]
pub(super) struct Covers {
    pub(super) message: bool,
    pub(super) iq: bool,
    pub(super) presence_in: bool,
    pub(super) presence_out: bool,
}

impl Covers {
    pub(super) fn everything(self) -> bool {
        !(self.message || self.iq || self.presence_in || self.presence_out)
    }

    fn includes(self, traffic: Traffic) -> bool {
        self.everything()
            || match traffic {
                Traffic::MessageIn => self.message,
                Traffic::IqIn => self.iq,
                Traffic::PresenceIn => self.presence_in,
                Traffic::PresenceOut => self.presence_out,
                Traffic::OtherIn | Traffic::OtherOut => false,
            }
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) order: u32,
    pub(super) is_allowed: bool,
    pub(super) whom: Whom,
    pub(super) covers: Covers,
}

/// A named list of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyList {
    pub(super) name: String,
    /// By rising order, which is unique.
    pub(super) rules: Vec<Rule>,
}

impl PrivacyList {
    /// A list without rules, which lets everything pass.
    pub fn empty(name: &str) -> Self {
        Self { name: name.to_owned(), rules: Vec::new() }
    }

    /// Its name, unique among the account's lists.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether the verdict can depend on the roster.
    pub fn needs_roster(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.whom, Whom::Group(_) | Whom::Subscription(_)))
    }

    /// Whether the user's presence can be kept from somebody.
    pub fn may_hide_presence(&self) -> bool {
        self.rules.iter().any(|rule| !rule.is_allowed && rule.covers.includes(Traffic::PresenceOut))
    }

    /// Whether a stanza from or to `other` is blocked: the first rule that is about it decides, and what no rule is
    /// about passes (XEP-0016 §2.2). Stanzas between an account's own resources are not for lists to judge.
    pub fn blocks(&self, traffic: Traffic, other: &Jid, roster: &[RosterItem]) -> bool {
        let item = || roster.iter().find(|item| item.jid == other.to_bare());
        let is_about = |whom: &Whom| match whom {
            Whom::Anybody => true,
            Whom::Address(address) => is_within(other, address),
            Whom::Group(group) => item().is_some_and(|item| item.groups.contains(group)),
            Whom::Subscription(wanted) => item().map(|item| item.subscription).unwrap_or_default() == *wanted,
        };
        let rule = self.rules.iter().find(|rule| rule.covers.includes(traffic) && is_about(&rule.whom));
        rule.is_some_and(|rule| !rule.is_allowed)
    }
}

/// Whether an address is the one of a rule, or one of its resources, or at its domain (XEP-0016 §2.1).
fn is_within(other: &Jid, address: &Jid) -> bool {
    match (address.node(), address.resource()) {
        (_, Some(_)) => other == address,
        (Some(_), None) => other.to_bare() == address.to_bare(),
        (None, None) => other.domain() == address.domain(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &str) -> PrivacyList {
        let text = format!("<list xmlns='jabber:iq:privacy' name='l'>{items}</list>");
        PrivacyList::from_request(&text.parse().unwrap()).unwrap()
    }

    fn roster() -> Vec<RosterItem> {
        let item = |jid: &str, group: &str, subscription| RosterItem {
            jid: jid.parse().unwrap(),
            name: None,
            groups: vec![group.to_owned()],
            subscription,
            ask: cobnut_model::Ask::None,
            pending_in: None,
            is_visible: true,
        };
        vec![
            item("friend@a", "Friends", Subscription::Both),
            item("boss@a", "Work", Subscription::To),
            item("fan@a", "Work", Subscription::From),
        ]
    }

    const ALL: [Traffic; 6] = [
        Traffic::MessageIn,
        Traffic::IqIn,
        Traffic::PresenceIn,
        Traffic::PresenceOut,
        Traffic::OtherIn,
        Traffic::OtherOut,
    ];

    #[test]
    fn rules_are_about_addresses() {
        for (value, other, is_blocked) in [
            ("tybalt@a/x", "tybalt@a/x", true),
            ("tybalt@a/x", "tybalt@a/y", false),
            ("tybalt@a/x", "tybalt@a", false),
            ("tybalt@a", "tybalt@a/y", true),
            ("tybalt@a", "tybalt@a", true),
            ("tybalt@a", "tybalt@b", false),
            ("tybalt@a", "a", false),
            ("a", "tybalt@a/x", true),
            ("a", "a/r", true),
            ("a", "b.a", false),
            ("a/r", "a/r", true),
            ("a/r", "tybalt@a/r", false),
        ] {
            let list = list(&format!("<item type='jid' value='{value}' action='deny' order='1'/>"));
            let other: Jid = other.parse().unwrap();
            for traffic in ALL {
                assert_eq!(list.blocks(traffic, &other, &[]), is_blocked, "{value} {other} {traffic:?}");
            }
        }
    }

    #[test]
    fn rules_are_about_the_roster() {
        for (kind, value, blocked) in [
            ("group", "Work", vec!["boss@a/x", "fan@a"]),
            ("group", "work", vec![]),
            ("subscription", "both", vec!["friend@a"]),
            ("subscription", "to", vec!["boss@a/x"]),
            ("subscription", "from", vec!["fan@a"]),
            ("subscription", "none", vec!["stranger@a"]),
        ] {
            let list = list(&format!("<item type='{kind}' value='{value}' action='deny' order='1'/>"));
            assert!(list.needs_roster());
            for other in ["friend@a", "boss@a/x", "fan@a", "stranger@a"] {
                let jid: Jid = other.parse().unwrap();
                let is_blocked = list.blocks(Traffic::MessageIn, &jid, &roster());
                assert_eq!(is_blocked, blocked.contains(&other), "{kind} {value} {other}");
            }
        }
    }

    #[test]
    fn rules_are_about_some_stanzas_or_all() {
        for (children, blocked) in [
            ("", &ALL[..]),
            ("<message/>", &[Traffic::MessageIn]),
            ("<iq/>", &[Traffic::IqIn]),
            ("<presence-in/>", &[Traffic::PresenceIn]),
            ("<presence-out/>", &[Traffic::PresenceOut]),
            ("<message/><presence-out/>", &[Traffic::MessageIn, Traffic::PresenceOut]),
        ] {
            let list = list(&format!("<item action='deny' order='1'>{children}</item>"));
            let other: Jid = "x@y".parse().unwrap();
            for traffic in ALL {
                assert_eq!(
                    list.blocks(traffic, &other, &[]),
                    blocked.contains(&traffic),
                    "{children} {traffic:?}"
                );
            }
            assert_eq!(list.may_hide_presence(), blocked.contains(&Traffic::PresenceOut));
            assert!(!list.needs_roster());
        }
    }

    #[test]
    fn the_first_rule_in_order_decides() {
        let list = list(
            "<item action='deny' order='30'/>\
             <item type='group' value='Friends' action='allow' order='20'><message/></item>\
             <item type='jid' value='boss@a' action='allow' order='10'/>",
        );
        for (other, traffic, is_blocked) in [
            ("boss@a/x", Traffic::IqIn, false),
            ("friend@a", Traffic::MessageIn, false),
            ("friend@a", Traffic::IqIn, true),
            ("stranger@a", Traffic::MessageIn, true),
        ] {
            assert_eq!(
                list.blocks(traffic, &other.parse().unwrap(), &roster()),
                is_blocked,
                "{other} {traffic:?}"
            );
        }
        assert!(!PrivacyList::empty("x").blocks(Traffic::MessageIn, &"a@b".parse().unwrap(), &[]));
    }
}
