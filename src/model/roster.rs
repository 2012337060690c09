//! Roster items (RFC 6121 §2.1) with the numbers that Openfire's `ofRoster` table keeps.

use jid::BareJid;

/// Subscription of one roster item (RFC 6121 §2.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Subscription {
    /// Neither sees the other.
    #[default]
    None,
    /// The user sees the contact.
    To,
    /// The contact sees the user.
    From,
    /// Both.
    Both,
}

impl Subscription {
    /// Whether the user gets the contact's presence.
    pub fn sees_contact(self) -> bool {
        matches!(self, Self::To | Self::Both)
    }

    /// Whether the contact gets the user's presence.
    pub fn is_seen_by_contact(self) -> bool {
        matches!(self, Self::From | Self::Both)
    }
}

/// A subscription request that waits for an answer, as `ofRoster.ask` keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Ask {
    /// Nothing asked.
    #[default]
    None,
    /// The user asked to subscribe.
    Subscribe,
}

/// One contact of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterItem {
    /// The contact.
    pub jid: BareJid,
    /// The user's name for the contact.
    pub name: Option<String>,
    /// Group names in their order.
    pub groups: Vec<String>,
    /// Who sees whom.
    pub subscription: Subscription,
    /// What the user asked ("pending out").
    pub ask: Ask,
    /// The contact's unanswered subscribe stanza ("pending in"), serialised; empty when only the fact is known.
    pub pending_in: Option<String>,
    /// Whether the item was put on the roster by the user or a subscription, rather than only by "pending in"
    /// (RFC 6121 §3.1.3: such items are not shown).
    pub is_visible: bool,
}
