//! Reading services and rooms.

use std::collections::BTreeMap;

use super::{Room, RoomAffiliation, RoomPerson, RoomService};
use crate::backend::{Int, Sql, on_backend, sql};
use crate::error::nothing_if_unfit;
use crate::timestamp::from_column;
use crate::{Store, StoreError};

/// The settings of rooms; `$newer` are the columns that not every version has, in the order of [`RoomRow`].
macro_rules! select_rooms {
    ($newer:literal, ALL) => {
        select_rooms!($newer, "ORDER BY serviceID, name")
    };
    ($newer:literal, ONE) => {
        select_rooms!($newer, "WHERE serviceID = ? AND name = ?")
    };
    ($newer:literal, $which:literal) => {
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
            " FROM ofMucRoom ",
            $which
        ))
    };
}
/// By [`RoomColumns`](super::RoomColumns).
const SELECT_ROOMS: [Sql; 4] = [
    select_rooms!("0 AS private_messages, 1 AS preserve, 0 AS retire", ALL),
    select_rooms!("allowpm AS private_messages, 1 AS preserve, 0 AS retire", ALL),
    select_rooms!("allowpm AS private_messages, preserveHistOnDel AS preserve, 0 AS retire", ALL),
    select_rooms!(
        "allowpm AS private_messages, preserveHistOnDel AS preserve, retireOnDeletion AS retire",
        ALL
    ),
];
/// The same for one room.
const SELECT_ROOM: [Sql; 4] = [
    select_rooms!("0 AS private_messages, 1 AS preserve, 0 AS retire", ONE),
    select_rooms!("allowpm AS private_messages, 1 AS preserve, 0 AS retire", ONE),
    select_rooms!("allowpm AS private_messages, preserveHistOnDel AS preserve, 0 AS retire", ONE),
    select_rooms!(
        "allowpm AS private_messages, preserveHistOnDel AS preserve, retireOnDeletion AS retire",
        ONE
    ),
];
const SELECT_SERVICES: Sql =
    sql!("SELECT serviceID, subdomain, description, isHidden FROM ofMucService ORDER BY subdomain");
const SELECT_SERVICE_PROPERTIES: Sql = sql!("SELECT serviceID, name, propValue FROM ofMucServiceProp");
const SELECT_AFFILIATIONS: Sql =
    sql!("SELECT jid, affiliation FROM ofMucAffiliation WHERE roomID = ? ORDER BY jid");
const SELECT_MEMBERS: Sql = sql!("SELECT jid, nickname FROM ofMucMember WHERE roomID = ? ORDER BY jid");
const SELECT_ROOM_PROPERTIES: Sql = sql!("SELECT name, propValue FROM ofMucRoomProp WHERE roomID = ?");

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
        let Some(columns) = self.shared.shape.rooms else { return Ok(Vec::new()) };
        let select = SELECT_ROOMS[columns as usize];
        self.run("rooms", || async move {
            on_backend!(&self.shared.engine, db => {
                let rows: Vec<RoomRow> = sqlx::query_as(db.sql(select)).fetch_all(&db.reader()).await?;
                Ok(rows.into_iter().map(Room::from).collect())
            })
        })
        .await
    }

    /// One stored room by [`RoomService::id`] and the part of its address before the `@`.
    pub async fn room(&self, service_id: i64, name: &str) -> Result<Option<Room>, StoreError> {
        let Some(columns) = self.shared.shape.rooms else { return Ok(None) };
        let select = SELECT_ROOM[columns as usize];
        let found = self.run("room", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_as(db.sql(select)).bind(service_id).bind(name);
                let row: Option<RoomRow> = query.fetch_optional(&db.reader()).await?;
                Ok(row.map(Room::from))
            })
        });
        nothing_if_unfit(found.await)
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
                    Some(RoomPerson { address, affiliation: RoomAffiliation::from_code(code.0)?, nickname: None })
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
