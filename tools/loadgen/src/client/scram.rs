//! SCRAM-SHA-1 (RFC 5802) as a client, with the expensive part kept between logins.
//!
//! Deriving the salted password takes thousands of rounds, which would make the load generator the bottleneck of
//! a login benchmark. Real clients may keep it as well (RFC 5802 §5.1), and ours does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::{Digest as _, Sha1};

/// Rounds a server may ask for before we suspect that it wants to keep us busy.
const ITERATIONS_MAX: u32 = 1_000_000;
/// Length of a SHA-1 digest.
const DIGEST_BYTES: usize = 20;

type Digest = [u8; DIGEST_BYTES];

/// Password, salt and rounds.
type Ingredients = (String, Vec<u8>, u32);

/// Salted passwords by what they were made of.
#[derive(Debug, Default, Clone)]
pub(crate) struct SaltedPasswords(Arc<Mutex<HashMap<Ingredients, Digest>>>);

impl SaltedPasswords {
    fn of(&self, password: &str, salt: &[u8], iterations: u32) -> Digest {
        let key = (password.to_owned(), salt.to_vec(), iterations);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        known.unwrap_or_else(|| {
            let derived = salted_password(password, salt, iterations);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, derived);
            derived
        })
    }
}

/// PBKDF2 with HMAC-SHA-1: the `Hi` of RFC 5802.
pub(crate) fn salted_password(password: &str, salt: &[u8], iterations: u32) -> Digest {
    pbkdf2::pbkdf2_hmac_array::<Sha1, DIGEST_BYTES>(password.as_bytes(), salt, iterations)
}

/// The keys that a server stores: `StoredKey` and `ServerKey`.
pub(crate) fn server_side_keys(salted: &Digest) -> (Digest, Digest) {
    let client_key = hmac(salted, b"Client Key");
    (Sha1::digest(client_key).into(), hmac(salted, b"Server Key"))
}

fn hmac(key: &[u8], text: &[u8]) -> Digest {
    // HMAC takes keys of every length, so this cannot fail; an empty key would only fail to log in.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else { return [0; DIGEST_BYTES] };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// One exchange, between the client's first message and the server's last.
#[derive(Debug)]
pub(crate) struct Exchange {
    nonce: String,
    first_bare: String,
    expected_signature: Option<Digest>,
}

impl Exchange {
    /// Starts one; `nonce` must be random and without commas.
    pub(crate) fn new(user: &str, nonce: String) -> Self {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        let first_bare = format!("n={user},r={nonce}");
        Self { nonce, first_bare, expected_signature: None }
    }

    /// The initial response.
    pub(crate) fn first(&self) -> String {
        format!("n,,{}", self.first_bare)
    }

    /// The answer to the server's challenge.
    pub(crate) fn answer(
        &mut self,
        challenge: &str,
        password: &str,
        cache: &SaltedPasswords,
    ) -> Result<String> {
        let field = |name: &str| {
            let found = challenge.split(',').find_map(|part| part.strip_prefix(name));
            found.with_context(|| format!("the challenge has no {name}"))
        };
        let nonce = field("r=")?;
        ensure!(nonce.starts_with(&self.nonce), "the server did not continue our nonce");
        let salt = BASE64.decode(field("s=")?).context("decode the salt")?;
        let iterations: u32 = field("i=")?.parse().context("read the iteration count")?;
        ensure!(iterations <= ITERATIONS_MAX, "the server asks for {iterations} iterations");

        let salted = cache.of(password, &salt, iterations);
        let without_proof = format!("c=biws,r={nonce}");
        let message = format!("{},{challenge},{without_proof}", self.first_bare);
        let client_key = hmac(&salted, b"Client Key");
        let (stored_key, server_key) = server_side_keys(&salted);
        let signature = hmac(&stored_key, message.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, mask)| key ^ mask).collect();
        self.expected_signature = Some(hmac(&server_key, message.as_bytes()));
        Ok(format!("{without_proof},p={}", BASE64.encode(proof)))
    }

    /// Checks that the server knew the password as well.
    pub(crate) fn verify(&self, last: &str) -> Result<()> {
        let Some(expected) = self.expected_signature else { bail!("success before the exchange was over") };
        let given = last.split(',').find_map(|part| part.strip_prefix("v=")).context("success without v=")?;
        let given = BASE64.decode(given).context("decode the server's signature")?;
        ensure!(given == expected, "the server's signature is wrong");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange printed in RFC 5802 §5.
    #[test]
    fn the_example_of_the_rfc_is_reproduced() -> Result<()> {
        let mut exchange = Exchange::new("user", "fyko+d2lbbFgONRv9qkxdawL".to_owned());
        assert_eq!(exchange.first(), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let challenge = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        let cache = SaltedPasswords::default();
        let answer = exchange.answer(challenge, "pencil", &cache)?;
        assert_eq!(
            answer,
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
        );
        exchange.verify("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")?;
        assert!(exchange.verify("v=AAAA").is_err());
        assert_eq!(cache.0.lock().unwrap().len(), 1, "the salted password is kept");
        Ok(())
    }

    #[test]
    fn bad_challenges_are_refused() {
        let cache = SaltedPasswords::default();
        for challenge in
            ["", "r=other,s=QQ==,i=1", "r=abcX,s=!,i=1", "r=abcX,s=QQ==,i=x", "r=abcX,s=QQ==,i=9999999"]
        {
            let mut exchange = Exchange::new("u", "abc".to_owned());
            assert!(exchange.answer(challenge, "p", &cache).is_err(), "{challenge}");
        }
        assert!(Exchange::new("u", "abc".to_owned()).verify("v=AAAA").is_err());
    }

    #[test]
    fn commas_and_equals_signs_in_names_are_escaped() {
        assert_eq!(Exchange::new("a=b,c", "n".to_owned()).first(), "n,,n=a=3Db=2Cc,r=n");
    }
}
