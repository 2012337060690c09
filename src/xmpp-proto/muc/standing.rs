//! Affiliations, which last, and roles, which end with the visit (XEP-0045 §5).

use serde::{Deserialize, Serialize};

/// What a person is to a room, present or not (XEP-0045 §5.2). A greater one may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Affiliation {
    /// Banned.
    Outcast,
    /// Nothing.
    #[default]
    None,
    /// On the list of those who may enter a members-only room.
    Member,
    /// May ban, and grant membership and the role of moderator.
    Admin,
    /// May do everything.
    Owner,
}

impl Affiliation {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Outcast, Self::None, Self::Member, Self::Admin, Self::Owner];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outcast => "outcast",
            Self::None => "none",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads [`Self::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|affiliation| affiliation.name() == name)
    }

    /// The role with which somebody enters (XEP-0045 §5.1.2).
    pub fn role_on_entry(self, is_moderated: bool) -> Option<Role> {
        match self {
            Self::Outcast => None,
            Self::None if is_moderated => Some(Role::Visitor),
            Self::None | Self::Member => Some(Role::Participant),
            Self::Admin | Self::Owner => Some(Role::Moderator),
        }
    }
}

/// What an occupant may do while it is in the room (XEP-0045 §5.1). A greater one may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// May listen; in a moderated room not speak.
    Visitor,
    /// May speak.
    Participant,
    /// May kick, and grant and revoke voice.
    Moderator,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Visitor, Self::Participant, Self::Moderator];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Participant => "participant",
            Self::Moderator => "moderator",
        }
    }

    /// Reads [`Self::name`]; `none` is `None`, too: ask for it before.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The bit in Openfire's `ofMucRoom.rolesToBroadcast`.
    pub fn broadcast_bit(self) -> u8 {
        match self {
            Self::Moderator => 4,
            Self::Participant => 2,
            Self::Visitor => 1,
        }
    }
}
