//! Looking up what was said in rooms long ago: `ofMucConversationLog` as an archive (XEP-0313).
//!
//! Messages are ordered by time and number ([`RoomLogEntry::at`], [`RoomLogEntry::id`]). Rows of databases before version 24
//! have no number, so they cannot be asked for, and neither can subjects.

use cobnut_model::UnixMillis;

use super::RoomLogEntry;
use super::log::{LogRow, from_row};
use crate::backend::{Sql, on_backend, sql};
use crate::timestamp::to_column;
use crate::{Store, StoreError};

/// A part of what was said in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomLogSpan {
    /// [`super::Room::id`].
    pub room_id: i64,
    /// Whose messages; everybody's if it does not say.
    pub speaker: Option<RoomSpeaker>,
    /// After the message at this time with this number.
    pub after: (UnixMillis, i64),
    /// Before the message at this time with this number.
    pub before: (UnixMillis, i64),
    /// Whether the newest are wanted, the newest first.
    pub is_newest_first: bool,
    /// Most messages.
    pub limit: u32,
}

/// Who spoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomSpeaker {
    /// Whoever had this nickname.
    Nickname(String),
    /// A person, by bare JID, whatever the nickname was.
    User(String),
}

macro_rules! columns {
    () => {
        "SELECT sender, nickname, logTime, subject, body, messageID, stanza"
    };
}
/// The times twice: once for the index, once with the number within them.
macro_rules! within {
    () => {
        " FROM ofMucConversationLog WHERE roomID = ? AND logTime >= ? AND logTime <= ? \
        AND body IS NOT NULL AND messageID > 0 AND (logTime > ? OR messageID > ?) AND (logTime < ? OR messageID < ?)"
    };
}
macro_rules! by_nickname {
    () => {
        " AND nickname = ?"
    };
}
/// A bare JID, or its first characters.
macro_rules! by_user {
    () => {
        " AND (sender = ? OR SUBSTR(sender, 1, ?) = ?)"
    };
}
macro_rules! oldest {
    () => {
        " ORDER BY logTime, messageID LIMIT ?"
    };
}
macro_rules! newest {
    () => {
        " ORDER BY logTime DESC, messageID DESC LIMIT ?"
    };
}

/// The statements for messages of certain speakers.
struct Statements {
    count: Sql,
    oldest: Sql,
    newest: Sql,
}

const OF_ALL: Statements = Statements {
    count: sql!(concat!("SELECT COUNT(*)", within!())),
    oldest: sql!(concat!(columns!(), within!(), oldest!())),
    newest: sql!(concat!(columns!(), within!(), newest!())),
};
const OF_NICKNAME: Statements = Statements {
    count: sql!(concat!("SELECT COUNT(*)", within!(), by_nickname!())),
    oldest: sql!(concat!(columns!(), within!(), by_nickname!(), oldest!())),
    newest: sql!(concat!(columns!(), within!(), by_nickname!(), newest!())),
};
const OF_USER: Statements = Statements {
    count: sql!(concat!("SELECT COUNT(*)", within!(), by_user!())),
    oldest: sql!(concat!(columns!(), within!(), by_user!(), oldest!())),
    newest: sql!(concat!(columns!(), within!(), by_user!(), newest!())),
};
const SELECT_NUMBERED: Sql =
    sql!(concat!(columns!(), " FROM ofMucConversationLog WHERE roomID = ? AND messageID = ?"));

impl RoomLogSpan {
    fn statements(&self) -> &'static Statements {
        match self.speaker {
            None => &OF_ALL,
            Some(RoomSpeaker::Nickname(_)) => &OF_NICKNAME,
            Some(RoomSpeaker::User(_)) => &OF_USER,
        }
    }
}

/// Binds the values of a span.
macro_rules! bind_span {
    ($query:expr, $span:expr) => {{
        let span: &RoomLogSpan = $span;
        let ((after, after_number), (before, before_number)) = (span.after, span.before);
        let query = $query
            .bind(span.room_id)
            .bind(to_column(after))
            .bind(to_column(before))
            .bind(to_column(after))
            .bind(after_number)
            .bind(to_column(before))
            .bind(before_number);
        match &span.speaker {
            None => query,
            Some(RoomSpeaker::Nickname(nickname)) => query.bind(nickname.as_str()),
            Some(RoomSpeaker::User(user)) => {
                let start = format!("{user}/");
                // PostgreSQL's function takes no wider number.
                let chars = i32::try_from(start.chars().count()).unwrap_or(i32::MAX);
                query.bind(user.as_str()).bind(chars).bind(start)
            }
        }
    }};
}

impl Store {
    /// Whether what was said in rooms can be asked for later: its table has numbers and whole messages.
    pub fn has_room_archive(&self) -> bool {
        self.shared.shape.has_room_log && self.shared.shape.has_room_log_stanza
    }

    /// The messages of a span, from the end that it says on.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn room_archive(&self, span: &RoomLogSpan) -> Result<Vec<RoomLogEntry>, StoreError> {
        if !self.has_room_archive() {
            return Ok(Vec::new());
        }
        let statements = span.statements();
        let select = if span.is_newest_first { statements.newest } else { statements.oldest };
        let rows = self.run("room_archive", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = bind_span!(sqlx::query_as(db.sql(select)), span).bind(i64::from(span.limit));
                query.fetch_all(&db.reader()).await
            })
        });
        Ok(rows.await?.into_iter().map(|row| from_row(span.room_id, row)).collect())
    }

    /// How many messages a span has, whatever its limit.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn room_archive_count(&self, span: &RoomLogSpan) -> Result<u64, StoreError> {
        if !self.has_room_archive() {
            return Ok(0);
        }
        let count = self.run("room_archive_count", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = bind_span!(sqlx::query_scalar(db.sql(span.statements().count)), span);
                query.fetch_one(&db.reader()).await
            })
        });
        let count: i64 = count.await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Those messages of a room that have one of these numbers, in any order; subjects are among them.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn room_archive_numbered(
        &self,
        room_id: i64,
        numbers: &[i64],
    ) -> Result<Vec<RoomLogEntry>, StoreError> {
        if !self.has_room_archive() || numbers.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.run("room_archive_numbered", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut rows: Vec<LogRow> = Vec::with_capacity(numbers.len());
                for number in numbers {
                    let query = sqlx::query_as(db.sql(SELECT_NUMBERED)).bind(room_id).bind(number);
                    rows.extend(query.fetch_optional(&db.reader()).await?);
                }
                Ok(rows)
            })
        });
        Ok(rows.await?.into_iter().map(|row| from_row(room_id, row)).collect())
    }
}
