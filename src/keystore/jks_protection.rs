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

    /// Rounds of key derivation that opening it takes.
    pub(crate) fn rounds(&self) -> u64 {
        match self {
            Self::Jks { .. } => 0,
            Self::Jceks { rounds, .. } => u64::from(rounds.unsigned_abs()),
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

fn open_jceks(password: &str, salt: [u8; 8], rounds: i32, encrypted: &[u8]) -> Option<Vec<u8>> {
    if salt[..4] != salt[4..] {
        return open_triple_des(password, salt, rounds, encrypted);
    }
    // Two equal halves would give a weak key, so Java turns the first one round. Early versions got an index wrong.
    let [a, b, c, d, ..] = salt;
    let tail = [a, b, c, d];
    let turned = [[d, c, b, a], [d, a, b, d]].map(|half| [half, tail].concat());
    turned
        .into_iter()
        .find_map(|salt| open_triple_des(password, <[u8; 8]>::try_from(salt).ok()?, rounds, encrypted))
}

fn open_triple_des(password: &str, salt: [u8; 8], rounds: i32, encrypted: &[u8]) -> Option<Vec<u8>> {
    // Java keeps the low seven bits of every character.
    let password: Vec<u8> =
        password.encode_utf16().map(|unit| u8::try_from(unit & 0x7F).unwrap_or_default()).collect();
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

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// Made with Java's own cipher, the password `changeit` and 50 rounds: a salt, and one whose halves are equal.
    const VECTORS: [([u8; 8], &str); 2] = [
        (
            [1, 2, 3, 4, 5, 6, 7, 8],
            "W6hz70Fe3sFH545dYG0LxQ8LMkA+BVOAeujfgv+kI7/J5bqv2eiBqm67DEJPbaSWViYTqW8VpEbwDgNNypGNJTDczVquD4kusDFV33FYF+j0\
             ROZYAtEh8EW7XUJuEL7moC06e6L8NwJadPMQcPT09h74Ymf7rIPG7Qz8esOlgFn/6Wciy+sgE4RhjQuKYxT7",
        ),
        (
            [1, 2, 3, 4, 1, 2, 3, 4],
            "ok/cbXj4fUssZD7TTUAhDPb2qId5C6wmnknmzdmlggki1cqDH5dX0JBP/bqeStC+mbiPne/hjOnTDcsY8MH7akp4yxecxrerHXOsaGUpanhJ\
             qVS8sRXJglzzO2kq9mg1CN5ulnE7yyh2OdMbq3VW7PBxb6puMQfhnyY3J7UUHtkXn04vLylWvLzBIgjZ5K7s",
        ),
    ];

    #[test]
    fn triple_des_keys_are_made_as_java_makes_them() {
        let expected = STANDARD.decode(include_str!("testdata/leaf.key.b64").replace('\n', "")).unwrap();
        for (salt, encrypted) in VECTORS {
            let encrypted = STANDARD.decode(encrypted).unwrap();
            assert_eq!(open_jceks("changeit", salt, 50, &encrypted).as_ref(), Some(&expected), "{salt:?}");
            assert_eq!(open_jceks("changeIt", salt, 50, &encrypted), None);
            assert_eq!(open_jceks("changeit", salt, 51, &encrypted), None);
        }
    }
}
