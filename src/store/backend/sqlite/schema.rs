//! Looks at the tables of a file and fills a fresh one.

use sqlx::{Connection, SqliteConnection};

use super::SqliteBackend;
use crate::backend::{Migration, migrations};
use crate::schema::{CREATE_MIGRATION_TABLE, INSERT_MIGRATION, SELECT_MIGRATIONS, Tables};

pub(crate) const MIGRATIONS: &[Migration] = migrations!("sqlite":
    1 "users", 2 "rosters", 3 "groups", 4 "user_data", 5 "server", 6 "rooms", 7 "pubsub");

const SELECT_COLUMNS: &str = "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c \
    WHERE t.type = 'table' AND (t.name LIKE 'of%' OR t.name LIKE 'cobnut%')";

impl SqliteBackend {
    /// Looks at the tables and changes nothing.
    pub(crate) async fn look(&self) -> Result<Tables, sqlx::Error> {
        let mut connection = self.reader().acquire().await?;
        columns(&mut connection).await
    }

    /// Looks at the tables; applies the missing migrations first if the database is fresh or was made by us.
    ///
    /// All of it is one write transaction: two processes that open a new file wait for one another, and a crash in
    /// the middle leaves an empty file.
    pub(crate) async fn prepare(&self) -> Result<Tables, sqlx::Error> {
        let mut tx = self.begin().await?;
        let mut tables = columns(&mut tx).await?;
        if tables.is_ours_to_migrate() {
            migrate(&mut tx).await?;
            tables = columns(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(tables)
    }
}

async fn columns(connection: &mut SqliteConnection) -> Result<Tables, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(SELECT_COLUMNS).fetch_all(connection).await?;
    Ok(Tables::from_columns(rows))
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut tx = connection.begin().await?;
    sqlx::raw_sql(CREATE_MIGRATION_TABLE).execute(&mut *tx).await?;
    let done: Vec<i32> = sqlx::query_scalar(SELECT_MIGRATIONS.questions).fetch_all(&mut *tx).await?;
    for migration in MIGRATIONS.iter().filter(|migration| !done.contains(&migration.number)) {
        sqlx::raw_sql(migration.sql).execute(&mut *tx).await?;
        sqlx::query(INSERT_MIGRATION.questions)
            .bind(migration.number)
            .bind(migration.name)
            .execute(&mut *tx)
            .await?;
        tracing::info!(backend = "sqlite", version = migration.number, "migration applied");
    }
    tx.commit().await
}
