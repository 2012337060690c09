//! Passwords that Openfire keeps readable: in the clear, or in Blowfish under the property `passwordKey`.
//!
//! Such a password is what counts for Openfire when somebody logs in with clear text; keys are made from it where
//! they are missing. What is stored with the new keys is what Openfire would store (`user.scramHashedPasswordOnly`,
//! `user.usePlainPassword`), so that it finds its way when it is started on the database again.

use std::sync::PoisonError;

use cobnut_model::ScramKeys;
use cobnut_openfire::{UserPasswords, java_bool};

use crate::credentials::ReadablePassword;
use crate::{Credentials, Store, StoreError};

const PASSWORD_KEY: &str = "passwordKey";
const SCRAM_ONLY: &str = "user.scramHashedPasswordOnly";
const USE_PLAIN: &str = "user.usePlainPassword";
/// Width of `ofUser.plainPassword`.
const PLAIN_CHARACTERS_MAX: usize = 32;
/// As long as the ones that Openfire makes.
const PASSWORD_KEY_CHARACTERS: usize = 15;
const PASSWORD_KEY_ALPHABET: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Store {
    /// What the readable password of an account may be, the most likely first; empty if it has none or none can be
    /// decrypted.
    ///
    /// There may be two: Openfire 5.1 changed how keys of Blowfish are made and left stored passwords as they were.
    pub async fn readable_passwords(&self, credentials: &Credentials) -> Result<Vec<String>, StoreError> {
        let Some(encrypted) = &credentials.encrypted_password else {
            return Ok(credentials.plain_password.iter().cloned().collect());
        };
        let Some(key) = self.property_value(PASSWORD_KEY).await? else { return Ok(Vec::new()) };
        Ok(self.user_passwords(key).await.candidates(encrypted))
    }

    /// Stores keys that were made from the password with which the account has just logged in, and beside them what
    /// Openfire would keep of it. On a database of our own nothing readable is kept. Returns whether the account
    /// exists.
    pub async fn adopt_password(
        &self,
        username: &str,
        password: &str,
        keys: &[ScramKeys],
    ) -> Result<bool, StoreError> {
        let readable = self.readable_form(password).await?;
        self.replace_password(username, keys, &readable).await
    }

    /// Whether Openfire would remove a readable password once it has keys, at the next login.
    pub async fn is_scram_only(&self) -> Result<bool, StoreError> {
        Ok(self.shared.shape.is_ours || self.is_set(SCRAM_ONLY).await?)
    }

    async fn is_set(&self, property: &str) -> Result<bool, StoreError> {
        Ok(self.property_value(property).await?.is_some_and(|value| java_bool(&value)))
    }

    async fn readable_form(&self, password: &str) -> Result<ReadablePassword, StoreError> {
        if self.is_scram_only().await? {
            return Ok(ReadablePassword::None);
        }
        if self.is_set(USE_PLAIN).await? {
            let fits = password.chars().count() <= PLAIN_CHARACTERS_MAX;
            // Openfire fails there; the keys are enough to log in.
            return Ok(if fits {
                ReadablePassword::Plain(password.to_owned())
            } else {
                ReadablePassword::None
            });
        }
        let key = match self.property_value(PASSWORD_KEY).await? {
            Some(key) => key,
            None => self.property_or_insert(PASSWORD_KEY, &random_key()).await?,
        };
        Ok(ReadablePassword::Encrypted(self.user_passwords(key).await.encrypt(password, rand::random())))
    }

    /// The cipher for `passwordKey`, made once for each value of it: the newer way to make its key takes long.
    async fn user_passwords(&self, key: String) -> UserPasswords {
        let slot = &self.shared.user_passwords;
        if let Some((known, cipher)) = &*slot.lock().unwrap_or_else(PoisonError::into_inner)
            && *known == key
        {
            return cipher.clone();
        }
        let kdf = self.shared.encryption.kdf().clone();
        let made_of = key.clone();
        let made = tokio::task::spawn_blocking(move || UserPasswords::new(&made_of, &kdf)).await;
        // Cancelled only while the runtime ends; then it does not matter how long this takes.
        let cipher = made.unwrap_or_else(|_| UserPasswords::new(&key, self.shared.encryption.kdf()));
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, cipher.clone()));
        cipher
    }
}

fn random_key() -> String {
    let letter = |_| {
        let index = rand::random_range(0..PASSWORD_KEY_ALPHABET.len());
        char::from(PASSWORD_KEY_ALPHABET.get(index).copied().unwrap_or(b'0'))
    };
    (0..PASSWORD_KEY_CHARACTERS).map(letter).collect()
}
