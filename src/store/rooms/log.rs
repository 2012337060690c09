//! What was said in rooms: `ofMucConversationLog`.

use cobnut_model::UnixMillis;

use super::clipped;
use crate::backend::{Int, Sql, on_backend, sql};
use crate::ids::IdKind;
use crate::timestamp::{from_column, to_column};
use crate::{Store, StoreError};

const INSERT: Sql = sql!(
    "INSERT INTO ofMucConversationLog (roomID, sender, nickname, logTime, subject, body, messageID, stanza) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
);
/// Before version 24.
const INSERT_OLD: Sql = sql!(
    "INSERT INTO ofMucConversationLog (roomID, sender, nickname, logTime, subject, body) VALUES (?, ?, ?, ?, ?, ?)"
);
// The newest first, by the index over both columns; what was said in the same millisecond is sorted afterwards.
const SELECT_NEWEST: Sql = sql!(
    "SELECT sender, nickname, logTime, subject, body, messageID, stanza FROM ofMucConversationLog \
    WHERE roomID = ? AND logTime >= ? AND (nickname IS NOT NULL OR subject IS NOT NULL) \
    ORDER BY logTime DESC LIMIT ?"
);
const SELECT_NEWEST_OLD: Sql = sql!(
    "SELECT sender, nickname, logTime, subject, body, 0, NULL FROM ofMucConversationLog \
    WHERE roomID = ? AND logTime >= ? AND (nickname IS NOT NULL OR subject IS NOT NULL) \
    ORDER BY logTime DESC LIMIT ?"
);
pub(super) const DELETE: Sql = sql!("DELETE FROM ofMucConversationLog WHERE roomID = ?");

/// Characters that the columns hold.
const NICKNAME_CHARS: usize = 255;
const SUBJECT_CHARS: usize = 255;
/// Bytes that MySQL's TEXT holds.
const TEXT_BYTES: usize = 65_535;

/// Something said in a room, or its subject set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomLogEntry {
    /// [`super::Room::id`].
    pub room_id: i64,
    /// Openfire's `messageID`, from [`Store::take_room_message_ids`]; 0 in a database before version 24.
    pub id: i64,
    /// Who really said it; the room itself where the service did.
    pub sender: String,
    /// How the room knew them.
    pub nickname: Option<String>,
    /// When.
    pub at: UnixMillis,
    /// The subject, if one was set.
    pub subject: Option<String>,
    /// The text.
    pub body: Option<String>,
    /// The whole message; `None` in a database before version 24, or if it was too long.
    pub stanza: Option<String>,
}

pub(super) type LogRow =
    (String, Option<String>, String, Option<String>, Option<String>, Int, Option<String>);

pub(super) fn from_row(room_id: i64, row: LogRow) -> RoomLogEntry {
    let (sender, nickname, at, subject, body, id, stanza) = row;
    RoomLogEntry { room_id, id: id.0, sender, nickname, at: from_column(&at), subject, body, stanza }
}

/// As much of a text as its column holds, without cutting a character in two.
fn within_text(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_BYTES)).unwrap_or(text)
}

impl Store {
    /// Numbers for messages in rooms, as Openfire gives them (`ofID`, type 27).
    pub async fn take_room_message_ids(&self, count: usize) -> Result<Vec<i64>, StoreError> {
        Ok(self.take_ids(IdKind::RoomMessage, count).await?.collect())
    }

    /// Writes what was said, as one transaction. Nicknames, subjects and texts that are longer than their columns are
    /// cut, whole messages left out: what people said is worth more than what does not fit.
    pub async fn log_room_messages(&self, entries: &[RoomLogEntry]) -> Result<(), StoreError> {
        let has_stanza = self.shared.shape.has_room_log_stanza;
        if entries.is_empty() || !self.shared.shape.has_room_log {
            return Ok(());
        }
        self.run("log_room_messages", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                for entry in entries {
                    let insert = sqlx::query(db.sql(if has_stanza { INSERT } else { INSERT_OLD }))
                        .bind(entry.room_id)
                        .bind(&entry.sender)
                        .bind(entry.nickname.as_deref().map(|nickname| clipped(nickname, NICKNAME_CHARS)))
                        .bind(to_column(entry.at))
                        .bind(entry.subject.as_deref().map(|subject| clipped(subject, SUBJECT_CHARS)))
                        .bind(entry.body.as_deref().map(within_text));
                    let stanza = entry.stanza.as_deref().filter(|stanza| stanza.len() <= TEXT_BYTES);
                    let insert = if has_stanza { insert.bind(entry.id).bind(stanza) } else { insert };
                    insert.execute(&mut *tx).await?;
                }
                tx.commit().await
            })
        })
        .await
    }

    /// The newest `count` entries of a room ([`super::Room::id`]) not older than `since`, the oldest first.
    pub async fn room_history(
        &self,
        room_id: i64,
        count: u32,
        since: UnixMillis,
    ) -> Result<Vec<RoomLogEntry>, StoreError> {
        let shape = &self.shared.shape;
        if !shape.has_room_log {
            return Ok(Vec::new());
        }
        let select = if shape.has_room_log_stanza { SELECT_NEWEST } else { SELECT_NEWEST_OLD };
        let rows = self.run("room_history", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_as(db.sql(select)).bind(room_id).bind(to_column(since));
                query.bind(i64::from(count)).fetch_all(&db.reader()).await
            })
        });
        let mut entries: Vec<RoomLogEntry> =
            rows.await?.into_iter().map(|row| from_row(room_id, row)).collect();
        entries.sort_by_key(|entry| (entry.at, entry.id));
        Ok(entries)
    }
}
