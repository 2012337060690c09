//! What Openfire keeps in `ofMucServiceProp`.

use std::collections::{BTreeMap, BTreeSet};

use cobnut_model::limits;
use jid::{BareJid, Jid};

use super::super::{RoomConfig, RoomPolicy};

/// Who may make rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CreationRule {
    /// Everybody.
    #[default]
    Everybody,
    /// The named accounts and groups; with `registered` every account of this server, too.
    Named {
        /// Accounts by bare JID, groups by Openfire's full JID.
        names: BTreeSet<Jid>,
        /// Openfire's `create.all-registered`.
        registered: bool,
    },
}

/// Settings of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// What new rooms are like.
    pub room: RoomConfig,
    /// What holds for all rooms.
    pub policy: RoomPolicy,
    /// Who may make rooms; those who administer the service always may.
    pub creation: CreationRule,
    /// Who administers the service: accounts and groups.
    pub sysadmins: BTreeSet<Jid>,
    /// Whether rooms that nobody can enter yet are listed.
    pub lists_locked: bool,
    /// Whether members-only rooms are listed to those who are not members.
    pub lists_members_only: bool,
    /// Whether the service runs at all.
    pub is_enabled: bool,
    /// Milliseconds of silence after which an occupant is put out, if any.
    pub idle_kick_ms: Option<u64>,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self::from_properties(&BTreeMap::new())
    }
}

impl ServiceSettings {
    /// Reads the properties of a service. What is missing or cannot be read has Openfire's default.
    pub fn from_properties(properties: &BTreeMap<String, String>) -> Self {
        let properties = Properties(properties);
        Self {
            room: properties.room(),
            policy: RoomPolicy { history_messages: properties.history_messages(), ..RoomPolicy::default() },
            creation: properties.creation(),
            sysadmins: properties.addresses("sysadmin.jid"),
            lists_locked: properties.flag("discover.locked", true),
            lists_members_only: properties.flag("discover.membersOnly", true),
            is_enabled: properties.flag("enabled", true),
            // -1 for never.
            idle_kick_ms: properties.number("tasks.user.idle").filter(|ms| *ms > 0),
        }
    }

    /// Whether a person administers the service. `is_in_group` says whether they are in a group by its full JID.
    pub fn is_sysadmin(&self, user: &BareJid, is_in_group: impl Fn(&Jid) -> bool) -> bool {
        is_named(&self.sysadmins, user, is_in_group)
    }

    /// Whether a person may make a room. `is_registered`: they have an account of this server.
    pub fn may_create(
        &self,
        user: &BareJid,
        is_registered: bool,
        is_in_group: impl Fn(&Jid) -> bool,
    ) -> bool {
        match &self.creation {
            CreationRule::Everybody => true,
            CreationRule::Named { registered: true, .. } if is_registered => true,
            CreationRule::Named { names, .. } => {
                is_named(names, user, &is_in_group) || self.is_sysadmin(user, is_in_group)
            }
        }
    }
}

fn is_named(names: &BTreeSet<Jid>, user: &BareJid, is_in_group: impl Fn(&Jid) -> bool) -> bool {
    names.contains::<Jid>(user) || names.iter().any(|name| name.is_full() && is_in_group(name))
}

struct Properties<'p>(&'p BTreeMap<String, String>);

impl Properties<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Compat: as in Java, all but `true` is false.
    fn flag(&self, name: &str, default: bool) -> bool {
        self.text(name).map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }

    fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.text(name)?.parse().ok()
    }

    fn addresses(&self, name: &str) -> BTreeSet<Jid> {
        let names = self.text(name).unwrap_or_default().split([',', ' ', '\t', '\r', '\n', '\u{c}']);
        names.filter(|name| !name.is_empty()).filter_map(|name| Jid::new(name).ok()).collect()
    }

    fn room(&self) -> RoomConfig {
        let default = RoomConfig::default();
        RoomConfig {
            can_change_subject: self.flag("room.canOccupantsChangeSubject", default.can_change_subject),
            occupants_max: self.number("room.maxUsers").unwrap_or(default.occupants_max),
            is_public: self.flag("room.publicRoom", default.is_public),
            is_persistent: self.flag("room.persistent", default.is_persistent),
            is_retired_on_deletion: self.flag("room.retireOnDeletion", default.is_retired_on_deletion),
            is_moderated: self.flag("room.moderated", default.is_moderated),
            is_members_only: self.flag("room.membersOnly", default.is_members_only),
            can_invite: self.flag("room.canOccupantsInvite", default.can_invite),
            is_non_anonymous: self.flag("room.canAnyoneDiscoverJID", default.is_non_anonymous),
            is_logged: self.flag("room.logEnabled", default.is_logged),
            is_history_preserved: self.flag("room.preserveHistOnRoomDeletion", default.is_history_preserved),
            is_reserved_nick_required: self
                .flag("room.loginRestrictedToNickname", default.is_reserved_nick_required),
            can_change_nick: self.flag("room.canChangeNickname", default.can_change_nick),
            can_register: self.flag("room.registrationEnabled", default.can_register),
            ..default
        }
    }

    fn history_messages(&self) -> usize {
        let number = self.number("history.maxNumber").unwrap_or(RoomPolicy::default().history_messages);
        match self.text("history.type") {
            Some("none") => 0,
            Some("all") => limits::ROOM_HISTORY_MESSAGES_MAX,
            _ => number.min(limits::ROOM_HISTORY_MESSAGES_MAX),
        }
    }

    /// Compat: `create.anyone` is `true` where not everybody may, as Openfire writes it.
    fn creation(&self) -> CreationRule {
        if self.flag("create.anyone", false) {
            let registered = self.flag("create.all-registered", false);
            CreationRule::Named { names: self.addresses("create.jid"), registered }
        } else {
            CreationRule::Everybody
        }
    }
}
