//! What a database holds and lets us do, found without changing anything.

use cobnut_openfire::Encryption;

use crate::backend::{Engine, Int, Sql, on_backend, sql};
use crate::schema::{self, ScramPlace, Shape, Tables};
use crate::store::connect;
use crate::{Backend, Store, StoreError, SystemProperty};

/// Who made the tables of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: it has none of Openfire's, and opening it would make them.
    Empty,
    /// We did.
    Cobnut,
    /// Openfire did; opening it changes none of them.
    Openfire,
}

/// A column (or a table, by one of its columns) that does not fit the version in `ofVersion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oddity {
    /// Its table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// Whether the version should have it and it is not there; otherwise it is there and should not be, as after an
    /// upgrade that ended in the middle.
    pub is_missing: bool,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SurveyCounts {
    /// Accounts.
    pub users: u64,
    /// Lockouts, those included that have not begun or are over.
    pub lockouts: u64,
    /// Groups.
    pub groups: u64,
    /// Roster items.
    pub roster_items: u64,
    /// Stored messages.
    pub offline_messages: u64,
    /// vCards.
    pub vcards: u64,
    /// Persistent rooms.
    pub rooms: u64,
}

/// How many accounts have which kind of password. An account may have keys and a readable password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PasswordCounts {
    /// SCRAM keys, wherever they are.
    pub with_keys: u64,
    /// No keys, but an encrypted password: keys are made at the first login.
    pub only_encrypted: u64,
    /// No keys, but a clear password: the same.
    pub only_plain: u64,
    /// None of them: cannot log in until somebody sets a password.
    pub none: u64,
    /// Passwords that anybody who reads the table can read, with or without keys.
    pub plain: u64,
}

/// What our account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// Write into Openfire's tables. Without it nothing works.
    pub can_write: bool,
    /// Make tables. Without it keys for SCRAM-SHA-256 and, after version 28, some private storage have no place.
    pub can_create: bool,
}

/// What a look at a database found.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Which engine it is.
    pub backend: Backend,
    /// The version that the server tells.
    pub server: String,
    /// Who made its tables.
    pub origin: Origin,
    /// `ofVersion`, if it is there.
    pub version: Option<i32>,
    /// Tables that we cannot work without and that are not there.
    pub missing_tables: Vec<&'static str>,
    /// Columns that do not fit the version.
    pub oddities: Vec<Oddity>,
    /// Character set of message texts; with another one than UTF-8 of four bytes (`utf8mb4`, `UTF8`) emoji and rare
    /// characters cannot be stored.
    pub character_set: String,
    /// What we may do.
    pub rights: Rights,
    /// Whether SCRAM keys are in `ofUserScram` (version 39 and later); otherwise they are columns of `ofUser`.
    pub has_scram_table: bool,
    /// How much there is; zero where tables are missing.
    pub counts: SurveyCounts,
    /// Which passwords accounts have.
    pub passwords: PasswordCounts,
    /// All system properties, ordered by name.
    pub properties: Vec<SystemProperty>,
}

impl Survey {
    /// Looks at the database behind `url`. Errors are those of connecting and of the queries.
    pub async fn of(url: &str, encryption: Encryption) -> Result<Self, StoreError> {
        let engine = connect(url).await?;
        let failed = |err| StoreError::from_driver("look", err);
        let tables = on_backend!(&engine, db => db.look().await).map_err(failed)?;
        let surroundings = on_backend!(&engine, db => db.surroundings().await).map_err(failed)?;
        let origin = origin(&tables);
        let missing_tables = if origin == Origin::Empty { Vec::new() } else { tables.missing() };
        let version = if tables.has_table("ofVersion") { schema::version(&engine).await? } else { None };
        let mut survey = Self {
            backend: backend(&engine),
            server: surroundings.server,
            origin,
            version,
            missing_tables,
            oddities: version.map(|version| oddities(&tables, version)).unwrap_or_default(),
            character_set: surroundings.character_set,
            rights: surroundings.rights,
            has_scram_table: tables.has_table("ofUserScram"),
            counts: SurveyCounts::default(),
            passwords: PasswordCounts::default(),
            properties: Vec::new(),
        };
        if origin != Origin::Empty
            && survey.missing_tables.is_empty()
            && let Ok(shape) = Shape::of(&tables)
        {
            let store = Store::assemble(engine, shape, encryption);
            let filled = survey.fill(&store).await;
            store.close().await;
            filled?;
        } else {
            on_backend!(&engine, db => db.close().await);
        }
        Ok(survey)
    }

    /// The value of a system property; `None` if it is not set or cannot be decrypted.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|property| property.name == name)?.value.as_deref()
    }

    /// Whether every character can be stored.
    pub fn is_unicode_complete(&self) -> bool {
        ["utf8mb4", "UTF8", "UTF-8"].contains(&self.character_set.as_str())
    }

    async fn fill(&mut self, store: &Store) -> Result<(), StoreError> {
        let shape = &store.shared.shape;
        let count = |statement| store.count(statement);
        self.counts = SurveyCounts {
            users: count(COUNT_USERS).await?,
            lockouts: count(COUNT_LOCKOUTS).await?,
            groups: if shape.has_groups { count(COUNT_GROUPS).await? } else { 0 },
            roster_items: count(COUNT_ROSTER_ITEMS).await?,
            offline_messages: count(COUNT_OFFLINE).await?,
            vcards: count(COUNT_VCARDS).await?,
            rooms: if shape.rooms.is_some() { count(COUNT_ROOMS).await? } else { 0 },
        };
        let [keys, encrypted, plain] = match shape.scram {
            ScramPlace::Table => KEYLESS_BY_TABLE,
            ScramPlace::Columns => KEYLESS_BY_COLUMNS,
        };
        let (without_keys, only_encrypted, only_plain) =
            (count(keys).await?, count(encrypted).await?, count(plain).await?);
        self.passwords = PasswordCounts {
            with_keys: self.counts.users.saturating_sub(without_keys),
            only_encrypted,
            only_plain,
            none: without_keys.saturating_sub(only_encrypted + only_plain),
            plain: count(COUNT_PLAIN).await?,
        };
        self.properties = store.system_properties().await?;
        Ok(())
    }
}

impl Store {
    async fn count(&self, statement: Sql) -> Result<u64, StoreError> {
        let count: Int = self
            .run("survey", || async move {
                on_backend!(&self.shared.engine, db => {
                    sqlx::query_scalar(db.sql(statement)).fetch_one(&db.reader()).await
                })
            })
            .await?;
        Ok(u64::try_from(count.0).unwrap_or(0))
    }
}

/// What an engine tells about itself.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub server: String,
    pub character_set: String,
    pub rights: Rights,
}

const COUNT_USERS: Sql = sql!("SELECT COUNT(*) FROM ofUser");
const COUNT_LOCKOUTS: Sql = sql!("SELECT COUNT(*) FROM ofUserFlag WHERE name = 'lockout'");
const COUNT_GROUPS: Sql = sql!("SELECT COUNT(*) FROM ofGroup");
const COUNT_ROSTER_ITEMS: Sql = sql!("SELECT COUNT(*) FROM ofRoster");
const COUNT_OFFLINE: Sql = sql!("SELECT COUNT(*) FROM ofOffline");
const COUNT_VCARDS: Sql = sql!("SELECT COUNT(*) FROM ofVCard");
const COUNT_ROOMS: Sql = sql!("SELECT COUNT(*) FROM ofMucRoom");
const COUNT_PLAIN: Sql = sql!("SELECT COUNT(*) FROM ofUser WHERE plainPassword <> ''");

/// Accounts without keys: all, with an encrypted password, with nothing but a clear one.
macro_rules! keyless {
    ($no_keys:literal) => {
        [
            sql!(concat!("SELECT COUNT(*) FROM ofUser u WHERE ", $no_keys)),
            sql!(concat!("SELECT COUNT(*) FROM ofUser u WHERE u.encryptedPassword <> '' AND ", $no_keys)),
            sql!(concat!(
                "SELECT COUNT(*) FROM ofUser u WHERE u.plainPassword <> '' \
                 AND (u.encryptedPassword IS NULL OR u.encryptedPassword = '') AND ",
                $no_keys
            )),
        ]
    };
}
const KEYLESS_BY_TABLE: [Sql; 3] =
    keyless!("NOT EXISTS (SELECT 1 FROM ofUserScram k WHERE k.username = u.username AND k.storedKey <> '')");
const KEYLESS_BY_COLUMNS: [Sql; 3] = keyless!("(u.storedKey IS NULL OR u.storedKey = '')");

/// What came and went: table, column, first and last version.
const HISTORY: &[(&str, &str, i32, i32)] = &[
    ("ofUser", "storedKey", 22, 39),
    ("ofUser", "serverKey", 22, 39),
    ("ofUser", "salt", 22, 39),
    ("ofUser", "iterations", 22, 39),
    ("ofMucRoom", "allowpm", 23, i32::MAX),
    ("ofMucConversationLog", "messageID", 24, i32::MAX),
    ("ofMucConversationLog", "stanza", 24, i32::MAX),
    ("ofProperty", "encrypted", 26, i32::MAX),
    ("ofProperty", "iv", 27, i32::MAX),
    ("ofPrivate", "privateData", 0, 28),
    ("ofMucRoom", "fmucEnabled", 32, i32::MAX),
    ("ofRoster", "stanza", 33, i32::MAX),
    ("ofMucRoom", "preserveHistOnDel", 35, i32::MAX),
    ("ofMucRoom", "retireOnDeletion", 36, i32::MAX),
    ("ofMucRoomRetiree", "retiredAt", 36, i32::MAX),
    ("ofUserScram", "storedKey", 39, i32::MAX),
];

fn origin(tables: &Tables) -> Origin {
    if tables.has_table("cobnutMigration") {
        Origin::Cobnut
    } else if tables.is_ours_to_migrate() {
        Origin::Empty
    } else {
        Origin::Openfire
    }
}

fn oddities(tables: &Tables, version: i32) -> Vec<Oddity> {
    if tables.has_table("cobnutMigration") {
        return Vec::new();
    }
    let odd = HISTORY.iter().filter_map(|(table, column, first, last)| {
        let is_there = tables.has_column(table, column);
        let is_expected = (*first..=*last).contains(&version);
        (is_there != is_expected).then_some(Oddity { table, column, is_missing: is_expected })
    });
    odd.collect()
}

fn backend(engine: &Engine) -> Backend {
    match engine {
        Engine::Sqlite(_) => Backend::Sqlite,
        Engine::MySql(_) => Backend::MySql,
        Engine::Postgres(_) => Backend::Postgres,
    }
}
