//! Keys that stand for a password (RFC 5802 §3).
//!
//! The password is hashed as it was typed, without SASLprep, because Openfire does so and both servers may work on
//! one database. A check of a clear-text password tries the prepared form too.

use cobnut_model::{ScramKeys, ScramMechanism};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::{Choice, ConstantTimeEq};

/// Iterations of PBKDF2 for new passwords. Openfire's `sasl.scram-sha-1.iteration-count`.
pub const DEFAULT_ITERATIONS: u32 = 4096;
/// Bytes of random salt for new passwords, as Openfire makes them.
pub const SALT_BYTES: usize = 24;

/// Evaluates an expression with the type of the mechanism's hash under a name.
macro_rules! with_hash {
    ($mechanism:expr, $hash:ident => $body:expr) => {
        match $mechanism {
            ScramMechanism::Sha1 => {
                type $hash = Sha1;
                $body
            }
            ScramMechanism::Sha256 => {
                type $hash = Sha256;
                $body
            }
            ScramMechanism::Sha512 => {
                type $hash = Sha512;
                $body
            }
        }
    };
}

/// The HMAC of the mechanism's hash, the only primitive besides PBKDF2 that SCRAM uses.
pub(super) fn hmac(mechanism: ScramMechanism, key: &[u8], message: &[u8]) -> Vec<u8> {
    with_hash!(mechanism, H => {
        let mut mac = Hmac::<H>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    })
}

/// The mechanism's hash.
pub(super) fn hash(mechanism: ScramMechanism, message: &[u8]) -> Vec<u8> {
    with_hash!(mechanism, H => H::digest(message).to_vec())
}

/// Turns a password into keys (RFC 5802 §3). Costs `iterations` HMACs: keep it away from threads that must not block.
pub fn derive(password: &str, mechanism: ScramMechanism, salt: &[u8], iterations: u32) -> ScramKeys {
    let salted = with_hash!(mechanism, H => {
        let mut salted = vec![0_u8; <H as Digest>::output_size()];
        pbkdf2::pbkdf2_hmac::<H>(password.as_bytes(), salt, iterations, &mut salted);
        salted
    });
    let client_key = hmac(mechanism, &salted, b"Client Key");
    ScramKeys {
        mechanism,
        salt: salt.to_vec(),
        iterations,
        stored_key: hash(mechanism, &client_key),
        server_key: hmac(mechanism, &salted, b"Server Key"),
    }
}

/// Keys of every mechanism for a new password, with [`DEFAULT_ITERATIONS`].
///
/// `fill_random` fills a salt with random bytes from a cryptographic source, for example `rand::fill`.
/// Costs about ten milliseconds: keep it away from threads that must not block.
pub fn new_password_keys(password: &str, fill_random: impl FnMut(&mut [u8])) -> Vec<ScramKeys> {
    password_keys(password, &ScramMechanism::ALL, fill_random)
}

/// The same for some mechanisms.
pub fn password_keys(
    password: &str,
    mechanisms: &[ScramMechanism],
    mut fill_random: impl FnMut(&mut [u8]),
) -> Vec<ScramKeys> {
    let keys = mechanisms.iter().map(|&mechanism| {
        let mut salt = [0_u8; SALT_BYTES];
        fill_random(&mut salt);
        derive(password, mechanism, &salt, DEFAULT_ITERATIONS)
    });
    keys.collect()
}

/// Whether `password` is the one behind `keys`, as typed or after SASLprep (RFC 4013).
/// Takes the same time whether it is or not, and as long as [`derive()`] once or twice.
pub fn verify_password(password: &str, keys: &ScramKeys) -> bool {
    let matches = |candidate: &str| -> Choice {
        let derived = derive(candidate, keys.mechanism, &keys.salt, keys.iterations);
        derived.stored_key.ct_eq(&keys.stored_key)
    };
    let mut found = matches(password);
    if let Ok(prepared) = stringprep::saslprep(password)
        && prepared != password
    {
        found |= matches(&prepared);
    }
    found.into()
}

/// Keys for an account that does not exist: the same on every call, so that nobody can tell the account from a real
/// one by its salt, and matching no password.
///
/// `secret` must be the same on all nodes of a cluster, else two nodes answer differently.
pub fn decoy_keys(username: &str, mechanism: ScramMechanism, secret: &[u8]) -> ScramKeys {
    let part = |label: &str| hmac(mechanism, secret, format!("{label}\0{username}").as_bytes());
    // One hash is shorter than a salt.
    let mut salt = part("salt");
    salt.extend(part("salt 2"));
    salt.truncate(SALT_BYTES);
    ScramKeys {
        mechanism,
        salt,
        iterations: DEFAULT_ITERATIONS,
        stored_key: part("stored key"),
        server_key: part("server key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn fill(seed: u8) -> impl FnMut(&mut [u8]) {
        let mut next = seed;
        move |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(1);
            }
        }
    }

    /// The key of RFC 5802 §5 and RFC 7677 §3: the client proof there is ClientKey XOR HMAC(StoredKey, AuthMessage).
    fn check_proof(mechanism: ScramMechanism, salt: &str, auth_message: &str, proof: &str, signature: &str) {
        let keys = derive("pencil", mechanism, &STANDARD.decode(salt).expect("salt"), 4096);
        let client_signature = hmac(mechanism, &keys.stored_key, auth_message.as_bytes());
        let client_key: Vec<u8> = STANDARD
            .decode(proof)
            .expect("proof")
            .iter()
            .zip(&client_signature)
            .map(|(proof, signature)| proof ^ signature)
            .collect();
        assert_eq!(hash(mechanism, &client_key), keys.stored_key);
        assert_eq!(STANDARD.encode(hmac(mechanism, &keys.server_key, auth_message.as_bytes())), signature);
    }

    #[test]
    fn keys_are_those_of_rfc_5802_and_rfc_7677() {
        check_proof(
            ScramMechanism::Sha1,
            "QSXCR+Q6sek8bf92",
            "n=user,r=fyko+d2lbbFgONRv9qkxdawL,\
             r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,\
             c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
            "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        );
        check_proof(
            ScramMechanism::Sha256,
            "W22ZaJ0SNY7soEsUEjb6gQ==",
            "n=user,r=rOprNGfwEbeRWgbNEkqO,\
             r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
             c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
            "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        );
    }

    #[test]
    fn a_new_password_gets_keys_with_different_salts() {
        let keys = new_password_keys("secret", fill(1));
        assert_eq!(keys.iter().map(|keys| keys.mechanism).collect::<Vec<_>>(), ScramMechanism::ALL);
        assert_ne!(keys[0].salt, keys[1].salt);
        for keys in &keys {
            assert_eq!((keys.salt.len(), keys.iterations), (SALT_BYTES, DEFAULT_ITERATIONS));
            assert!(verify_password("secret", keys));
            assert!(!verify_password("secret ", keys));
            assert!(!verify_password("", keys));
        }
    }

    #[test]
    fn both_forms_of_a_password_are_tried() {
        // U+00AA becomes "a" in SASLprep (RFC 4013 §3).
        let prepared = derive("a", ScramMechanism::Sha1, b"salt", 1);
        assert!(verify_password("\u{aa}", &prepared));
        let as_typed = derive("\u{aa}", ScramMechanism::Sha1, b"salt", 1);
        assert!(verify_password("\u{aa}", &as_typed));
        assert!(!verify_password("a", &as_typed));
        // A character that SASLprep forbids.
        let forbidden = derive("a\u{7}b", ScramMechanism::Sha256, b"salt", 1);
        assert!(verify_password("a\u{7}b", &forbidden));
    }

    #[test]
    fn decoys_are_stable_and_differ_by_user_secret_and_mechanism() {
        let decoy = decoy_keys("nobody", ScramMechanism::Sha1, b"secret");
        assert_eq!(decoy, decoy_keys("nobody", ScramMechanism::Sha1, b"secret"));
        assert_eq!((decoy.salt.len(), decoy.stored_key.len()), (SALT_BYTES, 20));
        assert_ne!(decoy.salt, decoy_keys("nobody2", ScramMechanism::Sha1, b"secret").salt);
        assert_ne!(decoy.salt, decoy_keys("nobody", ScramMechanism::Sha1, b"other").salt);
        assert_ne!(decoy.salt, decoy_keys("nobody", ScramMechanism::Sha256, b"secret").salt);
    }

    proptest! {
        // HMAC fills keys up with NUL (RFC 2104 §2), so one at the end makes no difference; no client can send it anyhow
        // (RFC 4616 §2, RFC 5802 §7).
        #[test]
        fn only_the_password_itself_is_accepted(
            password in "[^\\x00]{0,20}", other in "[^\\x00]{0,20}", salt: [u8; 8],
        ) {
            for mechanism in ScramMechanism::ALL {
                let keys = derive(&password, mechanism, &salt, 2);
                prop_assert!(verify_password(&password, &keys));
                let prepared = stringprep::saslprep(&other).map(String::from).unwrap_or_default();
                if other != password && prepared != password {
                    prop_assert!(!verify_password(&other, &keys));
                }
            }
        }
    }
}
