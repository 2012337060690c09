//! What an owner can set (XEP-0045 §10.2), with Openfire's fields and defaults.

use serde::{Deserialize, Serialize};

use super::Role;

/// Who may send private messages within the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum PrivateMessages {
    /// Everybody.
    #[default]
    Anyone,
    /// Those with voice.
    Participants,
    /// Moderators.
    Moderators,
    /// Nobody.
    Nobody,
}

impl PrivateMessages {
    /// All of them, ordered by the code in Openfire's `ofMucRoom.allowpm`: 0, 1, 2, 3.
    pub const ALL: [Self; 4] = [Self::Anyone, Self::Participants, Self::Moderators, Self::Nobody];

    /// The name in the configuration form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Participants => "participants",
            Self::Moderators => "moderators",
            Self::Nobody => "none",
        }
    }

    /// Reads [`Self::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|allowed| allowed.name() == name)
    }

    /// Whether somebody with `role` may send one.
    pub fn allows(self, role: Role) -> bool {
        match self {
            Self::Anyone => true,
            Self::Participants => role >= Role::Participant,
            Self::Moderators => role == Role::Moderator,
            Self::Nobody => false,
        }
    }
}

/// The settings of a room. [`RoomConfig::default`] is what a new room has in Openfire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own, as people see them in the form"
)]
pub struct RoomConfig {
    /// What people read as its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether participants may change the subject; moderators always may.
    pub can_change_subject: bool,
    /// Most occupants; 0 for no limit but the server's own.
    pub occupants_max: u32,
    /// Whose presence others see: [`Role::broadcast_bit`], added.
    pub broadcast: u8,
    /// Whether the room is listed.
    pub is_public: bool,
    /// Whether it stays when the last occupant leaves.
    pub is_persistent: bool,
    /// Whether only those with voice may speak.
    pub is_moderated: bool,
    /// Whether only members may enter.
    pub is_members_only: bool,
    /// Whether occupants who are not administrators may invite others into a members-only room.
    pub can_invite: bool,
    /// The password to enter; never empty.
    pub password: Option<String>,
    /// Whether everybody sees the real addresses of occupants; else only moderators do.
    pub is_non_anonymous: bool,
    /// Who may send private messages.
    pub private_messages: PrivateMessages,
    /// Whether what is said is kept.
    pub is_logged: bool,
    /// Whether members have to use their registered nickname.
    pub is_reserved_nick_required: bool,
    /// Whether occupants may change their nickname.
    pub can_change_nick: bool,
    /// Whether people may register with the room.
    pub can_register: bool,
    /// Whether the name of the room may not be used again after it was destroyed.
    pub is_retired_on_deletion: bool,
    /// Whether the history outlives the room.
    pub is_history_preserved: bool,
}

impl Default for RoomConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            can_change_subject: false,
            occupants_max: 30,
            broadcast: 7,
            is_public: true,
            is_persistent: false,
            is_moderated: false,
            is_members_only: false,
            can_invite: false,
            password: None,
            is_non_anonymous: true,
            private_messages: PrivateMessages::Anyone,
            is_logged: true,
            is_reserved_nick_required: false,
            can_change_nick: true,
            can_register: true,
            is_retired_on_deletion: false,
            is_history_preserved: true,
        }
    }
}

impl RoomConfig {
    /// Whether the others see the presence of an occupant with `role`.
    pub fn shows(&self, role: Role) -> bool {
        self.broadcast & role.broadcast_bit() != 0
    }
}
