//! Persistence on Openfire's tables.
//!
//! One method per use; every backend keeps the same promises, checked by one contract suite.
//! Invariant: never writes `ofVersion` of a database it did not create.
//!
//! # Databases
//!
//! A database without any of Openfire's tables is *fresh*: it gets our migrations, which make the tables of Openfire's
//! schema version 40. A database that Openfire made (version 22 and later) is used as it is; what it lacks is kept in
//! tables called `cobnut…`, so that Openfire can be started on it again. Where these may not be created, what would
//! go there is left out and the log says so.
//!
//! | | Where Openfire has it | Otherwise |
//! |---|---|---|
//! | SCRAM-SHA-1 keys | `ofUserScram` from version 39 on, before that columns of `ofUser` | |
//! | keys of other mechanisms | | `cobnutUserScram` |
//! | private storage | `ofPrivate` up to version 28, then the account's eventing node if it has one | `cobnutPrivate` |
//! | stanza of a contact's request | `ofRoster.stanza` from version 33 on | only the fact is kept |
//! | encrypted properties | `ofProperty.encrypted` from version 26 on, `iv` from 27 on | |
//!
//! Columns decide, not `ofVersion`. [`Survey`] tells beforehand what would be found.
//!
//! # Consistency
//!
//! The database is the only copy: nothing is cached here but blocks of unused identifiers, so a node reads what any
//! node committed last.
//!
//! | Operation | Promise |
//! |---|---|
//! | single reads, lists, [`Store::roster`] | one statement, one snapshot |
//! | [`Store::users`], [`Store::credentials`] | two statements; each is a snapshot of its own |
//! | [`Store::search_directory`] | up to four statements; each is a snapshot of its own |
//! | [`Store::set_vcard`], [`Store::set_property`] and the other setters | one statement, the last writer wins |
//! | [`Store::create_user`], [`Store::delete_user`], [`Store::set_credentials`] | one transaction: all or nothing |
//! | [`Store::add_pubsub_node`], [`Store::publish_item`] | one transaction; items of a node are published one after the other |
//! | [`Store::update_roster_item`], [`Store::update_privacy_lists`] | one transaction that holds the account; no update is lost between nodes |
//! | [`Store::add_offline`] | one transaction that holds the account; the quota holds across nodes; on disk when it returns |
//! | [`Store::delete_offline`] | one transaction; every message is counted by exactly one caller |
//! | [`Store::add_to_archives`] | one transaction; a row that is there already stays as it is |
//! | [`Store::import_accounts`] | each account whole or not at all; several share a transaction |
//! | [`Store::cluster_identity`] | insert if absent, then read back: all nodes get the same |
//!
//! A transaction that loses against another one is run again a bounded number of times. When the connection breaks,
//! the operation fails with [`StoreError::Unavailable`] and is not repeated, because it may have been committed; see
//! [`Store::watch_health`] for what happens then.

// With optimisation the compiler lays out whole trees of futures at once: those of three database engines nest deeply.
#![recursion_limit = "256"]

mod archive;
mod backend;
mod credentials;
mod directory;
mod error;
mod groups;
mod health;
mod ids;
mod import;
mod lockouts;
mod mesh_secrets;
mod metrics;
mod nodes;
mod offline;
mod passwords;
mod presence;
mod privacy_lists;
mod private_xml;
mod properties;
mod pubsub;
mod rooms;
mod roster;
mod schema;
mod scram_coverage;
mod store;
mod survey;
mod timestamp;
mod user_properties;
mod users;
mod vcard;

pub use archive::{ArchiveRow, ArchiveSpan};
pub use credentials::Credentials;
pub use directory::{DirectoryAnswer, DirectoryEntry, DirectoryPage, DirectoryQuery};
pub use error::StoreError;
pub use groups::{Group, GroupMember};
pub use health::Health;
pub use import::{Existing, ImportAccount, ImportMessage, ImportPassword, ImportPrivate, ImportReport};
pub use mesh_secrets::{MeshSecrets, RotateSecret};
pub use nodes::NodeRow;
pub use offline::{AddOffline, OfflineMessage};
pub use presence::LastPresence;
pub use privacy_lists::StoredPrivacyList;
pub use properties::{ClusterIdentity, SystemProperty};
pub use pubsub::{
    AddNode, LastItem, PubsubAffiliation, PubsubItem, PubsubNode, PubsubRoot, PubsubSubscription,
};
pub use rooms::{
    AddRoom, Retirement, Room, RoomAffiliation, RoomLogEntry, RoomLogSpan, RoomPerson, RoomService,
    RoomSpeaker, RoomSubject,
};
pub use roster::roster_item_from_columns;
pub use store::{Backend, Store};
pub use survey::{Oddity, Origin, PasswordCounts, Rights, Survey, SurveyCounts};
pub use users::{CreateUser, UserPage, UserQuery};
