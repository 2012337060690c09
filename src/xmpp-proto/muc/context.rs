//! What a room cannot know by itself.

use cobnut_model::{UnixMillis, limits};
use jid::{BareJid, Jid};
use serde::{Deserialize, Serialize};

/// What the server knows of people.
pub trait Directory {
    /// Whether they administer the service: they count as owners of every room. Openfire's `sysadmin.jid`.
    fn is_sysadmin(&self, user: &BareJid) -> bool;
    /// Whether they are in the group that a room's list names, see [`super::RoomRecord::people`].
    fn is_in_group(&self, group: &Jid, user: &BareJid) -> bool;
}

/// A server without groups and without administrators of the service.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDirectory;

impl Directory for NoDirectory {
    fn is_sysadmin(&self, _user: &BareJid) -> bool {
        false
    }

    fn is_in_group(&self, _group: &Jid, _user: &BareJid) -> bool {
        false
    }
}

/// What comes with each input.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The time.
    pub now: UnixMillis,
    /// Names what this input makes (XEP-0359): unpredictable, and never used before.
    pub stanza_id: &'a str,
    /// The number of what is said in the room's archive (`ofMucConversationLog.messageID`), used at most once. Without one
    /// a room with an archive gives no identifier, rather than one that the archive does not know.
    pub number: Option<i64>,
    /// What the server knows of people.
    pub directory: &'a dyn Directory,
}

impl<'a> Context<'a> {
    /// With a server that has no groups.
    pub fn new(now: UnixMillis, stanza_id: &'a str) -> Self {
        Self { now, stanza_id, number: None, directory: &NoDirectory }
    }

    /// With a number for what is said.
    #[must_use]
    pub fn with_number(self, number: Option<i64>) -> Self {
        Self { number, ..self }
    }

    /// With what the server knows of people.
    #[must_use]
    pub fn with_directory(self, directory: &'a dyn Directory) -> Self {
        Self { directory, ..self }
    }
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("now", &self.now)
            .field("stanza_id", &self.stanza_id)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Settings of the service that hold for all its rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomPolicy {
    /// Messages that somebody who enters gets, and that a room keeps for it. Openfire's `history.type` and
    /// `history.maxNumber`: 0 for `none`, [`limits::ROOM_HISTORY_MESSAGES_MAX`] for `all`.
    pub history_messages: usize,
    /// Whether administrators of the service need the password of a room.
    /// Openfire's `MultiUserChatService.isPasswordRequiredForSysadminsToJoinRoom`.
    pub sysadmins_need_password: bool,
    /// Whether rooms that are stored and logged answer questions to their archive (XEP-0313), see
    /// [`super::Outcome::lookups`].
    pub has_archive: bool,
    /// Further features that its rooms announce (XEP-0030), as far as the service has them.
    pub features: Vec<String>,
}

impl Default for RoomPolicy {
    fn default() -> Self {
        Self {
            history_messages: 25.min(limits::ROOM_HISTORY_MESSAGES_MAX),
            sysadmins_need_password: false,
            has_archive: false,
            features: Vec::new(),
        }
    }
}
