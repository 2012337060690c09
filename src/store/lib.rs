//! Persistence on Openfire's tables.
//!
//! One method per use; every backend keeps the same promises, checked by one contract suite.
//! Invariant: never writes `ofVersion` of a database it did not create.

use cobnut_model::{RosterItem, ScramKeys, UnixMillis, User};
use jid::BareJid;

/// Which database engine is behind a [`Store`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /** SQLite, embedded. */
    Sqlite,
    /** MySQL or MariaDB. */
    MySql,
}

/// Why a store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is not one that we can open.
    #[error("use database url: {0}")]
    Url(String),
    /// The database cannot be reached now; trying again later makes sense.
    #[error("reach the database")]
    Unavailable(#[source] sqlx::Error),
    /// The database answered with an error.
    #[error("run query {query}")]
    Query {
        /** Name of the query. */
        query: &'static str,
        /** What the driver said. */
        #[source]
        source: sqlx::Error,
    },
    /// The schema is not one we know.
    #[error("use this database: {0}")]
    Schema(String),
}

impl StoreError {
    /// Whether the database is away, so that the caller should say "temporary" rather than "failed".
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// Result of [`Store::create_user`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateUser {
    /** The account exists now. */
    Created,
    /** The name was taken already. */
    Exists,
}

/// What a login needs to know of an account.
#[derive(Debug, Clone)]
pub struct Credentials {
    /** Keys, at most one set per mechanism. */
    pub keys: Vec<ScramKeys>,
    /** Whether `ofUserFlag` locks the account now. */
    pub is_locked_out: bool,
}

/// A page of users to ask for.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /** Case-insensitive part of username, name or e-mail. */
    pub search: Option<String>,
    /** Rows to skip. */
    pub offset: u32,
    /** Most rows to return. */
    pub limit: u32,
}

/// A page of users, ordered by username.
#[derive(Debug, Clone)]
pub struct UserPage {
    /** Matching rows in all. */
    pub total: u64,
    /** The rows of this page. */
    pub users: Vec<User>,
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineMessage {
    /** `ofOffline.messageID`. */
    pub id: i64,
    /** When it was stored. */
    pub stored_at: UnixMillis,
    /** The serialised stanza. */
    pub stanza: String,
}

/// Result of [`Store::add_offline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddOffline {
    /** Kept. */
    Stored,
    /** The quota of the account is used up; nothing was stored. */
    QuotaExceeded,
}

/// What all nodes of one database share and nobody else knows.
#[derive(Clone)]
pub struct ClusterIdentity {
    /** Names the database; not secret. */
    pub database_id: [u8; 16],
    /** Proves access to the database; never logged. */
    pub secret: [u8; 32],
}

/// `ofPresence`: what is left of the last session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastPresence {
    /** When the account went offline. */
    pub offline_at: UnixMillis,
    /** The last unavailable stanza, if it carried anything. */
    pub stanza: Option<String>,
}

/// A handle on the database, cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {}

#[expect(unused_variables, clippy::unused_async, reason = "signatures first")]
impl Store {
    /// Opens `url` (as sqlx writes it), applies the migrations if the database is fresh, and checks the schema.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        unimplemented!()
    }
    /// Which engine this is.
    pub fn backend(&self) -> Backend {
        unimplemented!()
    }
    /// Checks that the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Closes all connections.
    pub async fn close(&self) {
        unimplemented!()
    }
    /// The identity shared by all nodes of this database; made by whoever asks first.
    pub async fn cluster_identity(&self) -> Result<ClusterIdentity, StoreError> {
        unimplemented!()
    }

    /// One account.
    pub async fn user(&self, username: &str) -> Result<Option<User>, StoreError> {
        unimplemented!()
    }
    /// A page of accounts.
    pub async fn users(&self, query: &UserQuery) -> Result<UserPage, StoreError> {
        unimplemented!()
    }
    /// Makes an account in one transaction.
    pub async fn create_user(&self, user: &User, keys: &[ScramKeys]) -> Result<CreateUser, StoreError> {
        unimplemented!()
    }
    /// Changes name and e-mail. Returns whether the account exists.
    pub async fn update_user(
        &self,
        username: &str,
        name: Option<&str>,
        email: Option<&str>,
    ) -> Result<bool, StoreError> {
        unimplemented!()
    }
    /// Removes an account and everything that belongs to it. Returns whether it existed.
    pub async fn delete_user(&self, username: &str) -> Result<bool, StoreError> {
        unimplemented!()
    }
    /// Keys and lock of an account.
    pub async fn credentials(&self, username: &str) -> Result<Option<Credentials>, StoreError> {
        unimplemented!()
    }
    /// Replaces all keys of an account. Returns whether it exists.
    pub async fn set_credentials(&self, username: &str, keys: &[ScramKeys]) -> Result<bool, StoreError> {
        unimplemented!()
    }
    /// All properties of an account.
    pub async fn user_properties(&self, username: &str) -> Result<Vec<(String, String)>, StoreError> {
        unimplemented!()
    }
    /// Sets (`Some`) or removes (`None`) one property of an account.
    pub async fn set_user_property(
        &self,
        username: &str,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// All roster items, invisible ones included.
    pub async fn roster(&self, username: &str) -> Result<Vec<RosterItem>, StoreError> {
        unimplemented!()
    }
    /// One roster item.
    pub async fn roster_item(
        &self,
        username: &str,
        contact: &BareJid,
    ) -> Result<Option<RosterItem>, StoreError> {
        unimplemented!()
    }
    /// Reads one item, lets `change` decide what becomes of it, and writes that, as one transaction:
    /// concurrent changes of one item from several nodes are applied one after the other.
    /// `change` gets the current item (`None`: not on the roster) and returns the new one (`None`: remove) with a result.
    /// It may be called again when the database asks for a retry.
    pub async fn update_roster_item<R, F>(
        &self,
        username: &str,
        contact: &BareJid,
        change: F,
    ) -> Result<R, StoreError>
    where
        F: Fn(Option<RosterItem>) -> (Option<RosterItem>, R) + Send + Sync,
        R: Send,
    {
        unimplemented!()
    }

    /// Stores a message unless the account would then hold more than `quota_bytes`.
    pub async fn add_offline(
        &self,
        username: &str,
        stanza: &str,
        stored_at: UnixMillis,
        quota_bytes: usize,
    ) -> Result<AddOffline, StoreError> {
        unimplemented!()
    }
    /// All stored messages, oldest first.
    pub async fn offline(&self, username: &str) -> Result<Vec<OfflineMessage>, StoreError> {
        unimplemented!()
    }
    /// Removes stored messages by id. Returns how many were there.
    pub async fn delete_offline(&self, username: &str, ids: &[i64]) -> Result<u64, StoreError> {
        unimplemented!()
    }

    /// The vCard as it was stored.
    pub async fn vcard(&self, username: &str) -> Result<Option<String>, StoreError> {
        unimplemented!()
    }
    /// Stores (`Some`) or removes (`None`) the vCard.
    pub async fn set_vcard(&self, username: &str, vcard: Option<&str>) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// A private storage fragment (XEP-0049) by its element name and namespace.
    pub async fn private_xml(
        &self,
        username: &str,
        name: &str,
        namespace: &str,
    ) -> Result<Option<String>, StoreError> {
        unimplemented!()
    }
    /// Stores a private storage fragment.
    pub async fn set_private_xml(
        &self,
        username: &str,
        name: &str,
        namespace: &str,
        xml: &str,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// When and how the account was last online.
    pub async fn last_presence(&self, username: &str) -> Result<Option<LastPresence>, StoreError> {
        unimplemented!()
    }
    /// Remembers that the account went offline; `None` removes the row, as Openfire does at login.
    pub async fn set_last_presence(
        &self,
        username: &str,
        last: Option<&LastPresence>,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// All system properties (`ofProperty`).
    pub async fn properties(&self) -> Result<Vec<(String, String)>, StoreError> {
        unimplemented!()
    }
    /// Sets (`Some`) or removes (`None`) one system property.
    pub async fn set_property(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        unimplemented!()
    }
}
