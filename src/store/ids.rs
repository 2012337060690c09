//! Identifiers of roster items, messages and rooms, allocated as Openfire allocates them (`ofID`).
//!
//! A block is taken with an update that only succeeds if nobody took one in between, so nodes and an Openfire beside
//! them never get the same number. Numbers of a block that are not used before a restart are lost, as in Openfire.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use cobnut_model::limits;

use crate::backend::{Int, Sql, on_backend, sql};
use crate::error::is_duplicate;
use crate::{Store, StoreError};

const SELECT_ID: Sql = sql!("SELECT id FROM ofID WHERE idType = ?");
const UPDATE_ID: Sql = sql!("UPDATE ofID SET id = ? WHERE idType = ? AND id = ?");
const INSERT_ID: Sql = sql!("INSERT INTO ofID (idType, id) VALUES (?, 1)");

/// What a number is for: `ofID.idType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum IdKind {
    /// `ofRoster.rosterID`.
    RosterItem,
    /// `ofOffline.messageID`.
    OfflineMessage,
    /// `ofMucRoom.roomID`.
    Room,
    /// `ofMucConversationLog.messageID`.
    RoomMessage,
}

impl IdKind {
    fn code(self) -> i32 {
        match self {
            Self::RosterItem => 18,
            Self::OfflineMessage => 19,
            Self::Room => 23,
            Self::RoomMessage => 27,
        }
    }
}

/// The numbers that this process holds.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// Free numbers by kind, the next one last.
    free: Mutex<HashMap<IdKind, Vec<i64>>>,
}

impl Ids {
    fn take(&self, kind: IdKind) -> Option<i64> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&kind).and_then(Vec::pop)
    }

    /// Gives back numbers that were not used after all.
    pub(crate) fn put_back(&self, kind: IdKind, ids: impl IntoIterator<Item = i64>) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default().extend(ids);
    }
}

impl Store {
    /// The next free number. Must not be called inside a transaction: SQLite has one writing connection.
    pub(crate) async fn take_id(&self, kind: IdKind) -> Result<i64, StoreError> {
        loop {
            if let Some(id) = self.shared.ids.take(kind) {
                return Ok(id);
            }
            if let Some(first) = self.run("take_id_block", || self.take_block(kind, limits::ID_BLOCK)).await?
            {
                self.shared.ids.put_back(kind, (first..first + limits::ID_BLOCK).rev());
            }
        }
    }

    /// As many numbers as are asked for, in one block. Must not be called inside a transaction either.
    pub(crate) async fn take_ids(&self, kind: IdKind, count: usize) -> Result<Range<i64>, StoreError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        if count == 0 {
            return Ok(0..0);
        }
        loop {
            if let Some(first) = self.run("take_id_block", || self.take_block(kind, count)).await? {
                return Ok(first..first + count);
            }
        }
    }

    /// Tries once to take a block; returns its first number unless another node was faster.
    async fn take_block(&self, kind: IdKind, size: i64) -> Result<Option<i64>, sqlx::Error> {
        on_backend!(&self.shared.engine, db => {
            let next: Option<Int> =
                sqlx::query_scalar(db.sql(SELECT_ID)).bind(kind.code()).fetch_optional(&db.reader()).await?;
            let Some(Int(next)) = next else {
                return match sqlx::query(db.sql(INSERT_ID)).bind(kind.code()).execute(&db.writer()).await {
                    Err(err) if !is_duplicate(&err) => Err(err),
                    _ => Ok(None),
                };
            };
            let update = sqlx::query(db.sql(UPDATE_ID)).bind(next.saturating_add(size)).bind(kind.code()).bind(next);
            let changed = update.execute(&db.writer()).await?.rows_affected();
            Ok((changed == 1).then_some(next))
        })
    }
}
