//! Group chat as it is stored: `ofMucService`, `ofMucRoom`, `ofMucAffiliation`, `ofMucMember`, and what was said in
//! `ofMucConversationLog`.
//!
//! Federation of rooms (`fmuc…`) is neither read nor changed.

mod archive;
mod log;
mod people;
mod reading;
mod writing;

use std::collections::BTreeMap;

use cobnut_model::UnixMillis;

pub use archive::{RoomLogSpan, RoomSpeaker};
pub use log::RoomLogEntry;
pub use writing::{AddRoom, Retirement, RoomSubject};

/// A group chat service, such as `conference`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomService {
    /// `ofMucService.serviceID`.
    pub id: i64,
    /// The part of its address before the domain.
    pub subdomain: String,
    /// What it is for.
    pub description: Option<String>,
    /// Hidden services were made by code and are not offered to people.
    pub is_hidden: bool,
    /// `ofMucServiceProp`, by name.
    pub properties: BTreeMap<String, String>,
}

/// A persistent room; others are not in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own, as people see them in the form"
)]
pub struct Room {
    /// `ofMucRoom.roomID`.
    pub id: i64,
    /// Its [`RoomService::id`].
    pub service_id: i64,
    /// The part of its address before the `@`.
    pub name: String,
    /// What people read as its name.
    pub natural_name: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When its settings were changed last.
    pub modified_at: UnixMillis,
    /// Since when its owner has not finished setting it up; nobody else may enter.
    pub locked_since: Option<UnixMillis>,
    /// When the last occupant left; `None` while it is occupied, or if nobody has been there.
    pub empty_since: Option<UnixMillis>,
    /// The password to enter.
    pub password: Option<String>,
    /// Text up to version 37; from 38 on a whole message stanza, where the history had one.
    pub subject: Option<String>,
    /// Most occupants; 0 for no limit.
    pub users_max: i64,
    /// Whose presence is broadcast: 4 moderators, 2 participants, 1 visitors, added.
    pub roles_to_broadcast: i64,
    /// Who may send private messages: 0 anyone, 1 participants, 2 moderators, 3 nobody.
    pub private_messages: i64,
    /// Whether occupants may change the subject.
    pub can_change_subject: bool,
    /// Whether the room is listed.
    pub is_public: bool,
    /// Whether only those with voice may speak.
    pub is_moderated: bool,
    /// Whether only members may enter.
    pub is_members_only: bool,
    /// Whether occupants may invite others into a members-only room.
    pub can_invite: bool,
    /// Whether everybody sees the real addresses of occupants.
    pub can_discover_jid: bool,
    /// Whether what is said is kept.
    pub is_logged: bool,
    /// Whether a deleted room's name may not be used again (version 36 and later).
    pub is_retired_on_deletion: bool,
    /// Whether the history outlives the room (version 35 and later).
    pub is_history_preserved: bool,
    /// Whether members have to use their registered nickname.
    pub is_reserved_nick_required: bool,
    /// Whether occupants may change their nickname.
    pub can_change_nick: bool,
    /// Whether people may register with the room.
    pub can_register: bool,
}

/// What somebody is in a room (XEP-0045 §5.2), whether they are there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoomAffiliation {
    /// May do everything.
    Owner,
    /// May ban and grant membership.
    Admin,
    /// On the list of members.
    Member,
    /// Banned.
    Outcast,
}

/// One line of a room's lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPerson {
    /// Bare JID, or the address by which Openfire writes a whole group.
    pub address: String,
    /// What they are.
    pub affiliation: RoomAffiliation,
    /// The nickname reserved for a member.
    pub nickname: Option<String>,
}

/// Which of the newer columns `ofMucRoom` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RoomColumns {
    /// Before version 23.
    WithoutPrivateMessages,
    /// Versions 23 to 34.
    WithPrivateMessages,
    /// Version 35.
    WithPreservedHistory,
    /// Version 36 and later.
    WithRetirement,
}

/// The first `count` characters: as much of a text as its column holds.
fn clipped(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

impl RoomAffiliation {
    const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Member, Self::Outcast];

    /// The number in `ofMucAffiliation`.
    fn code(self) -> i64 {
        match self {
            Self::Owner => 10,
            Self::Admin => 20,
            Self::Member => 30,
            Self::Outcast => 40,
        }
    }

    fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|affiliation| affiliation.code() == code)
    }
}
