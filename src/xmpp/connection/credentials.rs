//! What a login needs from the store, and passwords checked away from the async threads.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cobnut_model::{ScramKeys, ScramMechanism, User};
use cobnut_store::{CreateUser, Credentials, Store, StoreError};
use cobnut_xmpp_proto::sasl::{SaslFailure, decoy_keys, new_password_keys, verify_password};
use cobnut_xmpp_proto::stream::{AccountKeys, Registration, RegistrationError};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::Instant;

use crate::passwords;
use crate::service::now;
use crate::throttle::{LoginThrottle, RegistrationThrottle};

/// The accounts of the domain as logins see them.
pub(crate) struct Accounts {
    store: Store,
    throttle: Arc<LoginThrottle>,
    registrations: RegistrationThrottle,
    /// Hashing a password costs milliseconds; logins beyond the processors wait here and not in the blocking pool.
    hashing: Arc<Semaphore>,
    /// Whether an account was seen that has keys, but not of every mechanism: an old Openfire made SHA-1 only.
    has_partial_keys: AtomicBool,
    /// Makes the decoys of accounts that do not exist; the same on all members, so it is made from what they share.
    decoy_secret: OnceCell<[u8; 32]>,
}

impl Accounts {
    /// Clients of one network may ask for `registrations` accounts an hour.
    pub(crate) fn new(store: Store, throttle: Arc<LoginThrottle>, registrations: u32) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            store,
            throttle,
            registrations: RegistrationThrottle::new(registrations),
            hashing: Arc::new(Semaphore::new(processors)),
            has_partial_keys: AtomicBool::new(false),
            decoy_secret: OnceCell::new(),
        }
    }

    /// Keys for SCRAM; decoys if there is no such account.
    ///
    /// Compat: accounts that Openfire made have keys for SHA-1 only. They are told that the mechanism is invalid,
    /// because clients try the next one after that and not after a wrong password. So that this does not tell who
    /// has an account, the half of those who have none is told the same from then on.
    pub(super) async fn keys(
        &self,
        username: &str,
        mechanism: ScramMechanism,
        ip: IpAddr,
    ) -> Result<AccountKeys, SaslFailure> {
        self.check_throttle(username, ip)?;
        let credentials =
            self.credentials(username, Some(mechanism)).await?.filter(|found| !found.keys.is_empty());
        let Some(credentials) = credentials else {
            let keys = self.decoy(username, mechanism).await?;
            let looks_partial = mechanism != ScramMechanism::Sha1
                && self.has_partial_keys.load(Ordering::Relaxed)
                && keys.salt.first().is_some_and(|byte| byte % 2 == 0);
            return if looks_partial {
                Err(SaslFailure::InvalidMechanism)
            } else {
                Ok(AccountKeys { keys, is_locked_out: false })
            };
        };
        let is_locked_out = credentials.is_locked_out;
        let keys = credentials.keys.into_iter().find(|keys| keys.mechanism == mechanism);
        if keys.is_none() {
            self.has_partial_keys.store(true, Ordering::Relaxed);
        }
        keys.map(|keys| AccountKeys { keys, is_locked_out }).ok_or(SaslFailure::InvalidMechanism)
    }

    /// Checks a clear-text password. Takes as long for an account that does not exist.
    pub(super) async fn check_password(
        &self,
        username: &str,
        password: String,
        ip: IpAddr,
    ) -> Result<(), SaslFailure> {
        self.check_throttle(username, ip)?;
        // All keys, so that those that are missing can be made of the password.
        let credentials = self.credentials(username, None).await?;
        let is_locked_out = credentials.as_ref().is_some_and(|credentials| credentials.is_locked_out);
        // One set of keys is enough; SHA-1 is the one that Openfire always has.
        let keys = credentials.iter().flat_map(|found| &found.keys).min_by_key(|keys| keys.mechanism);
        let keys = match keys {
            Some(keys) => keys.clone(),
            None => self.decoy(username, ScramMechanism::Sha1).await?,
        };
        let typed = password.clone();
        let mut is_right = self.hash(move || verify_password(&typed, &keys)).await?;
        if let Some(found) = credentials.as_ref().filter(|_| is_right) {
            passwords::add_missing_keys(&self.store, username, found, password.clone()).await;
        }
        if let Some(found) = credentials.filter(Credentials::has_readable_password) {
            if is_right {
                passwords::forget_readable(&self.store, username, &found).await;
            } else {
                let answer = passwords::is_readable_password(&self.store, username, &found, &password).await;
                is_right = answer.map_err(|err| unavailable(&err))?;
            }
        }
        match is_right {
            false => Err(SaslFailure::NotAuthorized),
            true if is_locked_out => Err(SaslFailure::AccountDisabled),
            true => Ok(()),
        }
    }

    /// Whether an account may be used whose owner is known without a password.
    pub(super) async fn check_account(&self, username: &str) -> Result<(), SaslFailure> {
        match self.store.sha1_credentials(username).await.map_err(|err| unavailable(&err))? {
            None => Err(SaslFailure::NotAuthorized),
            Some(found) if found.is_locked_out => Err(SaslFailure::AccountDisabled),
            Some(_) => Ok(()),
        }
    }

    /// Makes an account for a client that has not logged in (XEP-0077). Returns its name's fate.
    pub(super) async fn register(&self, wanted: Registration, ip: IpAddr) -> Result<(), RegistrationError> {
        if !self.registrations.admits(ip, Instant::now()) {
            tracing::info!(%ip, "account not made: too many were asked for from this address");
            return Err(RegistrationError::Later);
        }
        let Registration { username, password, name, email } = wanted;
        let keys = self.hash(move || new_password_keys(&password, rand::fill)).await;
        // A password that cannot be prepared has no keys.
        let keys = keys.map_err(|_| RegistrationError::Later)?;
        if keys.is_empty() {
            return Err(RegistrationError::NotAcceptable);
        }
        let now = now();
        let user = User { username, name, email, created_at: now, modified_at: now };
        match self.store.create_user(&user, &keys).await {
            Ok(CreateUser::Created) => {
                tracing::info!(user = user.username, %ip, "account made by a client");
                Ok(())
            }
            Ok(CreateUser::Exists) => Err(RegistrationError::Exists),
            Err(err) if err.is_unfit() => Err(RegistrationError::NotAcceptable),
            Err(err) => {
                tracing::warn!(
                    err = &err as &dyn std::error::Error,
                    "an account that a client asked for was not made"
                );
                Err(RegistrationError::Later)
            }
        }
    }

    /// Counts the end of an attempt for the throttle.
    pub(super) fn finished(&self, username: &str, ip: IpAddr, result: Result<(), SaslFailure>) {
        match result {
            Ok(()) => self.throttle.succeeded(username, ip),
            Err(SaslFailure::NotAuthorized) => self.throttle.failed(username, ip, Instant::now()),
            Err(_) => {}
        }
    }

    fn check_throttle(&self, username: &str, ip: IpAddr) -> Result<(), SaslFailure> {
        if self.throttle.is_blocked(username, ip, Instant::now()) {
            tracing::debug!(user = username, %ip, "login refused after too many wrong passwords");
            return Err(SaslFailure::TemporaryAuthFailure);
        }
        Ok(())
    }

    /// What the store has of an account, with the keys that a mechanism needs if there are any, or with all of them.
    async fn credentials(
        &self,
        username: &str,
        mechanism: Option<ScramMechanism>,
    ) -> Result<Option<Credentials>, SaslFailure> {
        let found = async {
            if mechanism == Some(ScramMechanism::Sha1) {
                // Most logins: one statement instead of two.
                match self.store.sha1_credentials(username).await? {
                    Some(found) if found.keys.is_empty() => {}
                    found => return Ok(found),
                }
            }
            match self.store.credentials(username).await? {
                Some(found) => {
                    let found = passwords::with_keys(&self.store, username, found).await?;
                    let Some(mechanism) = mechanism else { return Ok(Some(found)) };
                    passwords::with_keys_of(&self.store, username, found, mechanism).await.map(Some)
                }
                None => Ok(None),
            }
        };
        found.await.map_err(|err: StoreError| unavailable(&err))
    }

    async fn decoy(&self, username: &str, mechanism: ScramMechanism) -> Result<ScramKeys, SaslFailure> {
        let secret = self
            .decoy_secret
            .get_or_try_init(async || self.store.cluster_identity().await.map(|identity| identity.secret))
            .await
            .map_err(|err| unavailable(&err))?;
        Ok(decoy_keys(username, mechanism, secret))
    }

    async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SaslFailure> {
        let permit =
            Arc::clone(&self.hashing).acquire_owned().await.map_err(|_| SaslFailure::TemporaryAuthFailure)?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        hashed.await.map_err(|_| SaslFailure::TemporaryAuthFailure)
    }
}

fn unavailable(err: &StoreError) -> SaslFailure {
    tracing::warn!(err = err as &dyn std::error::Error, "login without the database");
    SaslFailure::TemporaryAuthFailure
}
