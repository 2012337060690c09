//! Who may do what with a node.

use super::config::{AccessModel, NodeConfig, PublishModel};
use super::error::{Detail, PubsubError};
use crate::stanza::Condition;

/// What somebody is to a node for good (XEP-0060 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Affiliation {
    /// May do everything.
    Owner,
    /// May publish.
    Publisher,
    /// May publish and not see.
    PublishOnly,
    /// May see, with [`AccessModel::Whitelist`].
    Member,
    /// Nothing.
    #[default]
    None,
    /// May do nothing.
    Outcast,
}

impl Affiliation {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Owner, Self::Publisher, Self::PublishOnly, Self::Member, Self::None, Self::Outcast];

    /// Its name on the wire and, but for `publish-only` and `member`, in Openfire's tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Publisher => "publisher",
            Self::PublishOnly => "publish-only",
            Self::Member => "member",
            Self::None => "none",
            Self::Outcast => "outcast",
        }
    }

    /// The affiliation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|affiliation| affiliation.name() == name)
    }
}

/// Who asks, as far as the rules look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asker<'a> {
    /// What the bare JID is to the node; the account itself is the owner of its own nodes.
    pub affiliation: Affiliation,
    /// Whether it has a subscription that was granted.
    pub is_subscribed: bool,
    /// Whether it is subscribed to the presence of the node's owner.
    pub sees_presence: bool,
    /// The groups that the owner's roster has it in.
    pub roster_groups: &'a [String],
}

/// Whether somebody may subscribe to a node and see its items (XEP-0060 §6.1, §6.5).
pub fn may_read(config: &NodeConfig, asker: Asker<'_>) -> Result<(), PubsubError> {
    match asker.affiliation {
        Affiliation::Outcast | Affiliation::PublishOnly => return Err(Condition::Forbidden.into()),
        Affiliation::Owner | Affiliation::Publisher => return Ok(()),
        Affiliation::Member | Affiliation::None => {}
    }
    let is_let_in = match config.access {
        AccessModel::Open => true,
        AccessModel::Presence => asker.sees_presence,
        AccessModel::Roster => asker.roster_groups.iter().any(|group| config.roster_groups.contains(group)),
        AccessModel::Whitelist => asker.affiliation == Affiliation::Member,
        AccessModel::Authorize => asker.is_subscribed || asker.affiliation == Affiliation::Member,
    };
    if is_let_in {
        return Ok(());
    }
    Err(match config.access {
        AccessModel::Open => Condition::Forbidden.into(),
        AccessModel::Presence => {
            PubsubError::new(Condition::NotAuthorized, Detail::PresenceSubscriptionRequired)
        }
        AccessModel::Roster => PubsubError::new(Condition::NotAuthorized, Detail::NotInRosterGroup),
        AccessModel::Whitelist => PubsubError::new(Condition::NotAllowed, Detail::ClosedNode),
        AccessModel::Authorize => PubsubError::new(Condition::NotAuthorized, Detail::NotSubscribed),
    })
}

/// Whether somebody may publish (XEP-0060 §7.1.3.1).
pub fn may_publish(config: &NodeConfig, asker: Asker<'_>) -> Result<(), PubsubError> {
    let is_allowed = match (asker.affiliation, config.publish) {
        (Affiliation::Outcast, _) => false,
        (Affiliation::Owner | Affiliation::Publisher | Affiliation::PublishOnly, _)
        | (_, PublishModel::Open) => true,
        (_, PublishModel::Subscribers) => asker.is_subscribed,
        (_, PublishModel::Publishers) => false,
    };
    if is_allowed { Ok(()) } else { Err(Condition::Forbidden.into()) }
}

/// Whether somebody may take back an item (XEP-0060 §7.2.3.1): who publishes their own, owners all.
pub fn may_retract(asker: Asker<'_>, is_own_item: bool) -> Result<(), PubsubError> {
    let is_allowed = match asker.affiliation {
        Affiliation::Owner => true,
        Affiliation::Outcast => false,
        _ => is_own_item,
    };
    if is_allowed { Ok(()) } else { Err(Condition::Forbidden.into()) }
}

/// Whether somebody may configure, purge or delete a node, and say who is what to it (XEP-0060 §8).
pub fn may_configure(asker: Asker<'_>) -> Result<(), PubsubError> {
    if asker.affiliation == Affiliation::Owner { Ok(()) } else { Err(Condition::Forbidden.into()) }
}
