//! The handle on a database: opening, closing, and the way every operation runs.

use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use cobnut_model::limits;
use cobnut_net::{Metrics, Tasks, within};
use cobnut_openfire::{Encryption, UserPasswords};
use tokio::sync::watch;

use crate::StoreError;
use crate::backend::{Engine, MySqlBackend, PostgresBackend, SqliteBackend, on_backend};
use crate::error::{ErrorClass, classify};
use crate::health::{Health, HealthState, probe_until_closed};
use crate::ids::Ids;
use crate::metrics::StoreMetrics;
use crate::schema::{self, Shape};

/// Which database engine is behind a [`Store`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// SQLite, embedded.
    Sqlite,
    /// MySQL or MariaDB.
    MySql,
    /// PostgreSQL.
    Postgres,
}

/// A handle on the database, cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

/// What all handles on one database share.
pub(crate) struct Shared {
    pub engine: Engine,
    pub shape: Shape,
    pub health: Arc<HealthState>,
    pub ids: Ids,
    pub domain: OnceLock<String>,
    pub encryption: Encryption,
    pub user_passwords: Mutex<Option<(String, UserPasswords)>>,
    metrics: StoreMetrics,
    tasks: Tasks,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.tasks.token().cancel();
    }
}

impl Store {
    /// Opens `url` (as sqlx writes it), applies the migrations if the database is fresh, and checks the schema.
    ///
    /// Several nodes may open the same fresh database at the same moment. A database made by Openfire gets no
    /// migration and its `ofVersion` stays as it is. Must be called inside a tokio runtime.
    ///
    /// Encrypted values are read with the key of an installation that set none; [`Store::open_with`] takes another.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, Encryption::default()).await
    }

    /// The same for an Openfire installation whose `security.xml` says `encryption`.
    pub async fn open_with(url: &str, encryption: Encryption) -> Result<Self, StoreError> {
        let engine = connect(url).await?;
        let shape = schema::prepare(&engine).await?;
        Ok(Self::assemble(engine, shape, encryption))
    }

    /// Opens a database for questions, without making or changing anything in it; `None` if it has no tables yet.
    pub async fn look_into(url: &str, encryption: Encryption) -> Result<Option<Self>, StoreError> {
        let engine = connect(url).await?;
        let tables = on_backend!(&engine, db => db.look().await)
            .map_err(|err| StoreError::from_driver("look", err))?;
        if tables.is_ours_to_migrate() && !tables.has_table("cobnutMigration") {
            on_backend!(&engine, db => db.close().await);
            return Ok(None);
        }
        let shape = schema::Shape::of(&tables)?;
        Ok(Some(Self::assemble(engine, shape, encryption)))
    }

    /// A handle on an engine whose tables are known.
    pub(crate) fn assemble(engine: Engine, shape: Shape, encryption: Encryption) -> Self {
        let shared = Arc::new(Shared {
            engine,
            shape,
            health: Arc::new(HealthState::new()),
            ids: Ids::default(),
            domain: OnceLock::new(),
            encryption,
            user_passwords: Mutex::new(None),
            metrics: StoreMetrics::default(),
            tasks: Tasks::new(),
        });
        let closed = shared.tasks.token().clone();
        let probe = probe_until_closed(Arc::downgrade(&shared), Arc::clone(&shared.health), closed);
        shared.tasks.spawn("store-health", probe);
        Self { shared }
    }

    /// Which engine this is.
    pub fn backend(&self) -> Backend {
        match self.shared.engine {
            Engine::Sqlite(_) => Backend::Sqlite,
            Engine::MySql(_) => Backend::MySql,
            Engine::Postgres(_) => Backend::Postgres,
        }
    }

    /// Checks now that the database answers, whatever [`Store::watch_health`] says.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let probe = async { on_backend!(&self.shared.engine, db => db.probe().await) };
        let answer = within(limits::DATABASE_PROBE_TIMEOUT, probe).await;
        answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|err| StoreError::from_driver("ping", err))
    }

    /// Whether the database answers, as of the last operation or the last background check.
    ///
    /// While it is away every operation fails at once with [`StoreError::Unavailable`] and a background task tries
    /// to reach it with backoff; nobody has to reopen anything.
    pub fn watch_health(&self) -> watch::Receiver<Health> {
        self.shared.health.subscribe()
    }

    /// Adds the store's counters to a registry.
    pub fn register_metrics(&self, metrics: &Metrics) {
        self.shared.metrics.register(metrics);
    }

    /// Closes all connections; operations fail with [`StoreError::Unavailable`] afterwards.
    pub async fn close(&self) {
        self.shared.tasks.shut_down(limits::DATABASE_PROBE_TIMEOUT).await;
        on_backend!(&self.shared.engine, db => db.close().await);
    }

    /// Runs the operation called `query`.
    ///
    /// `attempt` is run again, with a growing random pause, when its transaction lost against another one; so it must
    /// be one statement or one transaction. It is not run again when the connection broke: it may have been committed.
    pub(crate) async fn run<T, F, Fut>(&self, query: &'static str, attempt: F) -> Result<T, StoreError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, sqlx::Error>>,
    {
        let patience = on_backend!(&self.shared.engine, db => db.operation_timeout());
        self.run_within(patience, query, attempt).await
    }

    /// [`Self::run`] for what may be done twice, on connections that the engine's `warm` gives.
    pub(crate) async fn repeatable<T, F, Fut>(&self, query: &'static str, attempt: F) -> Result<T, StoreError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, sqlx::Error>>,
    {
        let attempt = &attempt;
        self.run(query, || async move {
            match attempt().await {
                Err(err) if classify(&err) == ErrorClass::Away => {
                    on_backend!(&self.shared.engine, db => db.distrust());
                    attempt().await
                }
                outcome => outcome,
            }
        })
        .await
    }

    /// [`Self::run`] with another limit of time.
    pub(crate) async fn run_within<T, F, Fut>(
        &self,
        patience: Duration,
        query: &'static str,
        attempt: F,
    ) -> Result<T, StoreError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, sqlx::Error>>,
    {
        let shared = &*self.shared;
        if shared.health.is_down() {
            return Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut));
        }
        let started = Instant::now();
        let outcome = tokio::select! {
            outcome = within(patience, self.with_retries(query, attempt)) => {
                outcome.unwrap_or(Err(sqlx::Error::PoolTimedOut))
            }
            () = shared.health.went_down() => Err(sqlx::Error::PoolTimedOut),
        };
        shared.metrics.observe(query, started.elapsed(), outcome.is_ok());
        outcome.map_err(|err| {
            if classify(&err) == ErrorClass::Away {
                shared.health.suspect();
            }
            StoreError::from_driver(query, err)
        })
    }

    async fn with_retries<T, F, Fut>(&self, query: &'static str, attempt: F) -> Result<T, sqlx::Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, sqlx::Error>>,
    {
        let mut retries = 0;
        loop {
            match attempt().await {
                Err(err) if classify(&err) == ErrorClass::Retry && retries < limits::DATABASE_RETRIES_MAX => {
                    retries += 1;
                    self.shared.metrics.retried(query);
                    let pause_ms = rand::random_range(1..=(4 << retries));
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Connects to the engine that the URL names.
pub(crate) async fn connect(url: &str) -> Result<Engine, StoreError> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => Ok(Engine::Sqlite(SqliteBackend::connect(url).await?)),
        Some("mysql" | "mariadb") => Ok(Engine::MySql(Box::new(MySqlBackend::connect(url).await?))),
        Some("postgres" | "postgresql") => {
            Ok(Engine::Postgres(Box::new(PostgresBackend::connect(url).await?)))
        }
        // The URL may hold a password, so only its scheme is repeated.
        scheme => Err(StoreError::Url(format!(
            "scheme {:?} is not known; use sqlite:, mysql: or postgres:",
            scheme.unwrap_or_default()
        ))),
    }
}
