//! Logins with passwords that Openfire left readable, instead of keys or beside them.
//!
//! Openfire asks the readable password first, so it is what an operator changes who resets a password by hand; and
//! accounts from before Openfire 4.0 have nothing else.

use cobnut_model::ScramMechanism;
use cobnut_store::{Credentials, Store, StoreError};
use cobnut_xmpp_proto::sasl::{new_password_keys, password_keys, verify_password};
use subtle::ConstantTimeEq as _;

/// The credentials with keys: if there are none, they are made from the readable password and stored.
pub async fn with_keys(store: &Store, username: &str, found: Credentials) -> Result<Credentials, StoreError> {
    if !found.keys.is_empty() || !found.has_readable_password() {
        return Ok(found);
    }
    let Some(password) = store.readable_passwords(&found).await?.into_iter().next() else {
        tracing::warn!(
            user = username,
            "the password of this account cannot be decrypted and it has no keys, so it cannot log in; copy \
             conf/security.xml from the Openfire node that stored it, or set a new password"
        );
        return Ok(found);
    };
    adopt(store, username, password).await?;
    Ok(store.credentials(username).await?.unwrap_or(found))
}

/// The credentials with keys of a mechanism, made from a readable password if they are missing and it is the one that the
/// other keys are of.
pub async fn with_keys_of(
    store: &Store,
    username: &str,
    found: Credentials,
    mechanism: ScramMechanism,
) -> Result<Credentials, StoreError> {
    let is_complete = found.keys.iter().any(|keys| keys.mechanism == mechanism);
    let sha1 = found.keys.iter().find(|keys| keys.mechanism == ScramMechanism::Sha1).cloned();
    let Some(sha1) = sha1.filter(|_| !is_complete && store.keeps_all_keys()) else { return Ok(found) };
    let candidates = store.readable_passwords(&found).await?;
    // Thousands of hash rounds: not on a thread that serves sockets.
    let checked = tokio::task::spawn_blocking(move || {
        candidates.into_iter().find(|password| verify_password(password, &sha1))
    });
    let Ok(Some(password)) = checked.await else { return Ok(found) };
    add_missing_keys(store, username, &found, password).await;
    Ok(store.credentials(username).await?.unwrap_or(found))
}

/// Makes keys of the mechanisms that an account lacks, of a password that its SCRAM-SHA-1 keys have proved.
pub async fn add_missing_keys(store: &Store, username: &str, found: &Credentials, password: String) {
    let missing: Vec<ScramMechanism> = ScramMechanism::ALL
        .into_iter()
        .filter(|mechanism| found.keys.iter().all(|keys| keys.mechanism != *mechanism))
        .collect();
    let sha1 = found.keys.iter().find(|keys| keys.mechanism == ScramMechanism::Sha1);
    let Some(sha1) = sha1.filter(|_| !missing.is_empty() && store.keeps_all_keys()) else { return };
    let made = tokio::task::spawn_blocking(move || password_keys(&password, &missing, rand::fill)).await;
    let Ok(keys) = made else { return };
    if let Err(err) = store.add_keys(username, &sha1.salt, &keys).await {
        tracing::warn!(
            user = username,
            err = &err as &dyn std::error::Error,
            "keys of further login mechanisms were not stored; the next login with a password tries again"
        );
    }
}

/// Whether `password` is the readable one of the account. If it is, keys are made from it.
///
/// For clear text that the keys refused, or that there were no keys for.
pub async fn is_readable_password(
    store: &Store,
    username: &str,
    found: &Credentials,
    password: &str,
) -> Result<bool, StoreError> {
    let known = store.readable_passwords(found).await?;
    let is_known = known
        .iter()
        .fold(false, |is_known, known| is_known | bool::from(known.as_bytes().ct_eq(password.as_bytes())));
    if is_known {
        adopt(store, username, password.to_owned()).await?;
    }
    Ok(is_known)
}

/// Removes the readable password after a login that proved the keys right, if Openfire would.
pub async fn forget_readable(store: &Store, username: &str, found: &Credentials) {
    if !found.has_readable_password() || found.keys.is_empty() {
        return;
    }
    let forgotten = match store.is_scram_only().await {
        Ok(true) => store.forget_readable_password(username).await,
        Ok(false) => Ok(()),
        Err(err) => Err(err),
    };
    if let Err(err) = forgotten {
        tracing::warn!(
            user = username,
            err = &err as &dyn std::error::Error,
            "a readable password was not removed; the next login tries again"
        );
    }
}

async fn adopt(store: &Store, username: &str, password: String) -> Result<(), StoreError> {
    // Thousands of hash rounds: not on a thread that serves sockets.
    let made = tokio::task::spawn_blocking(move || {
        let keys = new_password_keys(&password, rand::fill);
        (password, keys)
    });
    if let Ok((password, keys)) = made.await {
        store.adopt_password(username, &password, &keys).await?;
    }
    Ok(())
}
