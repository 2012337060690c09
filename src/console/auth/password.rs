//! Checks and makes passwords away from the threads that serve requests.

use std::sync::Arc;

use cobnut_model::ScramKeys;
use cobnut_model::ScramMechanism::{Sha1, Sha256 as ScramSha256};
use cobnut_model::limits::{CONSOLE_HASHES_MAX, PASSWORD_BYTES_MAX};
use cobnut_store::{Credentials, Store, StoreError};
use cobnut_xmpp::passwords;
use cobnut_xmpp_proto::sasl;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// What came of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginOutcome {
    /// Right; holds the fingerprint of the keys.
    Accepted([u8; 32]),
    /// Wrong name or password, not an admin, or locked out: the visitor is not told which.
    Refused,
}

/// The pool in which passwords are hashed.
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
    decoy_secret: [u8; 32],
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let mut decoy_secret = [0_u8; 32];
        rand::fill(&mut decoy_secret);
        Self { permits: Arc::new(Semaphore::new(CONSOLE_HASHES_MAX)), decoy_secret }
    }

    /// Checks the password of an account. A refusal takes as long whether the account exists, is an admin, or neither.
    pub(crate) async fn check(
        &self,
        store: &Store,
        username: &str,
        is_admin: bool,
        password: String,
    ) -> Result<LoginOutcome, StoreError> {
        let credentials = match store.credentials(username).await? {
            Some(found) if is_admin => Some(passwords::with_keys(store, username, found).await?),
            found => found,
        };
        let readable = credentials
            .clone()
            .filter(|found| is_admin && !found.is_locked_out && found.has_readable_password());
        let decoy = || vec![sasl::decoy_keys(username, ScramSha256, &self.decoy_secret)];
        let (keys, may_enter) = match credentials {
            Some(found) if is_admin && !found.is_locked_out && !found.keys.is_empty() => (found.keys, true),
            _ => (decoy(), false),
        };
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(LoginOutcome::Refused);
        }
        let typed = password.clone();
        let is_right = self.run(move || {
            let best = keys
                .iter()
                .find(|keys| keys.mechanism == ScramSha256)
                .or_else(|| keys.iter().find(|keys| keys.mechanism == Sha1))?;
            sasl::verify_password(&password, best).then(|| keys_fingerprint(&keys))
        });
        match is_right.await.flatten() {
            Some(fingerprint) if may_enter => Ok(LoginOutcome::Accepted(fingerprint)),
            _ => match readable {
                Some(found) => check_readable(store, username, &found, &typed).await,
                None => Ok(LoginOutcome::Refused),
            },
        }
    }

    /// Keys of a new password. `None` only while the process ends.
    pub(crate) async fn new_keys(&self, password: String) -> Option<Vec<ScramKeys>> {
        self.run(move || sasl::new_password_keys(&password, |bytes| rand::fill(bytes))).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        // The permit travels into the blocking thread: a visitor who hangs up does not make room while it computes.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok()?;
        let work = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(work).await.ok()
    }
}

/// Compat: an operator who resets the password of an admin by hand writes it into the table in the clear, and Openfire
/// asks that column first.
async fn check_readable(
    store: &Store,
    username: &str,
    found: &Credentials,
    password: &str,
) -> Result<LoginOutcome, StoreError> {
    if !passwords::is_readable_password(store, username, found, password).await? {
        return Ok(LoginOutcome::Refused);
    }
    let keys = store.credentials(username).await?.map(|found| found.keys).unwrap_or_default();
    Ok(LoginOutcome::Accepted(keys_fingerprint(&keys)))
}

/// Names a set of keys without telling anything of them: changes whenever the password does.
pub(crate) fn keys_fingerprint(keys: &[ScramKeys]) -> [u8; 32] {
    let mut parts: Vec<_> = keys.iter().map(|keys| (keys.mechanism, &keys.salt, &keys.stored_key)).collect();
    parts.sort_unstable();
    let mut hash = Sha256::new();
    for (mechanism, salt, stored_key) in parts {
        hash.update(mechanism.name());
        hash.update(salt);
        hash.update(stored_key);
    }
    hash.finalize().into()
}
