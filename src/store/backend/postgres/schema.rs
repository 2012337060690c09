//! Looks at the tables of a database and fills a fresh one.

use cobnut_model::limits;
use sqlx::{Connection, PgConnection};

use super::PostgresBackend;
use super::connect::connect_within;
use crate::backend::{Migration, migrations};
use crate::schema::{CREATE_MIGRATION_TABLE, INSERT_MIGRATION, SELECT_MIGRATIONS, Tables};

pub(crate) const MIGRATIONS: &[Migration] = migrations!("postgres":
    1 "users", 2 "rosters", 3 "groups", 4 "user_data", 5 "server", 6 "rooms", 7 "pubsub");

// The catalogue rather than information_schema: that one hides tables on which the account has no rights, and a
// database that looks fresh would be filled. Names are folded to lower case, and found through the search path.
const SELECT_COLUMNS: &str = "SELECT t.relname::text, c.attname::text FROM pg_catalog.pg_attribute c \
    JOIN pg_catalog.pg_class t ON t.oid = c.attrelid JOIN pg_catalog.pg_namespace s ON s.oid = t.relnamespace \
    WHERE s.nspname = ANY (current_schemas(false)) AND t.relkind IN ('r', 'p', 'v', 'f') \
    AND c.attnum > 0 AND NOT c.attisdropped AND (t.relname LIKE 'of%' OR t.relname LIKE 'cobnut%')";
/// Waits until no other node migrates this database; released with the transaction. The number is ours.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7235914001)";

impl PostgresBackend {
    /// Looks at the tables and changes nothing.
    pub(crate) async fn look(&self) -> Result<Tables, sqlx::Error> {
        let mut connection = connect_within(&self.options, limits::DATABASE_CONNECT_TIMEOUT).await?;
        let tables = columns(&mut connection).await?;
        connection.close().await?;
        Ok(tables)
    }

    /// Looks at the tables; applies the missing migrations first if the database is fresh or was made by us.
    ///
    /// All of it is one transaction behind an advisory lock: nodes wait for one another, and a crash in the middle
    /// leaves an empty database.
    pub(crate) async fn prepare(&self) -> Result<Tables, sqlx::Error> {
        let mut connection = connect_within(&self.options, limits::DATABASE_CONNECT_TIMEOUT).await?;
        let mut tables = columns(&mut connection).await?;
        if tables.is_ours_to_migrate() {
            migrate(&mut connection).await?;
            tables = columns(&mut connection).await?;
        }
        connection.close().await?;
        Ok(tables)
    }
}

async fn columns(connection: &mut PgConnection) -> Result<Tables, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(SELECT_COLUMNS).fetch_all(connection).await?;
    Ok(Tables::from_columns(rows))
}

async fn migrate(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut tx = connection.begin().await?;
    sqlx::query(LOCK).execute(&mut *tx).await?;
    if !columns(&mut tx).await?.is_ours_to_migrate() {
        return Ok(());
    }
    // Every statement says "if not exists"; the notices about what exists would fill the log.
    sqlx::query("SET LOCAL client_min_messages = warning").execute(&mut *tx).await?;
    sqlx::raw_sql(CREATE_MIGRATION_TABLE).execute(&mut *tx).await?;
    let done: Vec<i32> = sqlx::query_scalar(SELECT_MIGRATIONS.numbered).fetch_all(&mut *tx).await?;
    for migration in MIGRATIONS.iter().filter(|migration| !done.contains(&migration.number)) {
        sqlx::raw_sql(migration.sql).execute(&mut *tx).await?;
        let insert = sqlx::query(INSERT_MIGRATION.numbered).bind(migration.number).bind(migration.name);
        insert.execute(&mut *tx).await?;
        tracing::info!(backend = "postgres", version = migration.number, "migration applied");
    }
    tx.commit().await
}
