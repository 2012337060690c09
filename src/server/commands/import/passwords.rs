//! Reversible passwords, made readable for the database that they go to.
//!
//! They are encrypted with the property `passwordKey` in the way of the node that stored them. A target that has a
//! `passwordKey` of its own, or another `security.xml`, could not read them.

use cobnut_openfire::{Encryption, Kdf, UserPasswords};
use cobnut_store::{ImportAccount, SystemProperty};
use cobnut_xmpp_proto::sasl::verify_password;

const PASSWORD_KEY: &str = "passwordKey";

/// How passwords change on the way.
pub(super) struct Passwords {
    from: Option<UserPasswords>,
    to: Option<UserPasswords>,
    is_same: bool,
}

impl Passwords {
    /// `target` is the value of `passwordKey` that the target has after the import.
    pub(super) fn new(
        source: &[SystemProperty],
        source_encryption: &Encryption,
        target: Option<&str>,
        target_encryption: &Encryption,
    ) -> Self {
        let key = source.iter().find(|property| property.name == PASSWORD_KEY);
        let key = key.and_then(|property| property.value.as_deref());
        let with = |key: Option<&str>, kdf: &Kdf| key.map(|key| UserPasswords::new(key, kdf));
        Self {
            from: with(key, source_encryption.kdf()),
            to: with(target, target_encryption.kdf()),
            is_same: key == target && source_encryption.kdf() == target_encryption.kdf(),
        }
    }

    /// Makes the encrypted password of an account readable for the target. Returns whether the account can log in
    /// afterwards with a password that it had before.
    pub(super) fn carry_over(&self, account: &mut ImportAccount) -> bool {
        let has_other = !account.keys.is_empty() || account.readable.plain.is_some();
        let Some(stored) = account.readable.encrypted.as_deref().filter(|_| !self.is_same) else {
            return has_other || account.readable.encrypted.is_some();
        };
        let is_confirmed = |text: &str| account.keys.iter().any(|keys| verify_password(text, keys));
        let clear = self.from.as_ref().and_then(|from| from.decrypt(stored, is_confirmed).ok());
        if let (Some(clear), Some(to)) = (clear, &self.to) {
            account.readable.encrypted = Some(to.encrypt(&clear, rand::random()));
            return true;
        }
        // What nobody can read helps nobody, and would be taken for a password.
        account.readable.encrypted = None;
        has_other
    }
}

/// The `passwordKey` that the target has after the import: its own unless it is replaced.
pub(super) fn key_after<'a>(
    source: &'a [SystemProperty],
    target: Option<&'a str>,
    replaces: bool,
) -> Option<&'a str> {
    let key = source.iter().find(|property| property.name == PASSWORD_KEY);
    let key = key.and_then(|property| property.value.as_deref());
    if replaces { key.or(target) } else { target.or(key) }
}

/// The name of the property.
pub(super) fn key_name() -> &'static str {
    PASSWORD_KEY
}

#[cfg(test)]
mod tests {
    use cobnut_openfire::{Algorithm, Encryption};

    use super::*;

    fn key(value: &str) -> Vec<SystemProperty> {
        vec![SystemProperty {
            name: PASSWORD_KEY.to_owned(),
            value: Some(value.to_owned()),
            is_encrypted: false,
        }]
    }

    fn account(encrypted: &str) -> ImportAccount {
        let mut account = ImportAccount::default();
        account.readable.encrypted = Some(encrypted.to_owned());
        account
    }

    #[test]
    fn passwords_stay_usable_under_another_key_or_another_way_to_make_it() {
        let plain = Encryption::default();
        let salted =
            Encryption::with(Algorithm::Blowfish, None, Kdf::Pbkdf2 { salt: vec![7; 32] }, Vec::new());
        let source = key("one");
        let stored = UserPasswords::new("one", plain.kdf()).encrypt("secret", [3; 8]);
        for (target, encryption) in [("one", &plain), ("two", &plain), ("one", &salted), ("two", &salted)] {
            let passwords = Passwords::new(&source, &plain, Some(target), encryption);
            let mut account = account(&stored);
            assert!(passwords.carry_over(&mut account));
            let carried = account.readable.encrypted.expect("carried over");
            let read = UserPasswords::new(target, encryption.kdf()).candidates(&carried);
            assert!(read.contains(&"secret".to_owned()), "{target}: {read:?}");
        }
        let mut lost = account("00");
        assert!(!Passwords::new(&source, &plain, Some("two"), &plain).carry_over(&mut lost));
        assert_eq!(lost.readable.encrypted, None);
    }

    #[test]
    fn the_key_of_the_target_stays_unless_it_is_replaced() {
        let source = key("source");
        assert_eq!(key_after(&source, Some("target"), false), Some("target"));
        assert_eq!(key_after(&source, Some("target"), true), Some("source"));
        assert_eq!(key_after(&source, None, false), Some("source"));
        assert_eq!(key_after(&[], None, true), None);
    }
}
