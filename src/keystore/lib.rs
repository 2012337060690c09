//! Java key stores: which kind it is, what it holds, and the keys and certificates in it.
//!
//! Invariant: bytes in, values out; no files, no TLS, no clock.

use thiserror::Error;

/// Kinds of key stores, told apart by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Sun's own, magic `FE ED FE ED`.
    Jks,
    /// The one with triple DES, magic `CE CE CE CE`.
    Jceks,
    /// PKCS #12 (RFC 7292), a DER sequence.
    Pkcs12,
}

/// What a key store holds.
#[derive(Debug, Clone)]
pub struct Keystore {
    /// Its kind.
    pub format: Format,
    /// Its entries in the order of the file.
    pub entries: Vec<Entry>,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub alias: String,
    /// What it is.
    pub content: Content,
}

/// What an entry is.
#[derive(Debug, Clone)]
pub enum Content {
    /// A private key with its certificates, the key's own first.
    PrivateKey {
        /// PKCS #8, DER; absent when the key's own password was not the store's.
        key: Option<Vec<u8>>,
        /// X.509, DER.
        chain: Vec<Vec<u8>>,
    },
    /// A certificate that is trusted: X.509, DER.
    Certificate(Vec<u8>),
    /// A symmetric key, which is not read.
    SecretKey,
}

/// Why a key store cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeystoreError {
    /// The first bytes are those of no kind of key store.
    #[error("this is no Java key store: it begins with none of the known magic numbers")]
    UnknownFormat,
    /// The file ends within an entry, or a length in it makes no sense.
    #[error("the key store is damaged at byte {offset}: {reason}")]
    Damaged {
        /// Byte offset of the damage.
        offset: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The password does not fit, or the file was changed.
    #[error("the password does not fit the key store")]
    WrongPassword,
    /// An algorithm that is not read.
    #[error("the key store uses {0}, which is not supported")]
    Unsupported(String),
}

impl Keystore {
    /// The kind of a key store.
    pub fn format_of(bytes: &[u8]) -> Option<Format> {
        match bytes {
            [0xFE, 0xED, 0xFE, 0xED, ..] => Some(Format::Jks),
            [0xCE, 0xCE, 0xCE, 0xCE, ..] => Some(Format::Jceks),
            [0x30, 0x80..=0x84, ..] => Some(Format::Pkcs12),
            _ => None,
        }
    }
}
