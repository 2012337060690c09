//! The client's half of SCRAM-SHA-1 (RFC 5802), apart from the server's.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::{Digest as _, Sha1};

/// The first message of the client; user names of transcripts need no escapes.
pub(super) fn first(user: &str, nonce: &str) -> String {
    BASE64_STANDARD.encode(format!("n,,{}", first_bare(user, nonce)))
}

fn first_bare(user: &str, nonce: &str) -> String {
    format!("n={user},r={nonce}")
}

/// The client's last message, and exactly what the server has to answer.
pub(super) struct Proof {
    pub(super) message: String,
    pub(super) verifier: String,
}

/// Answers the server's challenge; all of it in base64 as it is on the wire.
pub(super) fn prove(user: &str, password: &str, nonce: &str, challenge: &str) -> Result<Proof> {
    let challenge = String::from_utf8(BASE64_STANDARD.decode(challenge)?)?;
    let field = |name: &str| {
        let found = challenge.split(',').find_map(|field| field.strip_prefix(name));
        found.with_context(|| format!("{name} in the challenge {challenge}"))
    };
    let (whole_nonce, salt) = (field("r=")?, BASE64_STANDARD.decode(field("s=")?)?);
    anyhow::ensure!(whole_nonce.starts_with(nonce), "another nonce than ours in {challenge}");
    let mut salted = [0; 20];
    pbkdf2::pbkdf2_hmac::<Sha1>(password.as_bytes(), &salt, field("i=")?.parse()?, &mut salted);
    let without_proof = format!("c=biws,r={whole_nonce}");
    let signed = format!("{},{challenge},{without_proof}", first_bare(user, nonce));
    let key = keyed(&salted, b"Client Key");
    let signature = keyed(&Sha1::digest(key), signed.as_bytes());
    let proof: Vec<u8> = key.iter().zip(signature).map(|(key, signature)| key ^ signature).collect();
    let verifier = keyed(&keyed(&salted, b"Server Key"), signed.as_bytes());
    Ok(Proof {
        message: BASE64_STANDARD.encode(format!("{without_proof},p={}", BASE64_STANDARD.encode(proof))),
        verifier: BASE64_STANDARD.encode(format!("v={}", BASE64_STANDARD.encode(verifier))),
    })
}

fn keyed(key: &[u8], text: &[u8]) -> [u8; 20] {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_5802_is_answered() {
        let challenge = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        let nonce = "fyko+d2lbbFgONRv9qkxdawL";
        let proof = prove("user", "pencil", nonce, &BASE64_STANDARD.encode(challenge)).expect("a proof");
        let message = BASE64_STANDARD.decode(proof.message).expect("base64");
        assert!(message.ends_with(b",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="));
        let verifier = BASE64_STANDARD.decode(proof.verifier).expect("base64");
        assert_eq!(verifier, b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
    }
}
