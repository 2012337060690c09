//! How JKS and JCEKS hide private keys: Sun's own stream of SHA-1 blocks, and triple DES under a key made with MD5.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use des::TdesEde3;
use md5::Md5;
use pkcs12::pbe_params::{EncryptedPrivateKeyInfo, Pkcs12PbeParams};
use sha1::{Digest, Sha1};

use crate::{KeystoreError, pkcs12_cipher};

/// Sun's protection of keys in JKS.
const OID_JKS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.17.1.1");
/// `PBEWithMD5AndTripleDES`, the protection of keys in JCEKS.
const OID_JCEKS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.19.1");
const SHA1_LEN: usize = 20;
/// Most rounds that a file may ask for; Java writes up to 200 000, and refuses more than 5 000 000.
const ROUNDS_MAX: i32 = 1_000_000;

/// A private key as it lies in the file.
pub(crate) enum Protection {
    Jks { salt: [u8; SHA1_LEN], encrypted: Vec<u8>, check: [u8; SHA1_LEN] },
    Jceks { salt: [u8; 8], rounds: i32, encrypted: Vec<u8> },
}

/// Why a key cannot even be tried.
pub(crate) enum Unreadable {
    Damaged(&'static str),
    Unsupported(String),
}

impl Unreadable {
    pub(crate) fn at(self, offset: usize) -> KeystoreError {
        match self {
            Self::Damaged(reason) => KeystoreError::Damaged { offset, reason: reason.to_owned() },
            Self::Unsupported(what) => KeystoreError::Unsupported(what),
        }
    }
}

impl Protection {
    pub(crate) fn read(protected: &[u8]) -> Result<Self, Unreadable> {
        let damaged = || Unreadable::Damaged("a private key has no readable frame");
        let info = EncryptedPrivateKeyInfo::from_der(protected).map_err(|_| damaged())?;
        let data = info.encrypted_data.as_bytes();
        match info.encryption_algorithm.oid {
            OID_JKS => {
                let (salt, rest) = data.split_first_chunk().ok_or_else(damaged)?;
                let (encrypted, check) = rest.split_last_chunk().ok_or_else(damaged)?;
                Ok(Self::Jks { salt: *salt, encrypted: encrypted.to_vec(), check: *check })
            }
            OID_JCEKS => {
                let parameters = info.encryption_algorithm.parameters.as_ref();
                let parameters = parameters.and_then(|any| any.to_der().ok()).ok_or_else(damaged)?;
                let parameters = Pkcs12PbeParams::from_der(&parameters).map_err(|_| damaged())?;
                let salt = parameters.salt.as_bytes().try_into().map_err(|_| damaged())?;
                if !(1..=ROUNDS_MAX).contains(&parameters.iterations) {
                    let rounds = parameters.iterations;
                    return Err(Unreadable::Unsupported(format!("{rounds} rounds for the key of a key")));
                }
                Ok(Self::Jceks { salt, rounds: parameters.iterations, encrypted: data.to_vec() })
            }
            other => Err(Unreadable::Unsupported(format!("the key protection {other}"))),
        }
    }

    /// PKCS #8 of the key; `None` if the password is another one.
    pub(crate) fn open(&self, password: &str) -> Option<Vec<u8>> {
        match self {
            Self::Jks { salt, encrypted, check } => open_jks(password, salt, encrypted, check),
            Self::Jceks { salt, rounds, encrypted } => open_jceks(password, *salt, *rounds, encrypted),
        }
    }
}

/// The text in UTF-16, big endian.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn open_jks(
    password: &str,
    salt: &[u8; SHA1_LEN],
    encrypted: &[u8],
    check: &[u8; SHA1_LEN],
) -> Option<Vec<u8>> {
    let password = utf16(password);
    let sum = |bytes: &[u8]| Sha1::new().chain_update(&password).chain_update(bytes).finalize();
    let mut block = sum(salt);
    let mut plain = Vec::with_capacity(encrypted.len());
    for chunk in encrypted.chunks(SHA1_LEN) {
        plain.extend(chunk.iter().zip(&block).map(|(byte, mask)| byte ^ mask));
        block = sum(&block);
    }
    (sum(&plain).as_slice() == check).then_some(plain)
}

fn open_jceks(password: &str, mut salt: [u8; 8], rounds: i32, encrypted: &[u8]) -> Option<Vec<u8>> {
    // Java keeps the low seven bits of every character.
    let password: Vec<u8> =
        password.encode_utf16().map(|unit| u8::try_from(unit & 0x7F).unwrap_or_default()).collect();
    if salt[..4] == salt[4..] {
        // Meant to reverse the first half when both are equal; Java has an index wrong, and everybody follows.
        (salt[0], salt[1], salt[2]) = (salt[3], salt[0], salt[1]);
    }
    let mut key = Vec::with_capacity(32);
    for half in salt.chunks(4) {
        let mut sum = half.to_vec();
        for _ in 0..rounds {
            sum = Md5::new().chain_update(&sum).chain_update(&password).finalize().to_vec();
        }
        key.extend(sum);
    }
    let decryptor = cbc::Decryptor::<TdesEde3>::new_from_slices(key.get(..24)?, key.get(24..)?).ok()?;
    let mut plain = encrypted.to_vec();
    let length = decryptor.decrypt_padded::<Pkcs7>(&mut plain).ok()?.len();
    plain.truncate(length);
    // Padding comes out right by chance once in 256 wrong passwords; the frame of a key does not.
    pkcs12_cipher::is_private_key(&plain).then_some(plain)
}
