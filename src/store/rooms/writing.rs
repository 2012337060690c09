//! Making, changing and removing rooms.

use cobnut_model::UnixMillis;

use super::people::{INSERT_AFFILIATION, INSERT_MEMBER, has_member_line};
use super::{Room, RoomAffiliation, RoomColumns, RoomPerson, clipped, log};
use crate::backend::{Sql, on_backend, sql};
use crate::error::is_duplicate;
use crate::ids::IdKind;
use crate::timestamp::to_column;
use crate::{Store, StoreError};

/// The statement that makes a room; the columns that not every version has come last.
macro_rules! insert_room {
    ($columns:literal, $places:literal) => {
        sql!(concat!(
            "INSERT INTO ofMucRoom (naturalName, description, lockedDate, canChangeSubject, maxUsers, publicRoom, \
             moderated, membersOnly, canInvite, roomPassword, canDiscoverJID, logEnabled, rolesToBroadcast, \
             useReservedNick, canChangeNick, canRegister, modificationDate, serviceID, roomID, name, creationDate, \
             emptyDate",
            $columns,
            ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?",
            $places,
            ")"
        ))
    };
}
/// The one that changes its settings.
macro_rules! update_room {
    ($columns:literal) => {
        sql!(concat!(
            "UPDATE ofMucRoom SET naturalName = ?, description = ?, lockedDate = ?, canChangeSubject = ?, \
             maxUsers = ?, publicRoom = ?, moderated = ?, membersOnly = ?, canInvite = ?, roomPassword = ?, \
             canDiscoverJID = ?, logEnabled = ?, rolesToBroadcast = ?, useReservedNick = ?, canChangeNick = ?, \
             canRegister = ?, modificationDate = ?",
            $columns,
            " WHERE roomID = ?"
        ))
    };
}
/// By [`RoomColumns`].
const INSERT_ROOM: [Sql; 4] = [
    insert_room!("", ""),
    insert_room!(", allowpm", ", ?"),
    insert_room!(", allowpm, preserveHistOnDel", ", ?, ?"),
    insert_room!(", allowpm, preserveHistOnDel, retireOnDeletion", ", ?, ?, ?"),
];
/// By [`RoomColumns`].
const UPDATE_ROOM: [Sql; 4] = [
    update_room!(""),
    update_room!(", allowpm = ?"),
    update_room!(", allowpm = ?, preserveHistOnDel = ?"),
    update_room!(", allowpm = ?, preserveHistOnDel = ?, retireOnDeletion = ?"),
];
const UPDATE_SUBJECT: Sql = sql!("UPDATE ofMucRoom SET subject = ? WHERE roomID = ?");
const UPDATE_EMPTY: Sql = sql!("UPDATE ofMucRoom SET emptyDate = ? WHERE roomID = ?");
const SELECT_RETIREE: Sql = sql!("SELECT name FROM ofMucRoomRetiree WHERE serviceID = ? AND name = ?");
const INSERT_RETIREE: Sql =
    sql!("INSERT INTO ofMucRoomRetiree (serviceID, name, alternateJID, reason) VALUES (?, ?, ?, ?)");
/// Everything of a room but what was said; the room itself last.
const DELETE_ROOM: [Sql; 4] = [
    sql!("DELETE FROM ofMucAffiliation WHERE roomID = ?"),
    sql!("DELETE FROM ofMucMember WHERE roomID = ?"),
    sql!("DELETE FROM ofMucRoomProp WHERE roomID = ?"),
    sql!("DELETE FROM ofMucRoom WHERE roomID = ?"),
];

/// Characters that `ofMucRoom.subject` holds before version 38, when it is a text.
const SUBJECT_CHARS: usize = 100;
/// Characters that the columns of `ofMucRoomRetiree` hold.
const ALTERNATE_CHARS: usize = 2000;
const REASON_CHARS: usize = 1024;

/// Result of [`Store::add_room`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddRoom {
    /// Made, with this [`Room::id`].
    Added(i64),
    /// The service has a room of that name.
    Exists,
    /// A room of that name was destroyed for good.
    Retired,
}

/// What is remembered of a room whose name may not be used again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retirement {
    /// Where people should go instead.
    pub alternate: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A subject in the two forms in which Openfire keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomSubject<'a> {
    /// What people read: what is kept before version 38, cut to 100 characters.
    pub text: &'a str,
    /// The whole message that set it: what is kept from version 38 on.
    pub stanza: &'a str,
}

/// Binds what [`INSERT_ROOM`] and [`UPDATE_ROOM`] have in common, in the order of their columns.
macro_rules! bind_settings {
    ($query:expr, $room:expr) => {
        $query
            .bind(&$room.natural_name)
            .bind(&$room.description)
            .bind(to_column($room.locked_since.unwrap_or(UnixMillis(0))))
            .bind(i64::from($room.can_change_subject))
            .bind($room.users_max)
            .bind(i64::from($room.is_public))
            .bind(i64::from($room.is_moderated))
            .bind(i64::from($room.is_members_only))
            .bind(i64::from($room.can_invite))
            .bind(&$room.password)
            .bind(i64::from($room.can_discover_jid))
            .bind(i64::from($room.is_logged))
            .bind($room.roles_to_broadcast)
            .bind(i64::from($room.is_reserved_nick_required))
            .bind(i64::from($room.can_change_nick))
            .bind(i64::from($room.can_register))
            .bind(to_column($room.modified_at))
    };
}

/// Binds the columns that not every version has.
macro_rules! bind_newer {
    ($query:expr, $room:expr, $columns:expr) => {{
        let mut query = $query;
        if $columns >= RoomColumns::WithPrivateMessages {
            query = query.bind($room.private_messages);
        }
        if $columns >= RoomColumns::WithPreservedHistory {
            query = query.bind(i64::from($room.is_history_preserved));
        }
        if $columns >= RoomColumns::WithRetirement {
            query = query.bind(i64::from($room.is_retired_on_deletion));
        }
        query
    }};
}

impl Store {
    /// Stores a new room with its lists, as one transaction. Its [`Room::id`] is chosen here; its subject comes later
    /// ([`Self::set_room_subject`]).
    ///
    /// # Errors
    ///
    /// [`StoreError::Unfit`] if something is longer than its column: name and password 50 characters, the name that
    /// people read and the description 255. [`StoreError::Schema`] without tables for group chat.
    pub async fn add_room(&self, room: &Room, people: &[RoomPerson]) -> Result<AddRoom, StoreError> {
        let columns = self.shared.shape.rooms.ok_or_else(no_tables)?;
        let id = self.take_id(IdKind::Room).await?;
        let added = self.run("add_room", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                if columns >= RoomColumns::WithRetirement {
                    let select = sqlx::query_scalar(db.sql(SELECT_RETIREE)).bind(room.service_id).bind(&room.name);
                    let retired: Option<String> = select.fetch_optional(&mut *tx).await?;
                    if retired.is_some() {
                        return Ok(AddRoom::Retired);
                    }
                }
                let insert = sqlx::query(db.sql(INSERT_ROOM[columns as usize]));
                let insert = bind_settings!(insert, room).bind(room.service_id).bind(id).bind(&room.name);
                let insert = insert.bind(to_column(room.created_at)).bind(room.empty_since.map(to_column));
                match bind_newer!(insert, room, columns).execute(&mut *tx).await {
                    Err(err) if is_duplicate(&err) => return Ok(AddRoom::Exists),
                    outcome => outcome?,
                };
                for person in people {
                    let nickname = person.nickname.as_deref();
                    if person.affiliation != RoomAffiliation::Member {
                        let insert = sqlx::query(db.sql(INSERT_AFFILIATION)).bind(id).bind(&person.address);
                        insert.bind(person.affiliation.code()).execute(&mut *tx).await?;
                    }
                    if has_member_line(person.affiliation, nickname) {
                        let insert = sqlx::query(db.sql(INSERT_MEMBER)).bind(nickname).bind(id);
                        insert.bind(&person.address).execute(&mut *tx).await?;
                    }
                }
                tx.commit().await?;
                Ok(AddRoom::Added(id))
            })
        });
        let added = added.await;
        if matches!(added, Ok(AddRoom::Exists | AddRoom::Retired)) {
            self.shared.ids.put_back(IdKind::Room, [id]);
        }
        added
    }

    /// Stores the settings of a room that exists; its lists, its subject and when it was left are stored by
    /// themselves. Returns whether it exists.
    ///
    /// # Errors
    ///
    /// As [`Self::add_room`].
    pub async fn update_room(&self, room: &Room) -> Result<bool, StoreError> {
        let columns = self.shared.shape.rooms.ok_or_else(no_tables)?;
        self.run("update_room", || async move {
            on_backend!(&self.shared.engine, db => {
                let update = bind_settings!(sqlx::query(db.sql(UPDATE_ROOM[columns as usize])), room);
                let update = bind_newer!(update, room, columns).bind(room.id);
                Ok(update.execute(&db.writer()).await?.rows_affected() > 0)
            })
        })
        .await
    }

    /// Stores the subject of a room by [`Room::id`]. The last writer wins.
    pub async fn set_room_subject(
        &self,
        room_id: i64,
        subject: Option<RoomSubject<'_>>,
    ) -> Result<(), StoreError> {
        let has_stanza = self.shared.shape.has_subject_stanza;
        let kept = subject
            .map(|subject| if has_stanza { subject.stanza } else { clipped(subject.text, SUBJECT_CHARS) });
        self.run("set_room_subject", || async move {
            on_backend!(&self.shared.engine, db => {
                let update = sqlx::query(db.sql(UPDATE_SUBJECT)).bind(kept).bind(room_id);
                update.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }

    /// Remembers since when nobody is in a room; `None` while somebody is.
    pub async fn set_room_empty(&self, room_id: i64, since: Option<UnixMillis>) -> Result<(), StoreError> {
        self.run("set_room_empty", || async move {
            on_backend!(&self.shared.engine, db => {
                let update = sqlx::query(db.sql(UPDATE_EMPTY)).bind(since.map(to_column)).bind(room_id);
                update.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }

    /// Whether the name of a room may not be used again.
    pub async fn is_room_retired(&self, service_id: i64, name: &str) -> Result<bool, StoreError> {
        if self.shared.shape.rooms != Some(RoomColumns::WithRetirement) {
            return Ok(false);
        }
        self.run("is_room_retired", || async move {
            on_backend!(&self.shared.engine, db => {
                let select = sqlx::query_scalar(db.sql(SELECT_RETIREE)).bind(service_id).bind(name);
                let found: Option<String> = select.fetch_optional(&db.reader()).await?;
                Ok(found.is_some())
            })
        })
        .await
    }

    /// Removes a room with its lists, as one transaction; what was said in it only if [`Room::is_history_preserved`]
    /// is not set. With `retirement` its name may not be used again, where the database has a place for that.
    /// Returns whether it existed.
    pub async fn delete_room(
        &self,
        room: &Room,
        retirement: Option<&Retirement>,
    ) -> Result<bool, StoreError> {
        let columns = self.shared.shape.rooms.ok_or_else(no_tables)?;
        let retirement = retirement.filter(|_| columns >= RoomColumns::WithRetirement);
        let forgets = self.shared.shape.has_room_log && !room.is_history_preserved;
        self.run("delete_room", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let mut deleted = 0;
                for sql in DELETE_ROOM {
                    deleted = sqlx::query(db.sql(sql)).bind(room.id).execute(&mut *tx).await?.rows_affected();
                }
                if forgets {
                    sqlx::query(db.sql(log::DELETE)).bind(room.id).execute(&mut *tx).await?;
                }
                if let Some(Retirement { alternate, reason }) = retirement.filter(|_| deleted > 0) {
                    let select = sqlx::query_scalar(db.sql(SELECT_RETIREE)).bind(room.service_id).bind(&room.name);
                    let retired: Option<String> = select.fetch_optional(&mut *tx).await?;
                    if retired.is_none() {
                        let insert = sqlx::query(db.sql(INSERT_RETIREE)).bind(room.service_id).bind(&room.name);
                        let insert = insert.bind(alternate.as_deref().map(|jid| clipped(jid, ALTERNATE_CHARS)));
                        let insert = insert.bind(reason.as_deref().map(|text| clipped(text, REASON_CHARS)));
                        insert.execute(&mut *tx).await?;
                    }
                }
                tx.commit().await?;
                Ok(deleted > 0)
            })
        })
        .await
    }
}

fn no_tables() -> StoreError {
    let advice = "it has no tables for group chat (ofMucRoom and others); restore them from a backup";
    StoreError::Schema(advice.to_owned())
}
