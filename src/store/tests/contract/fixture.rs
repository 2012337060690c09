//! A database for one test, and values to put into it.

use std::str::FromStr;

use cobnut_model::{ScramKeys, ScramMechanism, UnixMillis, User};
use cobnut_store::{CreateUser, Store};
use jid::BareJid;

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
}

impl Database {
    /// A new SQLite file.
    #[expect(clippy::unnecessary_wraps, reason = "the same shape as engines that may be missing")]
    pub(crate) fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let url = format!("sqlite://{}/data/test.db?mode=rwc", folder.path().display());
        Some(Self { url, _guard: Guard::Folder(folder) })
    }

    /// A handle on it.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url).await.expect("open")
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
