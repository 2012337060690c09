//! Group chat as it is stored: `ofMucService`, `ofMucRoom`, `ofMucAffiliation`, `ofMucMember`.
//!
//! Reading only. Federation of rooms (`fmuc…`) and the history (`ofMucConversationLog`) are not read here.

use std::collections::BTreeMap;

use cobnut_model::UnixMillis;

use crate::backend::{Int, Sql, on_backend, sql};
use crate::timestamp::from_column;
use crate::{Store, StoreError};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// The settings of all rooms; `$newer` are the columns that not every version has, in the order of [`RoomRow`].
macro_rules! select_rooms {
    ($newer:literal) => {
        sql!(concat!(
            "SELECT roomID AS id, serviceID AS service_id, creationDate AS created_at, \
             modificationDate AS modified_at, name, naturalName AS natural_name, description, \
             lockedDate AS locked_date, emptyDate AS empty_date, canChangeSubject AS can_change_subject, \
             maxUsers AS users_max, publicRoom AS is_public, moderated AS is_moderated, \
             membersOnly AS is_members_only, canInvite AS can_invite, roomPassword AS room_password, \
             canDiscoverJID AS can_discover_jid, logEnabled AS is_logged, subject, \
             rolesToBroadcast AS roles_to_broadcast, useReservedNick AS use_reserved_nick, \
             canChangeNick AS can_change_nick, canRegister AS can_register, ",
            $newer,
            " FROM ofMucRoom ORDER BY serviceID, name"
        ))
    };
}
const SELECT_OLDEST_ROOMS: Sql = select_rooms!("0 AS private_messages, 1 AS preserve, 0 AS retire");
const SELECT_OLDER_ROOMS: Sql = select_rooms!("allowpm AS private_messages, 1 AS preserve, 0 AS retire");
const SELECT_OLD_ROOMS: Sql =
    select_rooms!("allowpm AS private_messages, preserveHistOnDel AS preserve, 0 AS retire");
const SELECT_ROOMS: Sql =
    select_rooms!("allowpm AS private_messages, preserveHistOnDel AS preserve, retireOnDeletion AS retire");
const SELECT_SERVICES: Sql =
    sql!("SELECT serviceID, subdomain, description, isHidden FROM ofMucService ORDER BY subdomain");
const SELECT_SERVICE_PROPERTIES: Sql = sql!("SELECT serviceID, name, propValue FROM ofMucServiceProp");
const SELECT_AFFILIATIONS: Sql =
    sql!("SELECT jid, affiliation FROM ofMucAffiliation WHERE roomID = ? ORDER BY jid");
const SELECT_MEMBERS: Sql = sql!("SELECT jid, nickname FROM ofMucMember WHERE roomID = ? ORDER BY jid");
const SELECT_ROOM_PROPERTIES: Sql = sql!("SELECT name, propValue FROM ofMucRoomProp WHERE roomID = ?");

const OWNER: i64 = 10;
const ADMIN: i64 = 20;
const MEMBER: i64 = 30;
const OUTCAST: i64 = 40;

#[derive(sqlx::FromRow)]
struct RoomRow {
    id: Int,
    service_id: Int,
    created_at: String,
    modified_at: String,
    name: String,
    natural_name: String,
    description: Option<String>,
    locked_date: String,
    empty_date: Option<String>,
    can_change_subject: Int,
    users_max: Int,
    is_public: Int,
    is_moderated: Int,
    is_members_only: Int,
    can_invite: Int,
    room_password: Option<String>,
    can_discover_jid: Int,
    is_logged: Int,
    subject: Option<String>,
    roles_to_broadcast: Int,
    use_reserved_nick: Int,
    can_change_nick: Int,
    can_register: Int,
    private_messages: Option<Int>,
    preserve: Int,
    retire: Int,
}

impl From<RoomRow> for Room {
    fn from(row: RoomRow) -> Self {
        let instant = |text: &str| Some(from_column(text)).filter(|at| at.0 > 0);
        let is_set = |flag: Int| flag.0 != 0;
        Self {
            id: row.id.0,
            service_id: row.service_id.0,
            name: row.name,
            natural_name: row.natural_name,
            description: row.description,
            created_at: from_column(&row.created_at),
            modified_at: from_column(&row.modified_at),
            locked_since: instant(&row.locked_date),
            empty_since: row.empty_date.as_deref().and_then(instant),
            password: row.room_password.filter(|password| !password.is_empty()),
            subject: row.subject.filter(|subject| !subject.is_empty()),
            users_max: row.users_max.0,
            roles_to_broadcast: row.roles_to_broadcast.0,
            private_messages: row.private_messages.map_or(0, |code| code.0),
            can_change_subject: is_set(row.can_change_subject),
            is_public: is_set(row.is_public),
            is_moderated: is_set(row.is_moderated),
            is_members_only: is_set(row.is_members_only),
            can_invite: is_set(row.can_invite),
            can_discover_jid: is_set(row.can_discover_jid),
            is_logged: is_set(row.is_logged),
            is_retired_on_deletion: is_set(row.retire),
            is_history_preserved: is_set(row.preserve),
            is_reserved_nick_required: is_set(row.use_reserved_nick),
            can_change_nick: is_set(row.can_change_nick),
            can_register: is_set(row.can_register),
        }
    }
}

fn affiliation_from_code(code: Int) -> Option<RoomAffiliation> {
    match code.0 {
        OWNER => Some(RoomAffiliation::Owner),
        ADMIN => Some(RoomAffiliation::Admin),
        MEMBER => Some(RoomAffiliation::Member),
        OUTCAST => Some(RoomAffiliation::Outcast),
        _ => None,
    }
}

impl Store {
    /// The group chat services, hidden ones included; none in a database without group chat.
    pub async fn room_services(&self) -> Result<Vec<RoomService>, StoreError> {
        if self.shared.shape.rooms.is_none() {
            return Ok(Vec::new());
        }
        self.run("room_services", || async move {
            on_backend!(&self.shared.engine, db => {
                let services: Vec<(Int, String, Option<String>, Int)> =
                    sqlx::query_as(db.sql(SELECT_SERVICES)).fetch_all(&db.reader()).await?;
                let properties: Vec<(Int, String, String)> =
                    sqlx::query_as(db.sql(SELECT_SERVICE_PROPERTIES)).fetch_all(&db.reader()).await?;
                let of = |id: Int| {
                    let own = properties.iter().filter(move |property| property.0 == id);
                    own.map(|(_, name, value)| (name.clone(), value.clone())).collect()
                };
                let service = |(id, subdomain, description, is_hidden): (Int, String, Option<String>, Int)| {
                    let properties = of(id);
                    RoomService { id: id.0, subdomain, description, is_hidden: is_hidden.0 != 0, properties }
                };
                Ok(services.into_iter().map(service).collect())
            })
        })
        .await
    }

    /// All stored rooms, ordered by service and name.
    pub async fn rooms(&self) -> Result<Vec<Room>, StoreError> {
        let select = match self.shared.shape.rooms {
            None => return Ok(Vec::new()),
            Some(RoomColumns::WithoutPrivateMessages) => SELECT_OLDEST_ROOMS,
            Some(RoomColumns::WithPrivateMessages) => SELECT_OLDER_ROOMS,
            Some(RoomColumns::WithPreservedHistory) => SELECT_OLD_ROOMS,
            Some(RoomColumns::WithRetirement) => SELECT_ROOMS,
        };
        self.run("rooms", || async move {
            on_backend!(&self.shared.engine, db => {
                let rows: Vec<RoomRow> = sqlx::query_as(db.sql(select)).fetch_all(&db.reader()).await?;
                Ok(rows.into_iter().map(Room::from).collect())
            })
        })
        .await
    }

    /// The lists of a room by [`Room::id`]: owners, administrators and outcasts are kept in one table, members in
    /// another.
    pub async fn room_people(&self, room_id: i64) -> Result<Vec<RoomPerson>, StoreError> {
        if self.shared.shape.rooms.is_none() {
            return Ok(Vec::new());
        }
        self.run("room_people", || async move {
            on_backend!(&self.shared.engine, db => {
                let listed: Vec<(String, Int)> =
                    sqlx::query_as(db.sql(SELECT_AFFILIATIONS)).bind(room_id).fetch_all(&db.reader()).await?;
                let members: Vec<(String, Option<String>)> =
                    sqlx::query_as(db.sql(SELECT_MEMBERS)).bind(room_id).fetch_all(&db.reader()).await?;
                let listed = listed.into_iter().filter_map(|(address, code)| {
                    Some(RoomPerson { address, affiliation: affiliation_from_code(code)?, nickname: None })
                });
                let members = members.into_iter().map(|(address, nickname)| {
                    RoomPerson { address, affiliation: RoomAffiliation::Member, nickname }
                });
                Ok(listed.chain(members).collect())
            })
        })
        .await
    }

    /// `ofMucRoomProp` of a room by [`Room::id`].
    pub async fn room_properties(&self, room_id: i64) -> Result<BTreeMap<String, String>, StoreError> {
        if self.shared.shape.rooms.is_none() {
            return Ok(BTreeMap::new());
        }
        self.run("room_properties", || async move {
            on_backend!(&self.shared.engine, db => {
                let rows: Vec<(String, String)> = sqlx::query_as(db.sql(SELECT_ROOM_PROPERTIES))
                    .bind(room_id).fetch_all(&db.reader()).await?;
                Ok(rows.into_iter().collect())
            })
        })
        .await
    }
}
