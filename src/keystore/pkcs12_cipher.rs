//! The encryptions and sums of PKCS #12: PBES1 with triple DES or RC2, PBES2, and HMAC with SHA-1 or SHA-2.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use des::{TdesEde2, TdesEde3};
use hmac::{Hmac, Mac};
use pkcs5::pbes2;
use pkcs12::MacData;
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use pkcs12::pbe_params::Pkcs12PbeParams;
use pkcs12::safe_bag::PrivateKeyInfo;
use rc2::Rc2;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBMAC1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.14");
const SHA1_3DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
const SHA1_2DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.4");
const SHA1_RC2_128: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5");
const SHA1_RC2_40: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA224: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// Most rounds that a file may ask for: Java and OpenSSL write up to 600 000.
const ROUNDS_MAX: i32 = 1_000_000;
/// Most rounds that all parts of a file may ask for together: some seconds of computing.
pub(crate) const ROUNDS_TOGETHER_MAX: u64 = 5_000_000;
/// Most memory that scrypt may ask for, in bytes; OpenSSL's own default asks for 16 MiB.
const SCRYPT_BYTES_MAX: u64 = 64 << 20;
const SCRYPT_PARALLEL_MAX: u16 = 4;

/// Why something was not decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CipherError {
    /// The password is another one, or the bytes were changed.
    DoesNotFit,
    /// The parameters make no sense.
    Damaged(&'static str),
    /// Not read by this program.
    Unsupported(String),
}

/// Rounds that the parts of one file have asked for so far.
#[derive(Debug, Default)]
pub(crate) struct RoundsSpent(u64);

impl RoundsSpent {
    /// Counts a part that asks for so many rounds.
    fn spend(&mut self, rounds: i32) -> Result<i32, CipherError> {
        if !(1..=ROUNDS_MAX).contains(&rounds) {
            return Err(CipherError::Unsupported(format!("{rounds} rounds for the key of an encryption")));
        }
        self.add(u64::from(rounds.unsigned_abs()))?;
        Ok(rounds)
    }

    fn add(&mut self, rounds: u64) -> Result<(), CipherError> {
        self.0 = self.0.saturating_add(rounds);
        if self.0 > ROUNDS_TOGETHER_MAX {
            let what = format!("more than {ROUNDS_TOGETHER_MAX} rounds for the keys of all its encryptions");
            return Err(CipherError::Unsupported(what));
        }
        Ok(())
    }
}

/// Decrypts what an `AlgorithmIdentifier` describes.
pub(crate) fn decrypt(
    algorithm: &AlgorithmIdentifierOwned,
    encrypted: &[u8],
    password: &str,
    spent: &mut RoundsSpent,
) -> Result<Vec<u8>, CipherError> {
    let parameters = algorithm.parameters.as_ref().and_then(|any| any.to_der().ok());
    let parameters = parameters.ok_or(CipherError::Damaged("an encryption has no parameters"))?;
    match algorithm.oid {
        PBES2 => decrypt_pbes2(&parameters, encrypted, password, spent),
        SHA1_3DES => decrypt_pbes1::<TdesEde3>(&parameters, 24, encrypted, password, spent),
        SHA1_2DES => decrypt_pbes1::<TdesEde2>(&parameters, 16, encrypted, password, spent),
        SHA1_RC2_128 => decrypt_pbes1::<Rc2>(&parameters, 16, encrypted, password, spent),
        SHA1_RC2_40 => decrypt_pbes1::<Rc2>(&parameters, 5, encrypted, password, spent),
        other => Err(CipherError::Unsupported(format!("the encryption {other}"))),
    }
}

fn decrypt_pbes1<C: KeyInit + BlockCipherDecrypt>(
    parameters: &[u8],
    key_len: usize,
    encrypted: &[u8],
    password: &str,
    spent: &mut RoundsSpent,
) -> Result<Vec<u8>, CipherError> {
    let parameters = Pkcs12PbeParams::from_der(parameters)
        .map_err(|_| CipherError::Damaged("an encryption has unreadable parameters"))?;
    let rounds = spent.spend(parameters.iterations)?;
    let salt = parameters.salt.as_bytes();
    for password in encodings(password) {
        let key = derive_key::<Sha1>(&password, salt, Pkcs12KeyType::EncryptionKey, rounds, key_len);
        let iv = derive_key::<Sha1>(&password, salt, Pkcs12KeyType::Iv, rounds, C::block_size());
        let decryptor = cbc::Decryptor::<C>::new_from_slices(&key, &iv)
            .map_err(|_| CipherError::Damaged("an encryption has a key of the wrong length"))?;
        let mut plain = encrypted.to_vec();
        if let Ok(text) = decryptor.decrypt_padded::<Pkcs7>(&mut plain) {
            let length = text.len();
            plain.truncate(length);
            return Ok(plain);
        }
    }
    Err(CipherError::DoesNotFit)
}

fn decrypt_pbes2(
    parameters: &[u8],
    encrypted: &[u8],
    password: &str,
    spent: &mut RoundsSpent,
) -> Result<Vec<u8>, CipherError> {
    let parameters = pbes2::Parameters::from_der(parameters).map_err(|error| {
        CipherError::Unsupported(format!("an encryption of PKCS #5 that is not known: {error}"))
    })?;
    match &parameters.kdf {
        pbes2::Kdf::Pbkdf2(kdf) => {
            spent.spend(i32::try_from(kdf.iteration_count).unwrap_or(i32::MAX))?;
        }
        pbes2::Kdf::Scrypt(kdf) => {
            let memory = kdf.cost_parameter.saturating_mul(128 * u64::from(kdf.block_size));
            if memory > SCRYPT_BYTES_MAX || kdf.parallelization > SCRYPT_PARALLEL_MAX {
                return Err(CipherError::Unsupported(format!("scrypt with {memory} bytes of memory")));
            }
            // A block of 128 bytes takes about as long as a round.
            spent.add(memory / 128 * u64::from(kdf.parallelization))?;
        }
        _ => return Err(CipherError::Unsupported("an unknown key derivation of PKCS #5".to_owned())),
    }
    parameters.decrypt(password, encrypted).map_err(|error| match error {
        pkcs5::Error::UnsupportedAlgorithm { oid } => {
            CipherError::Unsupported(format!("the encryption {oid}"))
        }
        pkcs5::Error::NoPbes1CryptSupport | pkcs5::Error::AlgorithmParametersInvalid { .. } => {
            CipherError::Unsupported(error.to_string())
        }
        _ => CipherError::DoesNotFit,
    })
}

/// Checks the sum over the contents of a file.
pub(crate) fn verify(
    mac: &MacData,
    contents: &[u8],
    password: &str,
    spent: &mut RoundsSpent,
) -> Result<(), CipherError> {
    let rounds = spent.spend(mac.iterations)?;
    let salt = mac.mac_salt.as_bytes();
    macro_rules! verify {
        ($hash:ty, $length:literal) => {
            encodings(password).iter().any(|password| {
                let key = derive_key::<$hash>(password, salt, Pkcs12KeyType::Mac, rounds, $length);
                let mac_of = <Hmac<$hash> as hmac::KeyInit>::new_from_slice(&key);
                mac_of.is_ok_and(|sum| {
                    sum.chain_update(contents).verify_slice(mac.mac.digest.as_bytes()).is_ok()
                })
            })
        };
    }
    let fits = match mac.mac.algorithm.oid {
        SHA1 => verify!(Sha1, 20),
        SHA224 => verify!(Sha224, 28),
        SHA256 => verify!(Sha256, 32),
        SHA384 => verify!(Sha384, 48),
        SHA512 => verify!(Sha512, 64),
        PBMAC1 => return Err(CipherError::Unsupported("the check sum PBMAC1".to_owned())),
        other => return Err(CipherError::Unsupported(format!("the check sum {other}"))),
    };
    if fits { Ok(()) } else { Err(CipherError::DoesNotFit) }
}

/// Whether bytes are a private key in PKCS #8.
pub(crate) fn is_private_key(der: &[u8]) -> bool {
    PrivateKeyInfo::from_der(der).is_ok()
}

/// A password as PKCS #12 wants it: UTF-16 with a zero at the end. The empty one is also written as nothing at all.
fn encodings(password: &str) -> Vec<Vec<u8>> {
    let with_end: Vec<u8> =
        password.encode_utf16().chain(std::iter::once(0)).flat_map(u16::to_be_bytes).collect();
    if password.is_empty() { vec![with_end, Vec::new()] } else { vec![with_end] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_file_share_their_rounds() {
        let mut spent = RoundsSpent::default();
        for rounds in [0, -1, ROUNDS_MAX + 1, i32::MAX] {
            assert!(matches!(spent.spend(rounds), Err(CipherError::Unsupported(_))), "{rounds}");
        }
        for part in 0..5 {
            assert_eq!(spent.spend(ROUNDS_MAX), Ok(ROUNDS_MAX), "part {part}");
        }
        assert!(matches!(spent.spend(1), Err(CipherError::Unsupported(_))));
    }
}
