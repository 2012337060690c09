//! Connections that were in use a moment ago, kept apart from the pool.
//!
//! The pool asks the server whether a connection is still there before it hands it out, and again when it comes back:
//! two round trips around a statement that takes one. What may be done twice takes a connection from here without asking
//! and is done again if the connection turns out to be gone ([`Store::repeatable`](crate::Store::repeatable)).

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use cobnut_model::limits;
use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};

/// See the module.
pub(crate) struct Warm<DB: Database> {
    /// The one used last at the end; `None` once the pool is to close.
    kept: Mutex<Option<Vec<Kept<DB>>>>,
}

struct Kept<DB: Database> {
    connection: PoolConnection<DB>,
    used_at: Instant,
}

impl<DB: Database> Kept<DB> {
    fn is_warm(&self) -> bool {
        self.used_at.elapsed() <= limits::DATABASE_WARM_TIME
    }
}

impl<DB: Database> std::fmt::Debug for Warm<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Warm").finish_non_exhaustive()
    }
}

impl<DB: Database> Warm<DB> {
    pub(crate) fn new() -> Self {
        Self { kept: Mutex::new(Some(Vec::new())) }
    }

    /// A connection that answered a moment ago, or one of the pool.
    pub(crate) async fn take(&self, pool: &Pool<DB>) -> Result<PoolConnection<DB>, sqlx::Error> {
        match self.with(Vec::pop).flatten().filter(Kept::is_warm) {
            Some(kept) => Ok(kept.connection),
            None => pool.acquire().await,
        }
    }

    /// Keeps a connection that has just answered and has nothing left to say. The rest, and any whose statement failed or
    /// was given up, goes back to the pool, which looks after it.
    pub(crate) fn keep(&self, connection: PoolConnection<DB>) {
        self.with(|kept| {
            if kept.len() < limits::DATABASE_WARM_MAX {
                kept.push(Kept { connection, used_at: Instant::now() });
            }
        });
    }

    /// Gives back what was not used lately.
    pub(crate) fn cool(&self) {
        self.with(|kept| kept.retain(Kept::is_warm));
    }

    /// Gives everything back.
    pub(crate) fn clear(&self) {
        drop(self.with(std::mem::take));
    }

    /// Gives everything back and keeps nothing from now on.
    pub(crate) fn end(&self) {
        drop(self.kept.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    fn with<R>(&self, work: impl FnOnce(&mut Vec<Kept<DB>>) -> R) -> Option<R> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(work)
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Sqlite, SqlitePool};

    use super::*;

    async fn pool() -> SqlitePool {
        sqlx::sqlite::SqlitePoolOptions::new()
            .max_connections(2)
            .connect("sqlite::memory:")
            .await
            .expect("pool")
    }

    #[tokio::test]
    async fn a_connection_is_used_again_until_it_is_given_back() {
        let (pool, warm) = (pool().await, Warm::<Sqlite>::new());
        let mut connection = warm.take(&pool).await.expect("first");
        connection.ping().await.expect("ping");
        warm.keep(connection);
        assert_eq!(pool.num_idle(), 0, "the pool does not have it");
        let connection = warm.take(&pool).await.expect("again");
        assert_eq!(pool.size(), 1, "the same one");
        warm.keep(connection);
        warm.cool();
        assert_eq!(warm.with(|kept| kept.len()), Some(1), "it was used a moment ago");
        warm.clear();
        assert_eq!(warm.with(|kept| kept.len()), Some(0));
    }

    #[tokio::test]
    async fn a_pool_closes_with_all_its_connections() {
        let (pool, warm) = (pool().await, Warm::<Sqlite>::new());
        warm.keep(warm.take(&pool).await.expect("idle"));
        let in_use = warm.take(&pool).await.expect("idle");
        warm.keep(warm.take(&pool).await.expect("another"));
        warm.end();
        warm.keep(in_use);
        pool.close().await;
        assert_eq!(pool.size(), 0);
    }
}
