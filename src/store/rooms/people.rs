//! The lists of a room.

use super::RoomAffiliation;
use crate::backend::{Int, Sql, on_backend, sql};
use crate::{Store, StoreError};

const DELETE_AFFILIATION: Sql = sql!("DELETE FROM ofMucAffiliation WHERE roomID = ? AND jid = ?");
pub(super) const INSERT_AFFILIATION: Sql =
    sql!("INSERT INTO ofMucAffiliation (roomID, jid, affiliation) VALUES (?, ?, ?)");
const SELECT_MEMBER: Sql = sql!("SELECT roomID FROM ofMucMember WHERE roomID = ? AND jid = ?");
const UPDATE_MEMBER: Sql = sql!("UPDATE ofMucMember SET nickname = ? WHERE roomID = ? AND jid = ?");
const DELETE_MEMBER: Sql = sql!("DELETE FROM ofMucMember WHERE roomID = ? AND jid = ?");
pub(super) const INSERT_MEMBER: Sql =
    sql!("INSERT INTO ofMucMember (nickname, roomID, jid) VALUES (?, ?, ?)");

/// Whether somebody has a line in `ofMucMember`: members, and whoever else has a nickname of their own.
pub(super) fn has_member_line(affiliation: RoomAffiliation, nickname: Option<&str>) -> bool {
    match affiliation {
        RoomAffiliation::Member => true,
        RoomAffiliation::Owner | RoomAffiliation::Admin => nickname.is_some(),
        RoomAffiliation::Outcast => false,
    }
}

impl Store {
    /// Puts somebody on the list of a room ([`super::Room::id`]) that fits and takes them off the others, as one
    /// transaction; `None` takes them off all. What else `ofMucMember` says of a member stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unfit`] if the address or the nickname is longer than its column.
    pub async fn set_room_person(
        &self,
        room_id: i64,
        address: &str,
        affiliation: Option<RoomAffiliation>,
        nickname: Option<&str>,
    ) -> Result<(), StoreError> {
        self.run("set_room_person", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                sqlx::query(db.sql(DELETE_AFFILIATION)).bind(room_id).bind(address).execute(&mut *tx).await?;
                if let Some(listed) = affiliation.filter(|listed| *listed != RoomAffiliation::Member) {
                    let insert = sqlx::query(db.sql(INSERT_AFFILIATION)).bind(room_id).bind(address);
                    insert.bind(listed.code()).execute(&mut *tx).await?;
                }
                if affiliation.is_some_and(|affiliation| has_member_line(affiliation, nickname)) {
                    let select = sqlx::query_scalar(db.sql(SELECT_MEMBER)).bind(room_id).bind(address);
                    let found: Option<Int> = select.fetch_optional(&mut *tx).await?;
                    let sql = if found.is_some() { UPDATE_MEMBER } else { INSERT_MEMBER };
                    sqlx::query(db.sql(sql)).bind(nickname).bind(room_id).bind(address).execute(&mut *tx).await?;
                } else {
                    sqlx::query(db.sql(DELETE_MEMBER)).bind(room_id).bind(address).execute(&mut *tx).await?;
                }
                tx.commit().await
            })
        })
        .await
    }
}
