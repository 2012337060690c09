//! Looks at the tables of a database and fills a fresh one.

use sqlx::{Connection, MySqlConnection};

use super::MySqlBackend;
use super::connect::connect_within;
use crate::backend::{Migration, migrations};
use crate::schema::{CREATE_MIGRATION_TABLE, INSERT_MIGRATION, SELECT_MIGRATIONS, Tables};
use cobnut_model::limits;

pub(crate) const MIGRATIONS: &[Migration] = migrations!("mysql":
    1 "users", 2 "rosters", 3 "groups", 4 "user_data", 5 "server", 6 "rooms", 7 "pubsub");

// MySQL 8 returns names of this view in a binary collation; the casts make them text.
const SELECT_COLUMNS: &str = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) \
    FROM information_schema.columns WHERE table_schema = DATABASE() \
    AND (table_name LIKE 'of%' OR table_name LIKE 'cobnut%')";
const LOCK: &str = "SELECT CAST(GET_LOCK(CONCAT('cobnut.schema.', LEFT(DATABASE(), 40)), 60) AS SIGNED)";

impl MySqlBackend {
    /// Looks at the tables and changes nothing.
    pub(crate) async fn look(&self) -> Result<Tables, sqlx::Error> {
        let mut connection = connect_within(&self.options, limits::DATABASE_CONNECT_TIMEOUT).await?;
        let tables = columns(&mut connection).await?;
        connection.close().await?;
        Ok(tables)
    }

    /// Looks at the tables; applies the missing migrations first if the database is fresh or was made by us.
    ///
    /// Definitions commit on their own here, so a named lock keeps the nodes apart, and every statement may run
    /// again after a crash in the middle: the table of migrations is made first and marks the database as ours.
    pub(crate) async fn prepare(&self) -> Result<Tables, sqlx::Error> {
        // Outside the pool: closing the connection releases the lock whatever happens in between.
        let mut connection = connect_within(&self.options, limits::DATABASE_CONNECT_TIMEOUT).await?;
        let mut tables = columns(&mut connection).await?;
        if tables.is_ours_to_migrate() {
            let locked: Option<i64> = sqlx::query_scalar(LOCK).fetch_one(&mut connection).await?;
            if locked != Some(1) {
                return Err(sqlx::Error::PoolTimedOut);
            }
            tables = columns(&mut connection).await?;
            if tables.is_ours_to_migrate() {
                migrate(&mut connection).await?;
                tables = columns(&mut connection).await?;
            }
        }
        connection.close().await?;
        Ok(tables)
    }
}

async fn columns(connection: &mut MySqlConnection) -> Result<Tables, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(SELECT_COLUMNS).fetch_all(connection).await?;
    Ok(Tables::from_columns(rows))
}

async fn migrate(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(CREATE_MIGRATION_TABLE).execute(&mut *connection).await?;
    let done: Vec<i32> = sqlx::query_scalar(SELECT_MIGRATIONS.questions).fetch_all(&mut *connection).await?;
    for migration in MIGRATIONS.iter().filter(|migration| !done.contains(&migration.number)) {
        sqlx::raw_sql(migration.sql).execute(&mut *connection).await?;
        sqlx::query(INSERT_MIGRATION.questions)
            .bind(migration.number)
            .bind(migration.name)
            .execute(&mut *connection)
            .await?;
        tracing::info!(backend = "mysql", version = migration.number, "migration applied");
    }
    Ok(())
}
