//! A database for one test, and values to put into it.

use std::str::FromStr;
use std::sync::LazyLock;

use cobnut_model::{ScramKeys, ScramMechanism, UnixMillis, User};
use cobnut_store::{CreateUser, Store};
use cobnut_test_support::{MariaDb, Postgres};
use jid::BareJid;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection, SqliteConnection};

use crate::openfire::Flavour;

/// A database that goes away with this value.
pub(crate) struct Database {
    /// How to open it.
    pub(crate) url: String,
    _guard: Guard,
}

/// What keeps a database alive.
#[expect(dead_code, reason = "held for their destructors")]
enum Guard {
    Folder(tempfile::TempDir),
    /// The server is shared by all cases and ends with the process.
    Shared,
}

/// One server for all cases of this process. A static is never dropped; the server's supervisor notices the end.
static MARIADB: LazyLock<Option<MariaDb>> = LazyLock::new(MariaDb::start);

static POSTGRES: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start);

/// The PostgreSQL server that the cases share.
pub(crate) fn postgres_server() -> Option<&'static Postgres> {
    POSTGRES.as_ref()
}

/// The server that the cases share, for those that have to prepare or look into a database by other means.
pub(crate) fn mariadb_server() -> Option<&'static MariaDb> {
    MARIADB.as_ref()
}

impl Database {
    /// A new SQLite file.
    #[expect(clippy::unnecessary_wraps, reason = "the same shape as engines that may be missing")]
    pub(crate) fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
        Some(Self { url, _guard: Guard::Folder(folder) })
    }

    /// A new database on the shared MariaDB; `None` (said loudly) if it is not installed.
    pub(crate) fn mariadb() -> Option<Self> {
        let server = mariadb_server()?;
        let url = server.url(&server.create_database());
        Some(Self { url, _guard: Guard::Shared })
    }

    /// A new database on the shared PostgreSQL; `None` (said loudly) if it is not installed.
    pub(crate) fn postgres() -> Option<Self> {
        let server = postgres_server()?;
        let url = server.url(&server.create_database());
        Some(Self { url, _guard: Guard::Shared })
    }

    /// A further empty database on the same engine.
    pub(crate) fn another(&self) -> Self {
        let another = match Flavour::of_url(&self.url) {
            Flavour::Sqlite => Self::sqlite(),
            Flavour::MySql => Self::mariadb(),
            Flavour::Postgres => Self::postgres(),
        };
        another.expect("the engine is there")
    }

    /// A handle on it.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url).await.expect("open")
    }
}

/// Runs statements past the store, as Openfire or an operator would.
pub(crate) async fn execute(url: &str, sql: &str) {
    if url.starts_with("sqlite:") {
        execute_on(SqliteConnection::connect(url).await.expect("connect"), sql).await;
    } else if url.starts_with("mysql:") {
        execute_on(MySqlConnection::connect(url).await.expect("connect"), sql).await;
    } else {
        execute_on(PgConnection::connect(url).await.expect("connect"), sql).await;
    }
}

async fn execute_on<C>(mut connection: C, sql: &str)
where
    C: sqlx::Connection,
    for<'c> &'c mut C: sqlx::Executor<'c, Database = C::Database>,
{
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect("execute");
    connection.close().await.expect("close");
}

/// Runs one statement past the store and tells how many rows it changed.
pub(crate) async fn changed(url: &str, sql: String) -> u64 {
    let sql = AssertSqlSafe(sql);
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.expect("connect");
        sqlx::query(sql).execute(&mut connection).await.expect("execute").rows_affected()
    } else if url.starts_with("mysql:") {
        let mut connection = MySqlConnection::connect(url).await.expect("connect");
        sqlx::query(sql).execute(&mut connection).await.expect("execute").rows_affected()
    } else {
        let mut connection = PgConnection::connect(url).await.expect("connect");
        sqlx::query(sql).execute(&mut connection).await.expect("execute").rows_affected()
    }
}

/// Reads one number past the store.
pub(crate) async fn number(url: &str, sql: &'static str) -> i64 {
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.expect("connect");
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("number")
    } else if url.starts_with("mysql:") {
        let mut connection = MySqlConnection::connect(url).await.expect("connect");
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("number")
    } else {
        let mut connection = PgConnection::connect(url).await.expect("connect");
        let as_bigint = format!("SELECT CAST(({sql}) AS BIGINT)");
        sqlx::query_scalar(AssertSqlSafe(as_bigint)).fetch_one(&mut connection).await.expect("number")
    }
}

pub(crate) fn jid(text: &str) -> BareJid {
    BareJid::from_str(text).expect("jid")
}

pub(crate) fn user(username: &str) -> User {
    User {
        username: username.to_owned(),
        name: Some(format!("Name of {username}")),
        email: None,
        created_at: UnixMillis(1_735_689_600_000),
        modified_at: UnixMillis(1_735_689_600_001),
    }
}

pub(crate) fn keys(mechanism: ScramMechanism, fill: u8) -> ScramKeys {
    let len = if mechanism == ScramMechanism::Sha1 { 20 } else { 32 };
    ScramKeys {
        mechanism,
        salt: vec![fill; 24],
        iterations: 4096,
        stored_key: vec![fill ^ 1; len],
        server_key: vec![fill ^ 2; len],
    }
}

pub(crate) fn both_keys(fill: u8) -> Vec<ScramKeys> {
    vec![keys(ScramMechanism::Sha1, fill), keys(ScramMechanism::Sha256, fill)]
}

pub(crate) async fn create(store: &Store, username: &str) {
    let created = store.create_user(&user(username), &both_keys(7)).await.expect("create");
    assert_eq!(created, CreateUser::Created);
}
