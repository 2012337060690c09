//! JKS and JCEKS: one layout, two ways to protect keys.
//!
//! Magic, version, number of entries; each entry with a tag, an alias and a time; a SHA-1 sum that needs the password.

use sha1::{Digest, Sha1};

use crate::jks_protection::{self, Protection};
use crate::pkcs12_cipher::ROUNDS_TOGETHER_MAX;
use crate::reader::Reader;
use crate::{Content, Entry, Format, Keystore, KeystoreError, certificate, java_object};

const TAG_PRIVATE_KEY: u32 = 1;
const TAG_CERTIFICATE: u32 = 2;
const TAG_SECRET_KEY: u32 = 3;
const SUM_LEN: usize = 20;
/// Mixed into the sum after the password; Java's choice of words.
const SUM_SALT: &[u8] = b"Mighty Aphrodite";

/// An entry whose key is still protected.
struct RawEntry<'a> {
    alias: String,
    offset: usize,
    content: RawContent<'a>,
}

enum RawContent<'a> {
    PrivateKey { protected: &'a [u8], chain: Vec<&'a [u8]> },
    Certificate(&'a [u8]),
    SecretKey,
}

/// Reads a store; without passwords only what is public, and unchecked.
pub(crate) fn open(
    bytes: &[u8],
    format: Format,
    passwords: Option<(&str, &str)>,
) -> Result<Keystore, KeystoreError> {
    let Some(body_len) = bytes.len().checked_sub(SUM_LEN) else {
        let reason = "the file ends within its first 20 bytes".to_owned();
        return Err(KeystoreError::Damaged { offset: bytes.len(), reason });
    };
    let (body, sum) = bytes.split_at(body_len);
    let raw = read_entries(body)?;
    if passwords.is_some() && rounds(&raw) > ROUNDS_TOGETHER_MAX {
        let what = format!("more than {ROUNDS_TOGETHER_MAX} rounds for all its keys");
        return Err(KeystoreError::Unsupported(what));
    }
    if let Some((password, key_password)) = passwords
        && jks_sum(password, body).as_slice() != sum
    {
        return Err(why_sum_differs(&raw, &[password, key_password], body.len()));
    }
    let key_password = passwords.map(|(_, key_password)| key_password);
    let entries = raw.into_iter().map(|entry| finish(entry, key_password)).collect::<Result<_, _>>()?;
    Ok(Keystore { format, entries, unlisted: Vec::new() })
}

/// Rounds of key derivation that opening all keys takes.
fn rounds(entries: &[RawEntry<'_>]) -> u64 {
    let protections = entries.iter().filter_map(|entry| match &entry.content {
        RawContent::PrivateKey { protected, .. } => Protection::read(protected).ok(),
        RawContent::Certificate(_) | RawContent::SecretKey => None,
    });
    protections.map(|protection| protection.rounds()).sum()
}

fn read_entries(body: &[u8]) -> Result<Vec<RawEntry<'_>>, KeystoreError> {
    let mut reader = Reader::new(body);
    reader.u32("the magic number")?;
    let version = reader.u32("the version")?;
    if !matches!(version, 1 | 2) {
        return Err(KeystoreError::Unsupported(format!("version {version} of the format")));
    }
    let count = reader.u32("the number of entries")?;
    // Nothing is reserved for the number that the file claims.
    let mut entries = Vec::new();
    for _ in 0..count {
        entries.push(read_entry(&mut reader, version)?);
    }
    if reader.remaining() > 0 {
        let reason = format!("{} bytes follow the last of {count} entries", reader.remaining());
        return Err(KeystoreError::Damaged { offset: reader.offset(), reason });
    }
    Ok(entries)
}

fn read_entry<'a>(reader: &mut Reader<'a>, version: u32) -> Result<RawEntry<'a>, KeystoreError> {
    let offset = reader.offset();
    let tag = reader.u32("the tag of an entry")?;
    let alias = reader.java_text("an alias")?;
    reader.take(8, "the time of an entry")?;
    let content = match tag {
        TAG_PRIVATE_KEY => {
            let protected = reader.block("a private key")?;
            let count = reader.u32("the length of a certificate chain")?;
            let mut chain = Vec::new();
            for _ in 0..count {
                chain.push(read_certificate(reader, version)?);
            }
            RawContent::PrivateKey { protected, chain }
        }
        TAG_CERTIFICATE => RawContent::Certificate(read_certificate(reader, version)?),
        TAG_SECRET_KEY => {
            java_object::skip(reader)?;
            RawContent::SecretKey
        }
        other => {
            let reason = format!("an entry has the unknown tag {other}");
            return Err(KeystoreError::Damaged { offset, reason });
        }
    };
    Ok(RawEntry { alias, offset, content })
}

fn read_certificate<'a>(reader: &mut Reader<'a>, version: u32) -> Result<&'a [u8], KeystoreError> {
    let offset = reader.offset();
    if version == 2 {
        let kind = reader.java_text("the type of a certificate")?;
        if !matches!(kind.as_str(), "X.509" | "X509") {
            return Err(KeystoreError::Unsupported(format!("certificates of type `{kind}`")));
        }
    }
    let der = reader.block("a certificate")?;
    if !certificate::is_certificate(der) {
        let reason = "there is no X.509 certificate".to_owned();
        return Err(KeystoreError::Damaged { offset, reason });
    }
    Ok(der)
}

/// SHA-1 of the password in UTF-16, some words, and everything before the sum.
fn jks_sum(password: &str, body: &[u8]) -> [u8; SUM_LEN] {
    let mut sum = Sha1::new();
    sum.update(jks_protection::utf16(password));
    sum.update(SUM_SALT);
    sum.update(body);
    sum.finalize().into()
}

/// A key that opens with the password proves that the password is right, so the file must have changed.
fn why_sum_differs(entries: &[RawEntry<'_>], passwords: &[&str], offset: usize) -> KeystoreError {
    let opens = |entry: &RawEntry<'_>| match &entry.content {
        RawContent::PrivateKey { protected, .. } => Protection::read(protected)
            .is_ok_and(|protection| passwords.iter().any(|password| protection.open(password).is_some())),
        _ => false,
    };
    if entries.iter().any(opens) {
        let reason =
            "the check sum is wrong, although the password fits a key: the file was changed".to_owned();
        return KeystoreError::Damaged { offset, reason };
    }
    KeystoreError::WrongPassword
}

fn finish(entry: RawEntry<'_>, key_password: Option<&str>) -> Result<Entry, KeystoreError> {
    let RawEntry { alias, offset, content } = entry;
    let content = match content {
        RawContent::PrivateKey { protected, chain } => {
            let key = match key_password {
                None => None,
                Some(password) => {
                    Protection::read(protected).map_err(|reason| reason.at(offset))?.open(password)
                }
            };
            Content::PrivateKey { key, chain: chain.into_iter().map(<[u8]>::to_vec).collect() }
        }
        RawContent::Certificate(der) => Content::Certificate(der.to_vec()),
        RawContent::SecretKey => Content::SecretKey,
    };
    Ok(Entry { alias, content })
}
