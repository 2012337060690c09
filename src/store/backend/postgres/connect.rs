//! Opens the pool.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use cobnut_model::limits;
use cobnut_net::within;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::Mutex;

use super::sql::DIALECT;
use crate::StoreError;
use crate::backend::warm::Warm;
use crate::backend::{Dialect, Sql};

/// A lock that is held for long is an error that is tried again, as on the other engines.
const SESSION_SETTINGS: &str = "SET lock_timeout = '5s'";

/// The pool of one database.
#[derive(Debug)]
pub(crate) struct PostgresBackend {
    /// Replaced after an outage; see [`PostgresBackend::renew`].
    pool: ArcSwap<PgPool>,
    warm: Warm<Postgres>,
    pub(super) options: PgConnectOptions,
    /// A connection of its own for the health probe: a busy pool is not a lost database.
    probe: Mutex<Option<PgConnection>>,
}

impl PostgresBackend {
    /// Connects to the database named by `url`.
    pub(crate) async fn connect(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|err| StoreError::Url(err.to_string()))?
            .application_name("cobnut");
        if options.get_database().is_none_or(str::is_empty) {
            return Err(StoreError::Url(
                "it names no database; postgres://user:password@host/NAME does".to_owned(),
            ));
        }
        // The pool would hide the reason of a failure behind its own timeout.
        let first = connect_within(&options, limits::DATABASE_CONNECT_TIMEOUT)
            .await
            .map_err(StoreError::from_connecting)?;
        let pool = ArcSwap::from_pointee(lazy_pool(&options));
        Ok(Self { pool, warm: Warm::new(), options, probe: Mutex::new(Some(first)) })
    }

    /// Connections for single reading statements.
    pub(crate) fn reader(&self) -> PgPool {
        PgPool::clone(&self.pool.load())
    }

    /// A connection for a statement that may be done twice. Whoever is done gives it to [`Self::keep`].
    pub(crate) async fn warm(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.warm.take(&self.pool.load()).await
    }

    /// [`Self::warm`] for a statement that writes.
    pub(crate) async fn warm_writer(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.warm().await
    }

    /// Takes back a connection that answered.
    pub(crate) fn keep(&self, connection: PoolConnection<Postgres>) {
        self.warm.keep(connection);
    }

    /// A connection of [`Self::warm`] is gone; others may be, too.
    pub(crate) fn distrust(&self) {
        self.warm.clear();
    }

    /// Connections for single writing statements.
    pub(crate) fn writer(&self) -> PgPool {
        self.reader()
    }

    /// Begins a transaction. What must not change while it runs is read with `FOR UPDATE`.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.reader().begin().await
    }

    /// The text of a statement that all engines share.
    #[expect(clippy::unused_self, reason = "the same shape as the other engines")]
    pub(crate) fn sql(&self, statement: Sql) -> &'static str {
        statement.numbered
    }

    /// The statements that differ between engines.
    #[expect(clippy::unused_self, reason = "the same shape as the other engines")]
    pub(crate) fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    /// Longest time that one operation may take.
    #[expect(clippy::unused_self, reason = "the same shape as the other engines")]
    pub(crate) fn operation_timeout(&self) -> Duration {
        limits::DATABASE_OPERATION_TIMEOUT
    }

    /// Checks that the database answers, over a connection that is made anew once if it broke.
    pub(crate) async fn probe(&self) -> Result<(), sqlx::Error> {
        if self.pool.load().is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        self.warm.cool();
        let mut slot = self.probe.lock().await;
        if let Some(mut connection) = slot.take()
            && connection.ping().await.is_ok()
        {
            *slot = Some(connection);
            return Ok(());
        }
        *slot = Some(connect_within(&self.options, limits::DATABASE_CONNECT_TIMEOUT).await?);
        Ok(())
    }

    /// Begins a new pool. After an outage the connections of the old one may look alive and never answer, and it
    /// waits for them before it gives their places to others.
    pub(crate) fn renew(&self) {
        self.warm.clear();
        drop(self.pool.swap(Arc::new(lazy_pool(&self.options))));
    }

    /// Closes all connections; those that do not answer are left to the system.
    pub(crate) async fn close(&self) {
        let close = async {
            self.warm.end();
            self.reader().close().await;
            if let Some(connection) = self.probe.lock().await.take() {
                // The server drops the connection anyway when the socket closes.
                drop(connection.close().await);
            }
        };
        if tokio::time::timeout(limits::DATABASE_PROBE_TIMEOUT, close).await.is_err() {
            tracing::debug!("connections of the database did not close in time");
        }
    }
}

fn lazy_pool(options: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(limits::DATABASE_CONNECTIONS_MAX)
        .acquire_timeout(limits::DATABASE_POOL_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SESSION_SETTINGS).await.map(drop) })
        })
        .connect_lazy_with(options.clone())
}

/// One connection outside the pool.
pub(super) async fn connect_within(
    options: &PgConnectOptions,
    patience: Duration,
) -> Result<PgConnection, sqlx::Error> {
    let connect = within(patience, PgConnection::connect_with(options)).await;
    connect.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
