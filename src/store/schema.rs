//! Which of Openfire's shapes a database has.
//!
//! Openfire's schema grew over the years and we never change a database that it made, so columns and tables are
//! discovered at start and every query goes to the place that exists.

use std::collections::BTreeSet;

use tracing::{debug, info, warn};

use crate::StoreError;
use crate::backend::{Engine, Sql, on_backend, sql};
use crate::error::{ErrorClass, classify, is_duplicate};
use crate::rooms::RoomColumns;

pub(crate) const CREATE_MIGRATION_TABLE: &str = "CREATE TABLE IF NOT EXISTS cobnutMigration (\
    number INTEGER NOT NULL, name VARCHAR(100) NOT NULL, PRIMARY KEY (number))";
pub(crate) const SELECT_MIGRATIONS: Sql = sql!("SELECT number FROM cobnutMigration");
pub(crate) const INSERT_MIGRATION: Sql = sql!("INSERT INTO cobnutMigration (number, name) VALUES (?, ?)");
const SELECT_VERSION: Sql = sql!("SELECT version FROM ofVersion WHERE name = 'openfire'");

/// Tables that every supported release of Openfire has and that we cannot work without.
const REQUIRED: &[&str] = &[
    "ofUser",
    "ofUserProp",
    "ofUserFlag",
    "ofPresence",
    "ofRoster",
    "ofRosterGroups",
    "ofGroupUser",
    "ofOffline",
    "ofVCard",
    "ofPrivacyList",
    "ofProperty",
    "ofVersion",
    "ofID",
];

/// Tables that Openfire has in some versions, or that we can work without.
const OPTIONAL: &[&str] =
    &["ofUserScram", "ofPrivate", "ofGroup", "ofMucService", "ofMucRoom", "ofPubsubNode"];

/// Version of Openfire's tables from which on `ofMucRoom.subject` holds a whole message.
const SUBJECT_STANZA_SINCE: i32 = 38;

/// Tables that group chat needs together.
const ROOM_TABLES: &[&str] =
    &["ofMucService", "ofMucServiceProp", "ofMucRoom", "ofMucRoomProp", "ofMucAffiliation", "ofMucMember"];

/// Tables and columns of Openfire and ours, in lower case (MySQL may fold names).
#[derive(Debug, Default)]
pub(crate) struct Tables {
    tables: BTreeSet<String>,
    columns: BTreeSet<(String, String)>,
}

impl Tables {
    /// From pairs of table and column.
    pub(crate) fn from_columns(rows: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut found = Self::default();
        for (table, column) in rows {
            let table = table.to_lowercase();
            found.columns.insert((table.clone(), column.to_lowercase()));
            found.tables.insert(table);
        }
        found
    }

    /// Whether the migrations may run: nothing of Openfire is there, or what is there was made by them.
    /// Other programs' tables do not matter, even if their names begin alike.
    pub(crate) fn is_ours_to_migrate(&self) -> bool {
        self.has_table("cobnutMigration")
            || !REQUIRED.iter().chain(OPTIONAL).any(|table| self.has_table(table))
    }

    /// Tables that we cannot work without and that are not there.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        REQUIRED.iter().copied().filter(|table| !self.has_table(table)).collect()
    }

    pub(crate) fn has_table(&self, table: &str) -> bool {
        self.tables.contains(&table.to_lowercase())
    }

    pub(crate) fn has_column(&self, table: &str, column: &str) -> bool {
        self.columns.contains(&(table.to_lowercase(), column.to_lowercase()))
    }
}

/// Where SCRAM-SHA-1 keys are, as Openfire reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScramPlace {
    /// Rows of `ofUserScram` (schema version 39 and later).
    Table,
    /// Columns of `ofUser` (versions 22 to 38).
    Columns,
}

/// Where private storage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrivatePlace {
    /// Openfire's own table (up to version 28, and databases that we made).
    Openfire,
    /// `cobnutPrivate`.
    Ours,
    /// Nowhere: the table is missing and we may not create one.
    Nowhere,
}

/// How `ofProperty` says that a value is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PropertyColumns {
    /// Not at all: before version 26.
    Clear,
    /// A column `encrypted`: version 26.
    Encrypted,
    /// And one for the start value of AES: version 27 and later.
    EncryptedWithIv,
}

/// What the queries have to know of a database.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one thing exists")]
pub(crate) struct Shape {
    /// Where SCRAM-SHA-1 keys are.
    pub scram: ScramPlace,
    /// Whether `cobnutUserScram` can hold other mechanisms.
    pub has_extra_scram: bool,
    /// Where private storage is.
    pub private: PrivatePlace,
    /// Whether `cobnutNode` can tell the nodes of each other.
    pub has_nodes: bool,
    /// Whether `cobnutArchive` can hold what people write to each other.
    pub has_archive: bool,
    /// Whether groups have their tables.
    pub has_groups: bool,
    /// Whether group chat has its tables, and which columns.
    pub rooms: Option<RoomColumns>,
    /// Whether what is said in rooms has its table.
    pub has_room_log: bool,
    /// Whether it has whole messages and their numbers: version 24 and later.
    pub has_room_log_stanza: bool,
    /// Whether `ofMucRoom.subject` holds a whole message: version 38 and later.
    pub has_subject_stanza: bool,
    /// Whether publish-subscribe has its tables.
    pub has_pubsub: bool,
    /// Whether `ofRoster.stanza` exists.
    pub has_roster_stanza: bool,
    /// How `ofProperty` says that a value is encrypted.
    pub property_columns: PropertyColumns,
    /// Whether the tables were made by our migrations, so that no Openfire reads them.
    pub is_ours: bool,
}

/// Migrates a fresh database, looks at the tables, and adds ours where Openfire lacks a place.
pub(crate) async fn prepare(engine: &Engine) -> Result<Shape, StoreError> {
    let tables = on_backend!(engine, db => db.prepare().await)
        .map_err(|err| StoreError::from_driver("prepare", err))?;
    let missing = tables.missing();
    if !missing.is_empty() {
        return Err(StoreError::Schema(format!(
            "it holds some of Openfire's tables but not {}; restore them from a backup, or name an empty database",
            missing.join(", ")
        )));
    }
    let mut shape = Shape::of(&tables)?;
    shape.has_extra_scram = has_or_create(engine, &tables, "cobnutUserScram").await?;
    if shape.private == PrivatePlace::Nowhere && has_or_create(engine, &tables, "cobnutPrivate").await? {
        shape.private = PrivatePlace::Ours;
    }
    shape.has_nodes = has_or_create(engine, &tables, "cobnutNode").await?;
    shape.has_archive = has_or_create(engine, &tables, "cobnutArchive").await?;
    let version = version(engine).await?;
    shape.has_subject_stanza = version >= Some(SUBJECT_STANZA_SINCE);
    info!(version, "database opened");
    debug!(?shape, "the database's shape");
    Ok(shape)
}

/// What `ofVersion` says of Openfire's own tables.
pub(crate) async fn version(engine: &Engine) -> Result<Option<i32>, StoreError> {
    on_backend!(engine, db => sqlx::query_scalar(db.sql(SELECT_VERSION)).fetch_optional(&db.reader()).await)
        .map_err(|err| StoreError::from_driver("schema_version", err))
}

impl Shape {
    /// The shape of a database as it is. An error if passwords would have no place.
    pub(crate) fn of(tables: &Tables) -> Result<Self, StoreError> {
        let private = if tables.has_table("ofPrivate") {
            PrivatePlace::Openfire
        } else if tables.has_table("cobnutPrivate") {
            PrivatePlace::Ours
        } else {
            PrivatePlace::Nowhere
        };
        Ok(Self {
            scram: scram_place(tables)?,
            has_extra_scram: tables.has_table("cobnutUserScram"),
            private,
            has_nodes: tables.has_table("cobnutNode"),
            has_archive: tables.has_table("cobnutArchive"),
            has_groups: tables.has_table("ofGroup") && tables.has_table("ofGroupProp"),
            rooms: room_columns(tables),
            has_room_log: tables.has_table("ofMucConversationLog"),
            has_room_log_stanza: tables.has_column("ofMucConversationLog", "stanza"),
            // Known by the version only.
            has_subject_stanza: false,
            has_pubsub: tables.has_table("ofPubsubNode") && tables.has_table("ofPubsubItem"),
            has_roster_stanza: tables.has_column("ofRoster", "stanza"),
            property_columns: property_columns(tables),
            is_ours: tables.has_table("cobnutMigration"),
        })
    }
}

fn property_columns(tables: &Tables) -> PropertyColumns {
    if tables.has_column("ofProperty", "iv") && tables.has_column("ofProperty", "encrypted") {
        PropertyColumns::EncryptedWithIv
    } else if tables.has_column("ofProperty", "encrypted") {
        PropertyColumns::Encrypted
    } else {
        PropertyColumns::Clear
    }
}

fn room_columns(tables: &Tables) -> Option<RoomColumns> {
    if ROOM_TABLES.iter().any(|table| !tables.has_table(table)) {
        return None;
    }
    let has = |column| tables.has_column("ofMucRoom", column);
    Some(match (has("allowpm"), has("preserveHistOnDel"), has("retireOnDeletion")) {
        (true, true, true) => RoomColumns::WithRetirement,
        (true, true, false) => RoomColumns::WithPreservedHistory,
        (true, false, _) => RoomColumns::WithPrivateMessages,
        (false, _, _) => RoomColumns::WithoutPrivateMessages,
    })
}

fn scram_place(tables: &Tables) -> Result<ScramPlace, StoreError> {
    if tables.has_table("ofUserScram") {
        Ok(ScramPlace::Table)
    } else if tables.has_column("ofUser", "storedKey") {
        Ok(ScramPlace::Columns)
    } else {
        Err(StoreError::Schema(
            "its table ofUser has no SCRAM columns, so it is older than Openfire 4.0; let a current Openfire \
             upgrade it first"
                .to_owned(),
        ))
    }
}

/// Whether our table exists, after trying to create it. Only a missing permission is a quiet no.
async fn has_or_create(engine: &Engine, tables: &Tables, table: &'static str) -> Result<bool, StoreError> {
    if tables.has_table(table) {
        return Ok(true);
    }
    let created = on_backend!(engine, db => {
        let dialect = db.dialect();
        let create = match table {
            "cobnutPrivate" => dialect.create_private,
            "cobnutNode" => dialect.create_node,
            "cobnutArchive" => dialect.create_archive,
            _ => dialect.create_user_scram,
        };
        sqlx::query(create).execute(&db.writer()).await.map(drop)
    });
    match created {
        Ok(()) => Ok(true),
        Err(err) if classify(&err) == ErrorClass::Refused => {
            warn!(table, err = %err, "cannot create a table; grant CREATE, or do without {}", purpose(table));
            Ok(false)
        }
        // Another node made it at the same moment; PostgreSQL reports that in spite of IF NOT EXISTS.
        Err(err) if is_duplicate(&err) || is_existing_table(&err) => Ok(true),
        Err(err) => Err(StoreError::from_driver("create_table", err)),
    }
}

/// What is missing without a table of ours.
fn purpose(table: &str) -> &'static str {
    match table {
        "cobnutPrivate" => "what clients keep in private storage",
        "cobnutNode" => "finding other nodes by the database",
        "cobnutArchive" => "message archives of accounts",
        _ => "logins by SCRAM-SHA-256 and SCRAM-SHA-512",
    }
}

/// PostgreSQL's "duplicate table", or "duplicate object" for the type of the table's rows, to a node that came second by
/// a moment.
fn is_existing_table(err: &sqlx::Error) -> bool {
    let code = err.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| matches!(&*code, "42P07" | "42710"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_databases_without_openfire_are_migrated() {
        for (names, want) in [
            (&[][..], true),
            (&["offers", "users"][..], true),
            (&["ofUser"][..], false),
            (&["ofuser"][..], false),
            (&["ofMucRoom"][..], false),
            (&["ofUser", "cobnutMigration"][..], true),
            (&["ofUser", "cobnutUserScram"][..], false),
        ] {
            let rows = names.iter().map(|name| ((*name).to_owned(), "x".to_owned()));
            assert_eq!(Tables::from_columns(rows).is_ours_to_migrate(), want, "{names:?}");
        }
    }
}
