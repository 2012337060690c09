//! Blowfish as Openfire's `Blowfish` class uses it: CBC over UTF-16, written as hexadecimal digits after the start value.

use std::fmt;

use blowfish::Blowfish;
use blowfish::cipher::KeyInit;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit};
use sha1::{Digest, Sha1};
use sha2::Sha512;

use super::{DecryptError, hex};

/// Bytes of the random start value of each encrypted text.
pub const BLOWFISH_IV_LEN: usize = 8;
/// The key of installations that set none.
const DEFAULT_PASSWORD: &str = "Blowfish-CBC";
const PBKDF2_ROUNDS: u32 = 100_000;
const PBKDF2_KEY_LEN: usize = 32;
const BLOCK: usize = 8;

/// How a password becomes a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Kdf {
    /// SHA-1 of the password: every version before 5.1, and later ones until somebody runs the migration.
    #[default]
    Sha1,
    /// PBKDF2-HMAC-SHA512, 100 000 rounds, from 5.1 on; the salt belongs to the node's `security.xml`.
    Pbkdf2 {
        /// The salt as bytes.
        salt: Vec<u8>,
    },
}

/// Blowfish with a key.
#[derive(Clone)]
pub struct BlowfishCipher(Box<Blowfish>);

impl fmt::Debug for BlowfishCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlowfishCipher([redacted])")
    }
}

impl BlowfishCipher {
    /// A cipher for a password; `None` and the empty text stand for the key that Openfire uses by default.
    ///
    /// With [`Kdf::Pbkdf2`] this takes some 50 ms of computing.
    pub fn new(password: Option<&str>, kdf: &Kdf) -> Self {
        let key = key_bytes(password, kdf);
        let cipher = Blowfish::new_from_slice(&key).expect("20 and 32 bytes are lengths that Blowfish takes");
        Self(Box::new(cipher))
    }

    /// Encrypts a text; `iv` should be random.
    pub fn encrypt(&self, text: &str, iv: [u8; BLOWFISH_IV_LEN]) -> String {
        let mut plain: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let padding = BLOCK - plain.len() % BLOCK;
        plain.resize(plain.len() + padding, u8::try_from(padding).unwrap_or_default());
        let length = plain.len();
        let encryptor = cbc::Encryptor::<Blowfish>::inner_iv_init(Blowfish::clone(&self.0), &iv.into());
        let encrypted = encryptor
            .encrypt_padded::<NoPadding>(&mut plain, length)
            .expect("the text was padded to whole blocks");
        hex::encode(&iv) + &hex::encode(encrypted)
    }

    /// Decrypts a text and insists that the result looks like one that was encrypted with this key.
    ///
    /// # Errors
    /// The text is no ciphertext, or padding or characters do not come out right, which means another key.
    pub fn decrypt(&self, stored: &str) -> Result<String, DecryptError> {
        let plain = self.decrypt_blocks(stored)?;
        let padding = plain.last().copied().unwrap_or_default();
        let length = usize::from(padding);
        let is_padding = (1..=BLOCK).contains(&length)
            && plain.get(plain.len() - length..).is_some_and(|tail| tail.iter().all(|byte| *byte == padding));
        let text = plain.get(..plain.len().saturating_sub(length)).filter(|_| is_padding);
        let (units, rest) = text.ok_or(DecryptError::WrongKey)?.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(DecryptError::WrongKey);
        }
        let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
        String::from_utf16(&units).map_err(|_| DecryptError::WrongKey)
    }

    /// Decrypts as Openfire does, which never notices a wrong key and then yields garbage.
    ///
    /// `None` where Openfire has no value: fewer bytes than a start value, or digits that are none.
    pub fn decrypt_as_openfire(&self, stored: &str) -> Option<String> {
        let bytes = hex::decode(stored)?;
        let iv: [u8; BLOWFISH_IV_LEN] = bytes.get(..BLOWFISH_IV_LEN)?.try_into().ok()?;
        let blocks = (bytes.len() - BLOWFISH_IV_LEN) / BLOCK * BLOCK;
        let plain = self.decrypt_cbc(iv, bytes.get(BLOWFISH_IV_LEN..BLOWFISH_IV_LEN + blocks)?);
        let padding = plain.last().map_or(0, |last| usize::from(*last));
        let length = if padding > BLOCK { plain.len() } else { plain.len() - padding };
        let units: Vec<u16> =
            plain.get(..length)?.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
        Some(String::from_utf16_lossy(&units))
    }

    fn decrypt_blocks(&self, stored: &str) -> Result<Vec<u8>, DecryptError> {
        let bytes =
            hex::decode(stored.trim()).ok_or(DecryptError::NotCiphertext("not hexadecimal digits"))?;
        let Some((iv, encrypted)) = bytes.split_first_chunk::<BLOWFISH_IV_LEN>() else {
            return Err(DecryptError::NotCiphertext("fewer than 16 digits"));
        };
        if encrypted.is_empty() || !encrypted.len().is_multiple_of(BLOCK) {
            return Err(DecryptError::NotCiphertext(
                "not a multiple of 16 digits, or nothing after the first 16",
            ));
        }
        Ok(self.decrypt_cbc(*iv, encrypted))
    }

    fn decrypt_cbc(&self, iv: [u8; BLOWFISH_IV_LEN], encrypted: &[u8]) -> Vec<u8> {
        let mut plain = encrypted.to_vec();
        let decryptor = cbc::Decryptor::<Blowfish>::inner_iv_init(Blowfish::clone(&self.0), &iv.into());
        decryptor.decrypt_padded::<NoPadding>(&mut plain).expect("the callers pass whole blocks");
        plain
    }
}

fn key_bytes(password: Option<&str>, kdf: &Kdf) -> Vec<u8> {
    let password = password.filter(|text| !text.is_empty()).unwrap_or(DEFAULT_PASSWORD).as_bytes();
    match kdf {
        Kdf::Sha1 => Sha1::digest(password).to_vec(),
        Kdf::Pbkdf2 { salt } => {
            let mut key = vec![0; PBKDF2_KEY_LEN];
            pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, PBKDF2_ROUNDS, &mut key);
            key
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: Option<&str> = Some("0123456789abcde");

    fn salted() -> Kdf {
        Kdf::Pbkdf2 { salt: (0..32).collect() }
    }

    #[test]
    fn keys_are_those_of_openfire() {
        let check =
            |password, kdf: &Kdf, expected| assert_eq!(hex::encode(&key_bytes(password, kdf)), expected);
        check(None, &Kdf::Sha1, "eac44ecea2831b45434d9c205a3c1ee472a23f4e");
        check(Some(""), &Kdf::Sha1, "eac44ecea2831b45434d9c205a3c1ee472a23f4e");
        check(KEY, &Kdf::Sha1, "691e962069233fe1cbaf1618e49fb287f1f001a4");
        check(KEY, &salted(), "43a4433bdd52880058479f0b1d6f2b89064bf7ec4f2a41408c2d3c0c4c468de3");
        check(None, &salted(), "5e3414ae369fffbf28569007ea7197732efd2978e8581e6cc90b8c1cdedbe4d8");
    }

    #[test]
    fn values_are_those_of_openfire() {
        let check = |password, kdf: &Kdf, clear: &str, stored: &str| {
            let cipher = BlowfishCipher::new(password, kdf);
            assert_eq!(cipher.decrypt(stored).as_deref(), Ok(clear), "{stored}");
            assert_eq!(cipher.decrypt_as_openfire(stored).as_deref(), Some(clear), "{stored}");
            let iv = hex::decode(stored).unwrap()[..8].try_into().unwrap();
            assert_eq!(cipher.encrypt(clear, iv), stored.to_lowercase(), "{clear}");
        };
        let sha1 = &Kdf::Sha1;
        check(None, sha1, "openfire", "010203040506070876b8e46b2786059e8304b481669891fde6d6acc5a1094c83");
        check(KEY, sha1, "secret", "01020304050607083eb4da3cf507042dfe39061c091be826");
        check(KEY, sha1, "paä€wörd", "fedcba9876543210d6574326cb9206a4b1c2face0d01e580835ccae07469e042");
        check(KEY, sha1, "", "11223344556677881d3afbf019127a35");
        check(KEY, sha1, "four", "1122334455667788131392ef5e8dc0792a6e0107b0b92561");
        check(KEY, &salted(), "secret", "0102030405060708b3e96bd214d16a75dcf2792030724e41");
        check(
            None,
            &salted(),
            "openfire",
            "0102030405060708187383175f0b6b12234cc5e6a2127fe647250c94fd05e9fc",
        );
        // Written by a running installation.
        check(None, sha1, "openfire", "10d847caed2654fbb1fe6cefac0f381893323ae6b5eea27d31503d5880091fca");
        check(None, sha1, "hunter2", "30c1893796e0110fc4607c8b1bca0d0e54f10b270c4615d3");
        check(
            Some("YJ1nKWyrMeGvTKu"),
            sha1,
            "password",
            "d8835ca5c85385d31b06e30d0479559f241d3c6c9bfe37b5a2ee228a258a73b8",
        );
    }

    #[test]
    fn another_key_and_other_text_are_told_apart() {
        let cipher = BlowfishCipher::new(KEY, &Kdf::Sha1);
        let stored = BlowfishCipher::new(None, &Kdf::Sha1).encrypt("hunter2", [7; 8]);
        assert_eq!(cipher.decrypt(&stored), Err(DecryptError::WrongKey));
        assert!(cipher.decrypt_as_openfire(&stored).is_some_and(|garbage| garbage != "hunter2"));
        for text in ["", "hunter2", "0102", "0102030405060708", "010203040506070801", "zz"] {
            assert!(matches!(cipher.decrypt(text), Err(DecryptError::NotCiphertext(_))), "{text}");
        }
        assert_eq!(cipher.decrypt_as_openfire("0102030405060708").as_deref(), Some(""), "only a start value");
        assert_eq!(cipher.decrypt_as_openfire("01020304"), None);
        assert!(!format!("{cipher:?}").contains("0123"));
    }

    proptest! {
        #[test]
        fn what_is_encrypted_comes_back(text in any::<String>(), password in any::<String>(), iv in any::<[u8; 8]>()) {
            let cipher = BlowfishCipher::new(Some(&password), &Kdf::Sha1);
            let stored = cipher.encrypt(&text, iv);
            prop_assert_eq!(cipher.decrypt(&stored), Ok(text.clone()));
            prop_assert_eq!(cipher.decrypt_as_openfire(&stored), Some(text));
        }

        #[test]
        fn any_text_is_decrypted_or_refused(text in "[0-9a-f]{0,80}|.{0,20}") {
            let cipher = BlowfishCipher::new(None, &Kdf::Sha1);
            let _ = cipher.decrypt(&text);
            let _ = cipher.decrypt_as_openfire(&text);
        }
    }
}
