//! What proves a password: SCRAM keys where Openfire looks for them, and the lock of an account.
//!
//! Openfire knows SCRAM-SHA-1 only. Keys of other mechanisms are kept in our table, together with the salt of the
//! SCRAM-SHA-1 keys that were set with them: if Openfire changes a password later (side by side, or after going back
//! to it), that salt differs and the old keys no longer count.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cobnut_model::{ScramKeys, ScramMechanism};
use tracing::warn;

use crate::backend::{Sql, on_backend, sql};
use crate::error::nothing_if_unfit;
use crate::schema::ScramPlace;
use crate::users::is_same_name;
use crate::{Store, StoreError, lockouts};

/// What a login needs to know of an account.
#[derive(Clone)]
pub struct Credentials {
    /// Keys, at most one set per mechanism.
    pub keys: Vec<ScramKeys>,
    /// The password itself, where an old Openfire, or an operator who reset it by hand, left it; see
    /// [`Store::readable_passwords`].
    pub plain_password: Option<String>,
    /// The password as Openfire's reversible encryption keeps it (Blowfish under the property `passwordKey`).
    pub encrypted_password: Option<String>,
    /// Whether `ofUserFlag` locks the account now.
    pub is_locked_out: bool,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("keys", &self.keys)
            .field("has_plain_password", &self.plain_password.is_some())
            .field("has_encrypted_password", &self.encrypted_password.is_some())
            .field("is_locked_out", &self.is_locked_out)
            .finish()
    }
}

/// What `ofUser` holds beside the keys.
#[derive(Debug)]
pub(crate) enum ReadablePassword {
    /// Nothing.
    None,
    /// `plainPassword`.
    Plain(String),
    /// `encryptedPassword`.
    Encrypted(String),
}

/// The account with its lock; one row for each set of keys.
const SELECT_TABLE_KEYS: Sql = sql!(
    "SELECT u.plainPassword, u.encryptedPassword, f.name, f.startTime, f.endTime, \
    k.mechanism, k.storedKey, k.serverKey, k.salt, k.iterations, u.username FROM ofUser u \
    LEFT JOIN ofUserFlag f ON f.username = u.username AND f.name = 'lockout' \
    LEFT JOIN ofUserScram k ON k.username = u.username WHERE u.username = ?"
);
const SELECT_COLUMN_KEYS: Sql = sql!(
    "SELECT u.plainPassword, u.encryptedPassword, f.name, f.startTime, f.endTime, \
    'SCRAM-SHA-1', u.storedKey, u.serverKey, u.salt, u.iterations, u.username FROM ofUser u \
    LEFT JOIN ofUserFlag f ON f.username = u.username AND f.name = 'lockout' WHERE u.username = ?"
);
const SELECT_EXTRA_KEYS: Sql = sql!(
    "SELECT mechanism, storedKey, serverKey, salt, iterations, sha1Salt \
    FROM cobnutUserScram WHERE username = ?"
);
pub(crate) const DELETE_TABLE_KEYS: Sql = sql!("DELETE FROM ofUserScram WHERE username = ?");
pub(crate) const DELETE_EXTRA_KEYS: Sql = sql!("DELETE FROM cobnutUserScram WHERE username = ?");
const DELETE_EXTRA_KEYS_OF: Sql = sql!("DELETE FROM cobnutUserScram WHERE username = ? AND mechanism = ?");
pub(crate) const INSERT_TABLE_KEYS: Sql = sql!(
    "INSERT INTO ofUserScram \
    (storedKey, serverKey, salt, iterations, mechanism, username) VALUES (?, ?, ?, ?, ?, ?)"
);
pub(crate) const UPDATE_COLUMN_KEYS: Sql =
    sql!("UPDATE ofUser SET storedKey = ?, serverKey = ?, salt = ?, iterations = ? WHERE username = ?");
pub(crate) const INSERT_EXTRA_KEYS: Sql = sql!(
    "INSERT INTO cobnutUserScram \
    (storedKey, serverKey, salt, iterations, mechanism, username, sha1Salt) VALUES (?, ?, ?, ?, ?, ?, ?)"
);
/// A reversible password that no longer is the password would let the old one in after going back to Openfire.
const UPDATE_PASSWORDS: Sql =
    sql!("UPDATE ofUser SET plainPassword = ?, encryptedPassword = ? WHERE username = ?");

/// plain and encrypted password; flag, start and end of a lock; mechanism and keys; name.
type AccountRow = (
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i32>,
    String,
);
/// mechanism, stored key, server key, salt, iterations, salt of the SCRAM-SHA-1 keys set with them.
type ExtraRow = (String, String, String, String, i32, String);

/// One set of keys as columns hold it.
#[derive(Debug, Clone)]
pub(crate) struct KeyColumns {
    pub mechanism: &'static str,
    pub stored_key: String,
    pub server_key: String,
    pub salt: String,
    pub iterations: i64,
}

/// Keys sorted by where they belong.
pub(crate) struct SplitKeys {
    /// For Openfire's own place.
    pub sha1: Option<KeyColumns>,
    /// For our table.
    pub extra: Vec<KeyColumns>,
    /// Ties [`SplitKeys::extra`] to [`SplitKeys::sha1`].
    pub sha1_salt: String,
}

pub(crate) fn split_keys(keys: &[ScramKeys]) -> SplitKeys {
    let mut split = SplitKeys { sha1: None, extra: Vec::new(), sha1_salt: String::new() };
    for keys in keys {
        let columns = KeyColumns {
            mechanism: keys.mechanism.name(),
            stored_key: BASE64.encode(&keys.stored_key),
            server_key: BASE64.encode(&keys.server_key),
            salt: BASE64.encode(&keys.salt),
            iterations: i64::from(keys.iterations),
        };
        match keys.mechanism {
            ScramMechanism::Sha1 => {
                split.sha1_salt.clone_from(&columns.salt);
                split.sha1 = Some(columns);
            }
            ScramMechanism::Sha256 | ScramMechanism::Sha512 => split.extra.push(columns),
        }
    }
    split
}

/// Replaces all keys of an account inside the transaction `$tx`, which holds the account's row.
/// A macro, because the statements are the same on every engine and the type of the transaction is not.
macro_rules! replace_keys {
    ($db:ident, $tx:ident, $shape:expr, $username:expr, $keys:expr) => {{
        use $crate::credentials as c;
        let split = c::split_keys($keys);
        let sha1 = split.sha1.as_ref();
        if $shape.scram == $crate::schema::ScramPlace::Table {
            sqlx::query($db.sql(c::DELETE_TABLE_KEYS)).bind($username).execute(&mut *$tx).await?;
            if let Some(keys) = sha1 {
                let insert = c::bind_keys!(sqlx::query($db.sql(c::INSERT_TABLE_KEYS)), keys);
                insert.bind(keys.mechanism).bind($username).execute(&mut *$tx).await?;
            }
        } else {
            let update = sqlx::query($db.sql(c::UPDATE_COLUMN_KEYS))
                .bind(sha1.map(|keys| &keys.stored_key))
                .bind(sha1.map(|keys| &keys.server_key))
                .bind(sha1.map(|keys| &keys.salt))
                .bind(sha1.map(|keys| keys.iterations));
            update.bind($username).execute(&mut *$tx).await?;
        }
        if $shape.has_extra_scram {
            sqlx::query($db.sql(c::DELETE_EXTRA_KEYS)).bind($username).execute(&mut *$tx).await?;
            for keys in &split.extra {
                let insert = c::bind_keys!(sqlx::query($db.sql(c::INSERT_EXTRA_KEYS)), keys);
                let insert = insert.bind(keys.mechanism).bind($username).bind(&split.sha1_salt);
                insert.execute(&mut *$tx).await?;
            }
        }
    }};
}
macro_rules! bind_keys {
    ($query:expr, $keys:ident) => {
        $query.bind(&$keys.stored_key).bind(&$keys.server_key).bind(&$keys.salt).bind($keys.iterations)
    };
}
pub(crate) use {bind_keys, replace_keys};

/// Keys from columns. `None` for a mechanism that we do not know and for columns that do not hold keys.
fn keys_from_columns(
    mechanism: &str,
    stored: &str,
    server: &str,
    salt: &str,
    count: i32,
) -> Option<ScramKeys> {
    let mechanism =
        ScramMechanism::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(mechanism.trim()))?;
    let decode = |text: &str| BASE64.decode(text.trim()).ok().filter(|bytes| !bytes.is_empty());
    let keys = (decode(stored), decode(server), decode(salt), u32::try_from(count).ok().filter(|n| *n > 0));
    let (Some(stored_key), Some(server_key), Some(salt), Some(iterations)) = keys else {
        warn!(
            mechanism = mechanism.name(),
            "unreadable SCRAM keys skipped; set the password of the account again"
        );
        return None;
    };
    Some(ScramKeys { mechanism, salt, iterations, stored_key, server_key })
}

impl Credentials {
    /// Whether the account has a password that is not only a hash.
    pub fn has_readable_password(&self) -> bool {
        self.plain_password.is_some() || self.encrypted_password.is_some()
    }
}

fn keys_from_account_row(row: &AccountRow) -> Option<ScramKeys> {
    keys_from_columns(row.5.as_deref()?, row.6.as_deref()?, row.7.as_deref()?, row.8.as_deref()?, row.9?)
}

/// Keys of our table that were set together with the SCRAM-SHA-1 keys that count now.
fn keys_from_extra_row(row: &ExtraRow, current: &[ScramKeys]) -> Option<ScramKeys> {
    let (mechanism, stored, server, salt, iterations, sha1_salt) = row;
    let sha1 = current.iter().find(|keys| keys.mechanism == ScramMechanism::Sha1);
    let current_salt = sha1.map(|keys| BASE64.encode(&keys.salt)).unwrap_or_default();
    if current_salt != *sha1_salt {
        return None;
    }
    keys_from_columns(mechanism, stored, server, salt, *iterations)
        .filter(|keys| current.iter().all(|known| known.mechanism != keys.mechanism))
}

/// Whether the lock's interval contains now; a missing bound is open.
fn is_locked_now(row: &AccountRow) -> bool {
    row.2.is_some() && lockouts::is_within(row.3.as_deref(), row.4.as_deref(), cobnut_net::unix_now())
}

fn credentials_from_rows(accounts: &[AccountRow], extra: &[ExtraRow]) -> Option<Credentials> {
    let first = accounts.first()?;
    let mut keys: Vec<ScramKeys> = accounts.iter().filter_map(keys_from_account_row).collect();
    let extra: Vec<ScramKeys> = extra.iter().filter_map(|row| keys_from_extra_row(row, &keys)).collect();
    keys.extend(extra);
    Some(Credentials {
        keys,
        plain_password: first.0.clone().filter(|password| !password.is_empty()),
        encrypted_password: first.1.clone().filter(|password| !password.is_empty()),
        is_locked_out: is_locked_now(first),
    })
}

impl Store {
    /// Keys and lock of an account; as committed last by any node.
    pub async fn credentials(&self, username: &str) -> Result<Option<Credentials>, StoreError> {
        self.credentials_of(username, self.shared.shape.has_extra_scram).await
    }

    /// The same without keys of other mechanisms than SCRAM-SHA-1: one statement, for logins that need no other.
    pub async fn sha1_credentials(&self, username: &str) -> Result<Option<Credentials>, StoreError> {
        self.credentials_of(username, false).await
    }

    async fn credentials_of(
        &self,
        username: &str,
        wants_extra: bool,
    ) -> Result<Option<Credentials>, StoreError> {
        let shape = &self.shared.shape;
        let select = match shape.scram {
            ScramPlace::Table => SELECT_TABLE_KEYS,
            ScramPlace::Columns => SELECT_COLUMN_KEYS,
        };
        let found = self.repeatable("credentials", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut connection = db.warm().await?;
                let mut accounts: Vec<AccountRow> =
                    sqlx::query_as(db.sql(select)).bind(username).fetch_all(&mut *connection).await?;
                accounts.retain(|row| is_same_name(&row.10, username));
                let extra: Vec<ExtraRow> = if wants_extra && !accounts.is_empty() {
                    sqlx::query_as(db.sql(SELECT_EXTRA_KEYS)).bind(username).fetch_all(&mut *connection).await?
                } else {
                    Vec::new()
                };
                db.keep(connection);
                Ok(credentials_from_rows(&accounts, &extra))
            })
        });
        nothing_if_unfit(found.await)
    }

    /// Replaces all keys of an account, and removes any readable password, in one transaction. Returns whether the
    /// account exists.
    pub async fn set_credentials(&self, username: &str, keys: &[ScramKeys]) -> Result<bool, StoreError> {
        self.replace_password(username, keys, &ReadablePassword::None).await
    }

    /// Whether keys of other mechanisms than SCRAM-SHA-1 have a place.
    pub fn keeps_all_keys(&self) -> bool {
        self.shared.shape.has_extra_scram
    }

    /// Adds keys of other mechanisms than SCRAM-SHA-1, made of the password whose SCRAM-SHA-1 keys have `sha1_salt`: they
    /// count for as long as those. Returns whether the account exists.
    pub async fn add_keys(
        &self,
        username: &str,
        sha1_salt: &[u8],
        keys: &[ScramKeys],
    ) -> Result<bool, StoreError> {
        let (extra, sha1_salt) = (split_keys(keys).extra, BASE64.encode(sha1_salt));
        let (extra, sha1_salt) = (&extra, &sha1_salt);
        self.run("add_keys", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let account = sqlx::query(db.dialect().lock_user).bind(username).fetch_optional(&mut *tx).await?;
                if account.is_none() {
                    return Ok(false);
                }
                for keys in extra {
                    let delete = sqlx::query(db.sql(DELETE_EXTRA_KEYS_OF)).bind(username).bind(keys.mechanism);
                    delete.execute(&mut *tx).await?;
                    let insert = bind_keys!(sqlx::query(db.sql(INSERT_EXTRA_KEYS)), keys);
                    insert.bind(keys.mechanism).bind(username).bind(sha1_salt).execute(&mut *tx).await?;
                }
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }

    /// Removes the readable password of an account; its keys stay.
    pub async fn forget_readable_password(&self, username: &str) -> Result<(), StoreError> {
        self.run("forget_password", || async move {
            on_backend!(&self.shared.engine, db => {
                let none: Option<&str> = None;
                let update = sqlx::query(db.sql(UPDATE_PASSWORDS)).bind(none).bind(none).bind(username);
                update.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }

    /// Replaces keys and readable password of an account together. Returns whether the account exists.
    pub(crate) async fn replace_password(
        &self,
        username: &str,
        keys: &[ScramKeys],
        readable: &ReadablePassword,
    ) -> Result<bool, StoreError> {
        let shape = &self.shared.shape;
        let (plain, encrypted) = match readable {
            ReadablePassword::None => (None, None),
            ReadablePassword::Plain(password) => (Some(password), None),
            ReadablePassword::Encrypted(stored) => (None, Some(stored)),
        };
        self.run("set_credentials", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let account = sqlx::query(db.dialect().lock_user).bind(username).fetch_optional(&mut *tx).await?;
                if account.is_none() {
                    return Ok(false);
                }
                replace_keys!(db, tx, shape, username, keys);
                let update = sqlx::query(db.sql(UPDATE_PASSWORDS)).bind(plain).bind(encrypted).bind(username);
                update.execute(&mut *tx).await?;
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }
}
