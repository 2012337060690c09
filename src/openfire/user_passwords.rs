//! `ofUser.encryptedPassword`: always Blowfish, with the key of the system property `passwordKey`.

use crate::cipher::{BLOWFISH_IV_LEN, BlowfishCipher, DecryptError, Kdf};

/// Reads and writes the reversible passwords of users.
///
/// The key is made as this node's `security.xml` says, but the migration to PBKDF2 in Openfire 5.1 leaves stored user
/// passwords alone: one table may hold passwords under SHA-1 keys, under this node's PBKDF2 key and under those of other
/// nodes. So a result is a candidate until something else, such as the SCRAM keys of the user, confirms it.
#[derive(Debug, Clone)]
pub struct UserPasswords {
    current: BlowfishCipher,
    other: Option<BlowfishCipher>,
}

impl UserPasswords {
    /// For the property `passwordKey` and the way in which this node makes keys ([`Encryption::kdf`]).
    ///
    /// [`Encryption::kdf`]: crate::Encryption::kdf
    pub fn new(password_key: &str, kdf: &Kdf) -> Self {
        let other = (*kdf != Kdf::Sha1).then(|| BlowfishCipher::new(Some(password_key), &Kdf::Sha1));
        Self { current: BlowfishCipher::new(Some(password_key), kdf), other }
    }

    /// Every clear text that a stored value may stand for, this node's own key first; empty if none fits.
    pub fn candidates(&self, stored: &str) -> Vec<String> {
        let ciphers = std::iter::once(&self.current).chain(&self.other);
        ciphers.filter_map(|cipher| cipher.decrypt(stored).ok()).collect()
    }

    /// The clear text of a stored value: the candidate that `is_confirmed`, or else the first one.
    ///
    /// `is_confirmed` compares a clear text with what else is known, for example with the user's SCRAM keys; where
    /// nothing is known it says no.
    ///
    /// # Errors
    /// No key fits: the password was stored by a node with another salt, or with another `passwordKey`.
    pub fn decrypt(&self, stored: &str, is_confirmed: impl Fn(&str) -> bool) -> Result<String, DecryptError> {
        let mut candidates = self.candidates(stored);
        if candidates.is_empty() {
            return self.current.decrypt(stored);
        }
        let best = candidates.iter().position(|candidate| is_confirmed(candidate)).unwrap_or(0);
        Ok(candidates.swap_remove(best))
    }

    /// Encrypts a password as Openfire on this node would; `iv` should be random.
    pub fn encrypt(&self, password: &str, iv: [u8; BLOWFISH_IV_LEN]) -> String {
        self.current.encrypt(password, iv)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: &str = "d8835ca5c85385d31b06e30d0479559f241d3c6c9bfe37b5a2ee228a258a73b8";

    #[test]
    fn passwords_from_before_and_after_the_migration() {
        let before = UserPasswords::new("YJ1nKWyrMeGvTKu", &Kdf::Sha1);
        let after = UserPasswords::new("YJ1nKWyrMeGvTKu", &Kdf::Pbkdf2 { salt: vec![1; 32] });
        let elsewhere = UserPasswords::new("YJ1nKWyrMeGvTKu", &Kdf::Pbkdf2 { salt: vec![2; 32] });
        assert_eq!(before.candidates(STORED), ["password"]);
        assert_eq!(after.decrypt(STORED, |_| false).as_deref(), Ok("password"));
        let new = after.encrypt("new one", [9; 8]);
        assert_eq!(after.decrypt(&new, |text| text == "new one").as_deref(), Ok("new one"));
        assert_eq!(elsewhere.candidates(&new), Vec::<String>::new());
        assert_eq!(before.decrypt(&new, |_| true), Err(DecryptError::WrongKey));
        assert!(matches!(before.decrypt("", |_| true), Err(DecryptError::NotCiphertext(_))));
    }

    #[test]
    fn what_is_confirmed_wins() {
        let kdf = Kdf::Pbkdf2 { salt: vec![1; 32] };
        let (before, after) = (UserPasswords::new("key", &Kdf::Sha1), UserPasswords::new("key", &kdf));
        // About one in 65 000 values of one block makes sense under both keys.
        let (clear, stored) = (100..4_000_000)
            .map(|number| format!("{number:07}"))
            .map(|text| (text.clone(), before.encrypt(&text, [3; 8])))
            .find(|(_, stored)| after.candidates(stored).len() == 2)
            .unwrap();
        assert_ne!(after.decrypt(&stored, |_| false).as_ref(), Ok(&clear), "this node's own key comes first");
        assert_eq!(after.decrypt(&stored, |text| text == clear).as_ref(), Ok(&clear));
    }
}
