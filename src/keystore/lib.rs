//! Java key stores: which kind it is, what it holds, and the keys and certificates in it.
//!
//! Invariant: bytes in, values out; no files, no TLS, no clock. Memory stays in the order of the input's size.

mod certificate;
mod java_object;
mod jks;
mod jks_protection;
mod pkcs12;
mod pkcs12_cipher;
mod reader;

use std::fmt;

use thiserror::Error;

pub use certificate::{CertificateFacts, KeyKind};

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

impl Format {
    /// The name that Java uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jks => "JKS",
            Self::Jceks => "JCEKS",
            Self::Pkcs12 => "PKCS12",
        }
    }
}

/// What a key store holds.
#[derive(Debug, Clone)]
pub struct Keystore {
    /// Its kind.
    pub format: Format,
    /// Its entries in the order of the file.
    pub entries: Vec<Entry>,
    /// Certificates, X.509 in DER, that belong to no entry: Java does not list them, and trusts none of them.
    ///
    /// A PKCS #12 file made by OpenSSL without a key holds nothing else, and is an empty trust store for Java.
    pub unlisted: Vec<Vec<u8>>,
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
#[derive(Clone)]
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

/// Keys are never printed.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrivateKey { key, chain } => f
                .debug_struct("PrivateKey")
                .field("key", &key.as_ref().map(|_| "[redacted]"))
                .field("chain_len", &chain.len())
                .finish(),
            Self::Certificate(_) => f.write_str("Certificate"),
            Self::SecretKey => f.write_str("SecretKey"),
        }
    }
}

impl Keystore {
    /// Reads a key store whose keys have the password of the store, as Openfire's have.
    ///
    /// # Errors
    /// The file is of no known kind, damaged, uses an unknown algorithm, or has another password.
    pub fn open(bytes: &[u8], password: &str) -> Result<Self, KeystoreError> {
        Self::open_with_key_password(bytes, password, password)
    }

    /// Reads a key store whose keys have a password of their own.
    ///
    /// A key with yet another password is absent from its entry; its certificates are there.
    ///
    /// # Errors
    /// As [`Keystore::open`].
    pub fn open_with_key_password(
        bytes: &[u8],
        password: &str,
        key_password: &str,
    ) -> Result<Self, KeystoreError> {
        match Self::format_of(bytes) {
            Some(Format::Pkcs12) => pkcs12::open(bytes, password, key_password),
            Some(format) => jks::open(bytes, format, Some((password, key_password))),
            None => Err(KeystoreError::UnknownFormat),
        }
    }

    /// Reads names and certificates without a password, and without the integrity check that needs it.
    ///
    /// # Errors
    /// As [`Keystore::open`]; most PKCS #12 files encrypt their certificates, too, and then a password is needed.
    pub fn open_public(bytes: &[u8]) -> Result<Self, KeystoreError> {
        match Self::format_of(bytes) {
            Some(Format::Pkcs12) => pkcs12::open_public(bytes),
            Some(format) => jks::open(bytes, format, None),
            None => Err(KeystoreError::UnknownFormat),
        }
    }

    /// The first private key that could be read (PKCS #8, DER), with its certificates (X.509, DER), its own first.
    pub fn private_key(&self) -> Option<(&[u8], &[Vec<u8>])> {
        self.entries.iter().find_map(|entry| match &entry.content {
            Content::PrivateKey { key: Some(key), chain } => Some((key.as_slice(), chain.as_slice())),
            _ => None,
        })
    }

    /// The private key for a domain as Openfire picks it: the first whose certificate names the domain, or else the first.
    pub fn private_key_for(&self, domain: &str) -> Option<(&[u8], &[Vec<u8>])> {
        let mut keys = self.entries.iter().filter_map(|entry| match &entry.content {
            Content::PrivateKey { key: Some(key), chain } => Some((key.as_slice(), chain.as_slice())),
            _ => None,
        });
        let names_domain = |chain: &[Vec<u8>]| {
            let facts = chain.first().and_then(|der| CertificateFacts::read(der).ok());
            facts.is_some_and(|facts| facts.covers(domain))
        };
        keys.find(|(_, chain)| names_domain(chain)).or_else(|| self.private_key())
    }

    /// The certificates that are trusted: X.509, DER.
    pub fn trusted(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().filter_map(|entry| match &entry.content {
            Content::Certificate(der) => Some(der.as_slice()),
            _ => None,
        })
    }

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

#[cfg(test)]
mod tests;
