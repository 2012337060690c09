//! The two ciphers in which Openfire stores values, and nothing about where it stores them.

mod aes;
mod blowfish;
mod error;
mod hex;

pub(crate) use self::aes::BASE64;
pub use self::aes::{AesCipher, IV_LEN};
pub use self::blowfish::{BLOWFISH_IV_LEN, BlowfishCipher, Kdf};
pub use self::error::DecryptError;
