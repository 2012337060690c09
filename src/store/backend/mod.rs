//! One folder per database engine, with the same files in each.
//!
//! `connect` opens pools, `errors` sorts driver errors, `schema` looks at tables and applies migrations, `sql` holds
//! the few statements whose text differs. Everything else is written once, in the files beside this folder, and
//! compiled for every engine by [`on_backend`].
//! A further engine is a further folder, a further variant of [`Engine`] and a further arm of the macro.

mod int;
pub(crate) mod mysql;
pub(crate) mod postgres;
pub(crate) mod sqlite;
mod statement;
mod warm;

pub(crate) use int::Int;
pub(crate) use mysql::MySqlBackend;
pub(crate) use postgres::PostgresBackend;
pub(crate) use sqlite::SqliteBackend;
pub(crate) use statement::{Sql, number_placeholders, numbered_len, sql};

/// The engine that a URL chose.
#[derive(Debug)]
pub(crate) enum Engine {
    /// SQLite.
    Sqlite(SqliteBackend),
    /// MySQL or MariaDB.
    MySql(Box<MySqlBackend>),
    /// PostgreSQL.
    Postgres(Box<PostgresBackend>),
}

/// Runs the same expression on whichever engine is open; `$db` has the same methods for each.
macro_rules! on_backend {
    ($engine:expr, $db:ident => $body:expr) => {
        match $engine {
            $crate::backend::Engine::Sqlite($db) => $body,
            $crate::backend::Engine::MySql($db) => $body,
            $crate::backend::Engine::Postgres($db) => $body,
        }
    };
}
pub(crate) use on_backend;

/// The statements whose text differs between engines.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// Reads the account's row and holds it until the transaction ends: the lock that serialises changes of one account.
    pub lock_user: &'static str,
    /// Characters of all messages stored for an account.
    pub select_offline_size: &'static str,
    /// username, name, value.
    pub upsert_user_property: &'static str,
    /// name, value; before `ofProperty.encrypted` existed (version 26).
    pub upsert_property: &'static str,
    /// name, value; the row is in the clear afterwards.
    pub upsert_clear_property: &'static str,
    /// username, vcard.
    pub upsert_vcard: &'static str,
    /// username, name, namespace, xml.
    pub upsert_private: &'static str,
    /// The same for our own table.
    pub upsert_private_fallback: &'static str,
    /// username, stanza, date.
    pub upsert_presence: &'static str,
    /// Our table for SCRAM keys that Openfire has no place for.
    pub create_user_scram: &'static str,
    /// Our table for private storage.
    pub create_private: &'static str,
    /// Our table for the nodes that use the database.
    pub create_node: &'static str,
    /// nodeID, address, clusterName; the time is the database's.
    pub upsert_node: &'static str,
    /// The nodes with the seconds since each was last there, by the database's clock.
    pub select_nodes: &'static str,
    /// seconds: forgets nodes that have been away longer.
    pub delete_old_nodes: &'static str,
    /// Our table for message archives, with its indexes: a second statement would be missing after a crash between the two.
    pub create_archive: &'static str,
    /// id, peer, resource, stanza, owner; nothing happens if the owner has no account, or the row is there.
    pub insert_archived: &'static str,
}

/// One numbered file of `migrations/<engine>/`.
#[derive(Debug)]
pub(crate) struct Migration {
    /// Its number, the same in every engine.
    pub number: i32,
    /// Its name without number and extension.
    pub name: &'static str,
    /// Its text: statements that may be run again.
    pub sql: &'static str,
}

/// Lists the files of one engine.
macro_rules! migrations {
    ($engine:literal: $($number:literal $name:literal),+ $(,)?) => {
        &[$($crate::backend::Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../../../../migrations/", $engine, "/000", $number, "_", $name, ".sql")),
        }),+]
    };
}
pub(crate) use migrations;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_with_the_same_number_in_every_engine() {
        for (folder, list) in
            [("sqlite", sqlite::MIGRATIONS), ("mysql", mysql::MIGRATIONS), ("postgres", postgres::MIGRATIONS)]
        {
            let path = format!("{}/../../migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
            let mut files: Vec<String> = std::fs::read_dir(path)
                .expect("migrations folder")
                .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
                .collect();
            files.sort();
            let listed: Vec<String> =
                list.iter().map(|file| format!("{:04}_{}.sql", file.number, file.name)).collect();
            assert_eq!(files, listed, "{folder}");
        }
    }
}
