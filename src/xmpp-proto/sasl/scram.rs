//! SCRAM, server side (RFC 5802, RFC 7677), with and without channel binding.
//!
//! Each step consumes the state before it, so no step can be taken twice or left out:
//! [`ClientFirst`] → keys from the store → [`AwaitingProof`] → [`Verified`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cobnut_model::ScramKeys;
use subtle::ConstantTimeEq;

use super::SaslFailure;
use super::credentials::{hash, hmac};

/// Longest nonce that a client may choose, in bytes.
const CLIENT_NONCE_BYTES_MAX: usize = 256;

/// What a client says of channel binding (RFC 5802 §7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gs2Flag {
    /// `n`: it cannot.
    Unsupported,
    /// `y`: it could, and believes that the server cannot.
    NotOffered,
    /// `p=`: it has bound its login to the value of that name.
    Bound(String),
}

/// The client's first message. The keys of [`Self::username`] are needed to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFirst {
    /// Whom the peer wants to act as, if it says so.
    pub authzid: Option<String>,
    /// The account, not yet prepared.
    pub username: String,
    /// Whether the login is bound to its connection.
    pub flag: Gs2Flag,
    gs2_header: String,
    bare: String,
    nonce: String,
}

impl ClientFirst {
    /// Parses `gs2-header client-first-message-bare` (RFC 5802 §7).
    pub fn parse(message: &[u8]) -> Result<Self, SaslFailure> {
        let text = std::str::from_utf8(message).map_err(|_| SaslFailure::MalformedRequest)?;
        let mut parts = text.splitn(3, ',');
        let (Some(flag), Some(authzid), Some(bare)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(SaslFailure::MalformedRequest);
        };
        let flag = match flag {
            "n" => Gs2Flag::Unsupported,
            "y" => Gs2Flag::NotOffered,
            _ => Gs2Flag::Bound(flag.strip_prefix("p=").ok_or(SaslFailure::MalformedRequest)?.to_owned()),
        };
        let authzid = match authzid.strip_prefix("a=") {
            Some(name) => Some(unescape(name)?),
            None if authzid.is_empty() => None,
            None => return Err(SaslFailure::MalformedRequest),
        };
        // A message that starts with "m=" carries an extension that must be understood; we understand none.
        let mut attributes = bare.split(',');
        let username = attributes.next().and_then(|name| name.strip_prefix("n="));
        let nonce = attributes.next().and_then(|nonce| nonce.strip_prefix("r="));
        let (Some(username), Some(nonce)) = (username, nonce) else {
            return Err(SaslFailure::MalformedRequest);
        };
        let is_printable = nonce.bytes().all(|byte| byte.is_ascii_graphic());
        if nonce.is_empty() || nonce.len() > CLIENT_NONCE_BYTES_MAX || !is_printable {
            return Err(SaslFailure::MalformedRequest);
        }
        Ok(Self {
            authzid,
            username: unescape(username)?,
            flag,
            gs2_header: text.get(..text.len() - bare.len()).unwrap_or_default().to_owned(),
            bare: bare.to_owned(),
            nonce: nonce.to_owned(),
        })
    }

    /// Goes on with the keys of the account, or with [`super::decoy_keys`] if it has none.
    /// `server_nonce` is appended to the client's nonce: printable ASCII without commas, random. `binding` is the value that
    /// the client has named, empty if it named none. Returns the first message of the server.
    pub fn with_keys(self, keys: ScramKeys, server_nonce: &str, binding: &[u8]) -> (AwaitingProof, Vec<u8>) {
        let nonce = format!("{}{server_nonce}", self.nonce);
        let message = format!("r={nonce},s={},i={}", STANDARD.encode(&keys.salt), keys.iterations);
        let state = AwaitingProof {
            channel_binding: STANDARD.encode([self.gs2_header.as_bytes(), binding].concat()),
            // Grows into the AuthMessage of RFC 5802 §3.
            auth_message: format!("{},{message}", self.bare),
            nonce,
            keys,
        };
        (state, message.into_bytes())
    }
}

/// `=2C` and `=3D` stand for comma and equals sign; any other use of `=` is an error (RFC 5802 §5.1).
fn unescape(name: &str) -> Result<String, SaslFailure> {
    let mut parts = name.split('=');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (character, rest) = if let Some(rest) = part.strip_prefix("2C") {
            (',', rest)
        } else if let Some(rest) = part.strip_prefix("3D") {
            ('=', rest)
        } else {
            return Err(SaslFailure::MalformedRequest);
        };
        plain.push(character);
        plain.push_str(rest);
    }
    if plain.is_empty() { Err(SaslFailure::MalformedRequest) } else { Ok(plain) }
}

/// The server's first message is out; the client has to prove that it knows the password.
#[derive(Clone)]
pub struct AwaitingProof {
    channel_binding: String,
    auth_message: String,
    nonce: String,
    keys: ScramKeys,
}

impl AwaitingProof {
    /// Checks the client's final message.
    pub fn verify(self, message: &[u8]) -> Result<Verified, SaslFailure> {
        let text = std::str::from_utf8(message).map_err(|_| SaslFailure::MalformedRequest)?;
        // The proof is always the last attribute.
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or(SaslFailure::MalformedRequest)?;
        let mut attributes = without_proof.split(',');
        let binding = attributes.next().and_then(|value| value.strip_prefix("c="));
        let nonce = attributes.next().and_then(|value| value.strip_prefix("r="));
        let (Some(binding), Some(nonce)) = (binding, nonce) else {
            return Err(SaslFailure::MalformedRequest);
        };
        let proof = STANDARD.decode(proof).map_err(|_| SaslFailure::MalformedRequest)?;
        if binding != self.channel_binding || nonce != self.nonce {
            return Err(SaslFailure::NotAuthorized);
        }
        let auth_message = format!("{},{without_proof}", self.auth_message);
        let mechanism = self.keys.mechanism;
        let signature = hmac(mechanism, &self.keys.stored_key, auth_message.as_bytes());
        if proof.len() != signature.len() {
            return Err(SaslFailure::MalformedRequest);
        }
        let client_key: Vec<u8> =
            proof.iter().zip(&signature).map(|(proof, signature)| proof ^ signature).collect();
        if !bool::from(hash(mechanism, &client_key).ct_eq(&self.keys.stored_key)) {
            return Err(SaslFailure::NotAuthorized);
        }
        let verifier = hmac(mechanism, &self.keys.server_key, auth_message.as_bytes());
        // Compat: Smack accepts exactly this, without extensions.
        Ok(Verified { server_final: format!("v={}", STANDARD.encode(verifier)).into_bytes() })
    }
}

impl std::fmt::Debug for AwaitingProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AwaitingProof([redacted])")
    }
}

/// The client knows the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Proves to the client that the server knows its keys; belongs into the success message.
    pub server_final: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use cobnut_model::ScramMechanism;
    use proptest::prelude::*;

    use super::*;
    use crate::sasl::{decoy_keys, derive};

    struct Vector {
        mechanism: ScramMechanism,
        salt: &'static str,
        client_first: &'static str,
        server_nonce: &'static str,
        server_first: &'static str,
        client_final: &'static str,
        server_final: &'static str,
    }

    const VECTORS: [Vector; 3] = [
        // RFC 5802 §5.
        Vector {
            mechanism: ScramMechanism::Sha1,
            salt: "QSXCR+Q6sek8bf92",
            client_first: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            server_nonce: "3rfcNHYJY1ZVvWVs7j",
            server_first: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            client_final: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            server_final: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        },
        // RFC 7677 §3.
        Vector {
            mechanism: ScramMechanism::Sha256,
            salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
            client_first: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            server_nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
            server_first: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            client_final: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                           p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            server_final: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        },
        // No document has one: the messages of RFC 7677 §3, the proofs by Python's hashlib.
        Vector {
            mechanism: ScramMechanism::Sha512,
            salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
            client_first: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            server_nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
            server_first: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            client_final: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                           p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
            server_final: "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==",
        },
    ];

    fn awaiting(vector: &Vector) -> AwaitingProof {
        let first = ClientFirst::parse(vector.client_first.as_bytes()).expect("client first");
        assert_eq!((first.username.as_str(), first.authzid.as_deref()), ("user", None));
        let salt = STANDARD.decode(vector.salt).expect("salt");
        let (state, message) =
            first.with_keys(derive("pencil", vector.mechanism, &salt, 4096), vector.server_nonce, b"");
        assert_eq!(message, vector.server_first.as_bytes());
        state
    }

    #[test]
    fn exchanges_are_those_of_the_rfcs() {
        for vector in &VECTORS {
            let verified = awaiting(vector).verify(vector.client_final.as_bytes()).expect("proof");
            assert_eq!(verified.server_final, vector.server_final.as_bytes());
        }
    }

    #[test]
    fn final_messages_that_differ_are_refused() {
        let vector = &VECTORS[0];
        for (message, failure) in [
            (vector.client_final.replace("biws", "eSws"), SaslFailure::NotAuthorized),
            (vector.client_final.replace("ZVvWVs7j", "ZVvWVs7k"), SaslFailure::NotAuthorized),
            (vector.client_final.replace("p=v0", "p=v1"), SaslFailure::NotAuthorized),
            (vector.client_final.replace(",p=", ",x=1,p="), SaslFailure::NotAuthorized),
            (vector.client_final.replace("p=v0X8", "p="), SaslFailure::MalformedRequest),
            (vector.client_final.replace("p=v0", "p=!!"), SaslFailure::MalformedRequest),
            ("c=biws,p=".to_owned(), SaslFailure::MalformedRequest),
            (String::new(), SaslFailure::MalformedRequest),
        ] {
            assert_eq!(awaiting(vector).verify(message.as_bytes()), Err(failure), "{message}");
        }
        assert!(awaiting(vector).verify(b"c=\xff,r=x,p=YQ==").is_err());
    }

    #[test]
    fn first_messages_are_parsed_strictly() {
        let parse = |text: &str| ClientFirst::parse(text.as_bytes());
        let with_authzid = parse("n,a=boss=2C,n=a=3Db,r=nonce,ext=1").expect("authzid and extension");
        assert_eq!(with_authzid.authzid.as_deref(), Some("boss,"));
        assert_eq!(with_authzid.username, "a=b");
        for (message, flag) in [
            ("n,,n=user,r=x", Gs2Flag::Unsupported),
            ("y,,n=user,r=x", Gs2Flag::NotOffered),
            ("p=tls-unique,,n=user,r=x", Gs2Flag::Bound("tls-unique".to_owned())),
        ] {
            assert_eq!(parse(message).expect("flag").flag, flag);
        }
        for bad in [
            "",
            "n",
            "n,,",
            "n,,n=user",
            "n,,r=x,n=user",
            "n,,n=,r=x",
            "n,,n=user,r=",
            "n,,n=us=er,r=x",
            "n,,m=1,n=user,r=x",
            "n,b=x,n=user,r=x",
            "p,,n=user,r=x",
            "x,,n=user,r=x",
            "n,,n=user,r=a b",
        ] {
            assert_eq!(parse(bad), Err(SaslFailure::MalformedRequest), "{bad}");
        }
        assert!(parse(&format!("n,,n=user,r={}", "x".repeat(257))).is_err());
    }

    #[test]
    fn decoys_let_nobody_in() {
        let first = ClientFirst::parse(b"n,,n=nobody,r=abc").expect("first");
        let (state, _) = first.with_keys(decoy_keys("nobody", ScramMechanism::Sha1, b"secret"), "def", b"");
        let proof = STANDARD.encode([0; 20]);
        assert_eq!(
            state.verify(format!("c=biws,r=abcdef,p={proof}").as_bytes()),
            Err(SaslFailure::NotAuthorized)
        );
    }

    #[test]
    fn a_login_that_is_bound_to_another_connection_is_refused() {
        let header = "p=tls-exporter,,";
        let first = |binding: &[u8]| {
            let first = ClientFirst::parse(format!("{header}n=user,r=client").as_bytes()).expect("first");
            first.with_keys(derive("pencil", ScramMechanism::Sha1, b"salt", 1), "server", binding)
        };
        let (_, server_first) = first(b"here");
        let server_first = String::from_utf8(server_first).expect("text");
        let bound = STANDARD.encode([header.as_bytes(), b"here"].concat());
        let message = client_final_with("pencil", "n=user,r=client", &server_first, b"salt", 1, &bound);
        assert!(first(b"here").0.verify(message.as_bytes()).is_ok());
        for other in [&b"there"[..], b"", b"her"] {
            assert_eq!(first(other).0.verify(message.as_bytes()), Err(SaslFailure::NotAuthorized));
        }
    }

    /// The client side of RFC 5802 §3, to check the server side against.
    fn client_final(password: &str, bare: &str, server_first: &str, salt: &[u8], iterations: u32) -> String {
        client_final_with(password, bare, server_first, salt, iterations, "biws")
    }

    fn client_final_with(
        password: &str,
        bare: &str,
        server_first: &str,
        salt: &[u8],
        iterations: u32,
        binding: &str,
    ) -> String {
        let mut salted = [0_u8; 20];
        pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password.as_bytes(), salt, iterations, &mut salted);
        let nonce = server_first.split(',').next().expect("nonce");
        let without_proof = format!("c={binding},{nonce}");
        let auth_message = format!("{bare},{server_first},{without_proof}");
        let client_key = hmac(ScramMechanism::Sha1, &salted, b"Client Key");
        let stored_key = hash(ScramMechanism::Sha1, &client_key);
        let signature = hmac(ScramMechanism::Sha1, &stored_key, auth_message.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        format!("{without_proof},p={}", STANDARD.encode(proof))
    }

    proptest! {
        #[test]
        fn the_right_password_and_no_other_is_accepted(
            password in ".{1,12}", other in ".{1,12}", salt: [u8; 12], iterations in 1_u32..4
        ) {
            let bare = "n=user,r=client";
            let first = ClientFirst::parse(format!("n,,{bare}").as_bytes()).expect("first");
            let keys = derive(&password, ScramMechanism::Sha1, &salt, iterations);
            let (state, server_first) = first.with_keys(keys, "server", b"");
            let server_first = String::from_utf8(server_first).expect("text");
            let right = client_final(&password, bare, &server_first, &salt, iterations);
            prop_assert!(state.clone().verify(right.as_bytes()).is_ok());
            let wrong = client_final(&other, bare, &server_first, &salt, iterations);
            prop_assert_eq!(state.verify(wrong.as_bytes()).is_ok(), other == password);
        }

        #[test]
        fn no_message_panics(message in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = ClientFirst::parse(&message);
            let _ = awaiting(&VECTORS[0]).verify(&message);
            let _ = crate::sasl::PlainMessage::parse(&message);
        }
    }
}
