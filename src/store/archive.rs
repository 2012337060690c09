//! Messages in the archives of accounts (XEP-0313): `cobnutArchive`, a table of ours.
//!
//! A message has a row in each archive that it is in. Rows are ordered by their number, which tells the time as well.

use crate::backend::{Int, Sql, on_backend, sql};
use crate::{Store, StoreError};

/// Characters that the columns hold.
const OWNER_CHARS: usize = 64;
const PEER_CHARS: usize = 512;

/// A message in one archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRow {
    /// The user name of the account whose archive it is.
    pub owner: String,
    /// Its number, from 1 upwards, unique for its owner.
    pub number: i64,
    /// With whom it was exchanged: a bare JID.
    pub peer: String,
    /// The resource of the other side; empty if there was none.
    pub resource: String,
    /// The whole message.
    pub stanza: String,
}

/// A part of one archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveSpan {
    /// Whose archive.
    pub owner: String,
    /// Bare JID and resource of the other side; both may be left open.
    pub with: Option<(String, Option<String>)>,
    /// After this number.
    pub after: i64,
    /// Before this number.
    pub before: i64,
    /// Whether the newest are wanted, the newest first.
    pub is_newest_first: bool,
    /// Most messages.
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "SELECT id, peer, resource, stanza"
    };
}
macro_rules! within {
    () => {
        " FROM cobnutArchive WHERE owner = ? AND id > ? AND id < ?"
    };
}
macro_rules! with_account {
    () => {
        " AND peer = ?"
    };
}
macro_rules! with_session {
    () => {
        " AND peer = ? AND resource = ?"
    };
}
macro_rules! oldest {
    () => {
        " ORDER BY id LIMIT ?"
    };
}
macro_rules! newest {
    () => {
        " ORDER BY id DESC LIMIT ?"
    };
}

/// The statements for messages with somebody.
struct Statements {
    count: Sql,
    oldest: Sql,
    newest: Sql,
}

const WITH_ALL: Statements = Statements {
    count: sql!(concat!("SELECT COUNT(*)", within!())),
    oldest: sql!(concat!(columns!(), within!(), oldest!())),
    newest: sql!(concat!(columns!(), within!(), newest!())),
};
const WITH_ACCOUNT: Statements = Statements {
    count: sql!(concat!("SELECT COUNT(*)", within!(), with_account!())),
    oldest: sql!(concat!(columns!(), within!(), with_account!(), oldest!())),
    newest: sql!(concat!(columns!(), within!(), with_account!(), newest!())),
};
const WITH_SESSION: Statements = Statements {
    count: sql!(concat!("SELECT COUNT(*)", within!(), with_session!())),
    oldest: sql!(concat!(columns!(), within!(), with_session!(), oldest!())),
    newest: sql!(concat!(columns!(), within!(), with_session!(), newest!())),
};
const SELECT_NUMBERED: Sql = sql!(concat!(columns!(), " FROM cobnutArchive WHERE owner = ? AND id = ?"));
const SELECT_STEP: Sql = sql!("SELECT id FROM cobnutArchive WHERE id < ? ORDER BY id LIMIT 1 OFFSET ?");
const DELETE_BEFORE: Sql = sql!("DELETE FROM cobnutArchive WHERE id < ?");
pub(crate) const DELETE_OWNER: Sql = sql!("DELETE FROM cobnutArchive WHERE owner = ?");

/// Number, other side, resource, message.
type Columns = (i64, String, String, String);

fn from_row(owner: &str, (number, peer, resource, stanza): Columns) -> ArchiveRow {
    ArchiveRow { owner: owner.to_owned(), number, peer, resource, stanza }
}

impl ArchiveRow {
    /// Accounts that exist have shorter names.
    fn fits(&self) -> bool {
        self.owner.chars().count() <= OWNER_CHARS && self.peer.chars().count() <= PEER_CHARS
    }
}

impl ArchiveSpan {
    fn statements(&self) -> &'static Statements {
        match &self.with {
            None => &WITH_ALL,
            Some((_, None)) => &WITH_ACCOUNT,
            Some((_, Some(_))) => &WITH_SESSION,
        }
    }
}

/// Binds the values of a span.
macro_rules! bind_span {
    ($query:expr, $span:expr) => {{
        let span: &ArchiveSpan = $span;
        let query = $query.bind(span.owner.as_str()).bind(span.after).bind(span.before);
        match &span.with {
            None => query,
            Some((peer, None)) => query.bind(peer.as_str()),
            Some((peer, Some(resource))) => query.bind(peer.as_str()).bind(resource.as_str()),
        }
    }};
}

impl Store {
    /// Whether the database has a place for archives; without one nothing is kept and nothing found.
    pub fn has_archive(&self) -> bool {
        self.shared.shape.has_archive
    }

    /// Keeps messages, as one transaction. Those of accounts that do not exist, and those that are there already, are left out:
    /// an attempt may be repeated.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn add_to_archives(&self, rows: &[ArchiveRow]) -> Result<(), StoreError> {
        if rows.is_empty() || !self.has_archive() {
            return Ok(());
        }
        self.run("add_to_archives", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                for row in rows.iter().filter(|row| row.fits()) {
                    let insert = sqlx::query(db.dialect().insert_archived)
                        .bind(row.number)
                        .bind(&row.peer)
                        .bind(&row.resource)
                        .bind(&row.stanza)
                        .bind(&row.owner);
                    insert.execute(&mut *tx).await?;
                }
                tx.commit().await
            })
        })
        .await
    }

    /// The messages of a span, from the end that it says on.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn archived(&self, span: &ArchiveSpan) -> Result<Vec<ArchiveRow>, StoreError> {
        if !self.has_archive() {
            return Ok(Vec::new());
        }
        let statements = span.statements();
        let select = if span.is_newest_first { statements.newest } else { statements.oldest };
        let rows = self.run("archived", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = bind_span!(sqlx::query_as(db.sql(select)), span).bind(i64::from(span.limit));
                query.fetch_all(&db.reader()).await
            })
        });
        Ok(rows.await?.into_iter().map(|row| from_row(&span.owner, row)).collect())
    }

    /// How many messages a span has, whatever its limit.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn archived_count(&self, span: &ArchiveSpan) -> Result<u64, StoreError> {
        if !self.has_archive() {
            return Ok(0);
        }
        let count = self.run("archived_count", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = bind_span!(sqlx::query_scalar(db.sql(span.statements().count)), span);
                query.fetch_one(&db.reader()).await
            })
        });
        let count: i64 = count.await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Those messages of an archive that have one of these numbers, in any order.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn archived_numbered(
        &self,
        owner: &str,
        numbers: &[i64],
    ) -> Result<Vec<ArchiveRow>, StoreError> {
        if !self.has_archive() || numbers.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.run("archived_numbered", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut rows: Vec<Columns> = Vec::with_capacity(numbers.len());
                for number in numbers {
                    let query = sqlx::query_as(db.sql(SELECT_NUMBERED)).bind(owner).bind(number);
                    rows.extend(query.fetch_optional(&db.reader()).await?);
                }
                Ok(rows)
            })
        });
        Ok(rows.await?.into_iter().map(|row| from_row(owner, row)).collect())
    }

    /// Removes about `step` of the messages before a number, the oldest of all archives first. Returns how many there were;
    /// 0 when none is left.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn delete_archived_before(&self, number: i64, step: u32) -> Result<u64, StoreError> {
        if !self.has_archive() {
            return Ok(0);
        }
        self.run("delete_archived_before", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let query = sqlx::query_scalar(db.sql(SELECT_STEP)).bind(number).bind(i64::from(step));
                let reached: Option<Int> = query.fetch_optional(&mut *tx).await?;
                let delete = sqlx::query(db.sql(DELETE_BEFORE)).bind(reached.map_or(number, |Int(reached)| reached));
                let deleted = delete.execute(&mut *tx).await?.rows_affected();
                tx.commit().await?;
                Ok(deleted)
            })
        })
        .await
    }
}
