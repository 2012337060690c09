//! Opens the file.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use cobnut_model::limits;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::errors::is_unopenable;
use super::sql::DIALECT;
use crate::StoreError;
use crate::backend::{Dialect, Sql};
use crate::error::{ErrorClass, classify};

/// The pools of one file.
#[derive(Debug)]
pub(crate) struct SqliteBackend {
    pub(super) readers: SqlitePool,
    pub(super) writer: SqlitePool,
}

impl SqliteBackend {
    /// Opens or creates the file named by `url`.
    pub(crate) async fn connect(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url).map_err(|err| StoreError::Url(err.to_string()))?;
        let is_memory = url.contains(":memory:") || url.contains("mode=memory");
        if url.contains("mode=rwc") && !is_memory {
            create_file(options.get_filename())?;
        }
        if !is_memory {
            check_file(options.get_filename())?;
        }
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged offline message must survive a power cut, so every commit is flushed.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(limits::DATABASE_BUSY_TIMEOUT)
            // Openfire's tables declare none; ours follow them.
            .foreign_keys(false);
        let writer = open_pool(&options, 1).await?;
        // A database in memory belongs to its connection.
        let readers =
            if is_memory { writer.clone() } else { open_pool(&options, limits::SQLITE_READERS_MAX).await? };
        Ok(Self { readers, writer })
    }

    /// Connections for single reading statements.
    pub(crate) fn reader(&self) -> SqlitePool {
        self.readers.clone()
    }

    /// A connection for a statement that reads.
    pub(crate) async fn warm(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.readers.acquire().await
    }

    /// The connection for a statement that writes.
    pub(crate) async fn warm_writer(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.writer.acquire().await
    }

    /// Takes back a connection that answered. There is no server to ask, so the pool has them without a detour.
    #[expect(clippy::unused_self, reason = "the same shape as the other engines")]
    pub(crate) fn keep(&self, connection: PoolConnection<Sqlite>) {
        drop(connection);
    }

    /// Nothing to be done: the file does not go away.
    #[expect(clippy::unused_self, reason = "the same shape as the other engines")]
    pub(crate) fn distrust(&self) {}

    /// The connection for single writing statements.
    pub(crate) fn writer(&self) -> SqlitePool {
        self.writer.clone()
    }

    /// Begins a transaction that holds the write lock from its start, so that what it reads cannot change.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    /// The text of a statement that all engines share.
    #[expect(clippy::unused_self, reason = "the same shape as the other engines")]
    pub(crate) fn sql(&self, statement: Sql) -> &'static str {
        statement.questions
    }

    /// The statements that differ between engines.
    #[expect(clippy::unused_self, reason = "the same shape as the other engines")]
    pub(crate) fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    /// Longest time that one operation may take, waiting for the one writer included.
    #[expect(clippy::unused_self, reason = "the same shape as the other engines")]
    pub(crate) fn operation_timeout(&self) -> Duration {
        limits::SQLITE_OPERATION_TIMEOUT
    }

    /// Checks that the file can be read. Readers that are all at work are an answer too: a queue under load must
    /// not look like a lost database.
    pub(crate) async fn probe(&self) -> Result<(), sqlx::Error> {
        if self.readers.is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        match self.readers.try_acquire() {
            Some(mut idle) => {
                sqlx::query("SELECT COUNT(*) FROM ofVersion").execute(&mut *idle).await.map(drop)
            }
            None => Ok(()),
        }
    }

    /// A file has no connections that look alive and are not.
    #[expect(clippy::unused_self, reason = "the same shape as the other engines")]
    pub(crate) fn renew(&self) {}

    /// Closes all connections.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes the folder and an empty file that only its owner can read: keys and secrets go into it, and SQLite would
/// make it readable for everybody. The files beside it get the same mode from SQLite.
fn create_file(file: &Path) -> Result<(), StoreError> {
    let failed = |what: &str, err: std::io::Error| {
        StoreError::Url(format!("cannot create {what} {}: {err}", file.display()))
    };
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|err| failed("the folder of", err))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(err) if err.kind() != std::io::ErrorKind::AlreadyExists => Err(failed("the file", err)),
        _ => Ok(()),
    }
}

/// Says why a file cannot be opened; SQLite only says that it cannot, whatever the reason.
fn check_file(file: &Path) -> Result<(), StoreError> {
    match std::fs::metadata(file) {
        Ok(found) if found.is_dir() => {
            Err(StoreError::Url(format!("{} is a folder; name the file in it", file.display())))
        }
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Err(StoreError::Url(format!(
            "there is no file {}; with ?mode=rwc at the end of the URL it is created",
            file.display()
        ))),
        _ => std::fs::File::open(file)
            .map(drop)
            .map_err(|err| StoreError::Url(format!("cannot open the file {}: {err}", file.display()))),
    }
}

/// Opens a pool and its first connection. Switching a new file to WAL fails at once while another process does the
/// same, whatever the busy timeout, hence the retries.
async fn open_pool(options: &SqliteConnectOptions, size: u32) -> Result<SqlitePool, StoreError> {
    let deadline = tokio::time::Instant::now() + limits::DATABASE_BUSY_TIMEOUT;
    loop {
        let pool = SqlitePoolOptions::new()
            .max_connections(size)
            .acquire_timeout(limits::SQLITE_OPERATION_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await;
        match pool {
            Ok(pool) => return Ok(pool),
            Err(err) if classify(&err) == ErrorClass::Retry && tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(rand::random_range(5..50))).await;
            }
            Err(err) if is_unopenable(&err) => return Err(StoreError::Connect(err)),
            Err(err) => return Err(StoreError::from_connecting(err)),
        }
    }
}
