//! Hazelcast's `EncryptionReplacer`: values of the form `salt:iterations:cipher text`, both ends in Base64.

use aes::cipher::{BlockModeDecrypt as _, KeyInit as _, block_padding::Pkcs7};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::scalar::{java_bool, parse_int};
use crate::{Properties, Surroundings};

/// The class that this stands for.
pub(super) const CLASS: &str = "com.hazelcast.config.replacer.EncryptionReplacer";
/// Most rounds of key derivation; Hazelcast's tool uses 531.
const ITERATIONS_MAX: i32 = 1_000_000;
/// Most rounds that all values of one configuration may ask for together: some seconds of computing.
const ROUNDS_TOGETHER_MAX: u32 = 5_000_000;
/// Longest value that is decrypted, in bytes of Base64.
const VALUE_BYTES_MAX: usize = 64 << 10;

/// Java's basic decoder takes padding as optional.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What one `EncryptionReplacer` decrypts with.
#[derive(Debug, Clone)]
pub(super) struct Decryption {
    password: Vec<u8>,
    cipher: Cipher,
    derivation: Derivation,
    key_bytes: usize,
    salt_bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cipher {
    Aes,
    Des,
    TripleDes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Derivation {
    Sha1,
    Sha256,
    Sha512,
}

impl Decryption {
    /// Reads the properties of the replacer and fetches its password.
    pub(super) fn new(properties: &Properties, around: &dyn Surroundings) -> Result<Self, String> {
        let text = |name: &str, default: &str| {
            properties.value(name).map_or_else(|| default.to_owned(), |value| value.value.clone())
        };
        let number = |name: &str, default: &str| {
            let text = text(name, default);
            let number = parse_int(&text).filter(|&number| number > 0).and_then(|n| usize::try_from(n).ok());
            number.ok_or_else(|| format!("`{name}` is `{text}`, not a positive number"))
        };
        if let Some(provider) = properties.value("securityProvider") {
            return Err(format!("the Java security provider `{}` cannot be used here", provider.value));
        }
        if let Some(interface) = properties.value("passwordNetworkInterface") {
            let name = &interface.value;
            return Err(format!("the hardware address of the network interface `{name}` is not used here"));
        }
        let cipher = text("cipherAlgorithm", "AES");
        let cipher =
            Cipher::from_name(&cipher).ok_or_else(|| format!("the cipher `{cipher}` is not built in"))?;
        let derivation = text("secretKeyFactoryAlgorithm", "PBKDF2WithHmacSHA256");
        let derivation = Derivation::from_name(&derivation)
            .ok_or_else(|| format!("the key derivation `{derivation}` is not built in"))?;
        let key_bytes = number("keyLengthBits", "128")? / 8;
        if !cipher.takes_key_of(key_bytes) {
            return Err(format!("a key of {} bits does not fit the cipher", key_bytes * 8));
        }
        Ok(Self {
            password: password(properties, around)?,
            cipher,
            derivation,
            key_bytes,
            salt_bytes: number("saltLengthBytes", "8")?,
        })
    }

    /// The text behind `salt:iterations:cipher text`. `spent` counts the rounds of all values.
    pub(super) fn decrypt(&self, value: &str, spent: &mut u32) -> Result<String, &'static str> {
        if value.len() > VALUE_BYTES_MAX {
            return Err("it is longer than any setting");
        }
        // Java's split drops empty parts at the end.
        let parts: Vec<&str> = value.trim_end_matches(':').split(':').collect();
        let [salt, iterations, secret] = parts.as_slice() else {
            return Err("it does not have the form salt:iterations:text");
        };
        let salt = BASE64.decode(salt).map_err(|_| "its salt is not Base64")?;
        if salt.len() != self.salt_bytes {
            return Err("the length of its salt is not the `saltLengthBytes` of the replacer");
        }
        let rounds = parse_int(iterations).filter(|rounds| (1..=ITERATIONS_MAX).contains(rounds));
        let rounds = rounds.and_then(|rounds| u32::try_from(rounds).ok());
        let rounds = rounds.ok_or("its number of iterations is no number between 1 and 1000000")?;
        *spent = spent.saturating_add(rounds);
        if *spent > ROUNDS_TOGETHER_MAX {
            return Err("all values together ask for more than 5000000 iterations");
        }
        let mut secret = BASE64.decode(secret).map_err(|_| "its last part is not Base64")?;
        let mut key = vec![0; self.key_bytes];
        match self.derivation {
            Derivation::Sha1 => pbkdf2::pbkdf2_hmac::<sha1::Sha1>(&self.password, &salt, rounds, &mut key),
            Derivation::Sha256 => {
                pbkdf2::pbkdf2_hmac::<sha2::Sha256>(&self.password, &salt, rounds, &mut key);
            }
            Derivation::Sha512 => {
                pbkdf2::pbkdf2_hmac::<sha2::Sha512>(&self.password, &salt, rounds, &mut key);
            }
        }
        let plain = self.cipher.decrypt(&key, &mut secret).ok_or("the password does not fit")?;
        String::from_utf8(plain).map_err(|_| "the password does not fit")
    }
}

/// Base64 of the password file and the user's home and name, as far as they are asked for.
fn password(properties: &Properties, around: &dyn Surroundings) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = properties.value("passwordFile");
    if let Some(file) = file {
        let path = &file.value;
        bytes.extend(
            around.secret_file(path).ok_or_else(|| format!("the password file `{path}` cannot be read"))?,
        );
    }
    if properties.value("passwordUserProperties").is_none_or(|value| java_bool(&value.value)) {
        for name in ["user.home", "user.name"] {
            let missing = || format!("the value of `{name}` is not known; it is a part of the password");
            bytes.extend(around.variable(name).ok_or_else(missing)?.into_bytes());
        }
    } else if file.is_none() {
        return Err("neither `passwordFile` nor `passwordUserProperties` gives a password".to_owned());
    }
    if bytes.is_empty() {
        return Err("the password is empty".to_owned());
    }
    Ok(base64::engine::general_purpose::STANDARD.encode(bytes).into_bytes())
}

impl Cipher {
    /// Java's names; without a mode it takes ECB.
    fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        match name.strip_suffix("/ECB/PKCS5PADDING").unwrap_or(&name) {
            "AES" => Some(Self::Aes),
            "DES" => Some(Self::Des),
            "DESEDE" | "TRIPLEDES" => Some(Self::TripleDes),
            _ => None,
        }
    }

    fn takes_key_of(self, bytes: usize) -> bool {
        match self {
            Self::Aes => matches!(bytes, 16 | 24 | 32),
            Self::Des => bytes == 8,
            Self::TripleDes => bytes == 24,
        }
    }

    fn decrypt(self, key: &[u8], secret: &mut [u8]) -> Option<Vec<u8>> {
        macro_rules! with {
            ($cipher:ty) => {
                ecb::Decryptor::<$cipher>::new_from_slice(key).ok()?.decrypt_padded::<Pkcs7>(secret).ok()
            };
        }
        let plain = match (self, key.len()) {
            (Self::Aes, 16) => with!(aes::Aes128),
            (Self::Aes, 24) => with!(aes::Aes192),
            (Self::Aes, _) => with!(aes::Aes256),
            (Self::Des, _) => with!(des::Des),
            (Self::TripleDes, _) => with!(des::TdesEde3),
        };
        plain.map(<[u8]>::to_vec)
    }
}

impl Derivation {
    fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "PBKDF2WITHHMACSHA1" => Some(Self::Sha1),
            "PBKDF2WITHHMACSHA256" => Some(Self::Sha256),
            "PBKDF2WITHHMACSHA512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImportError, Spanned};
    use cobnut_diagnostics::{Source, Span};

    struct Openfire;

    impl Surroundings for Openfire {
        fn import(&self, _resource: &str) -> Result<Source, ImportError> {
            Err(ImportError::Unavailable)
        }

        fn variable(&self, name: &str) -> Option<String> {
            [("user.home", "/home/of"), ("user.name", "of")]
                .into_iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.to_owned())
        }

        fn secret_file(&self, path: &str) -> Option<Vec<u8>> {
            (path == "pw").then(|| b"secret\n".to_vec())
        }
    }

    fn decryption(properties: &[(&str, &str)]) -> Result<Decryption, String> {
        let mut read = Properties::default();
        for (name, value) in properties {
            let spanned = |text: &str| Spanned::new(text.to_owned(), Span::default());
            read.push(spanned(name), spanned(value));
        }
        Decryption::new(&read, &Openfire)
    }

    type Pairs<'a> = &'a [(&'a str, &'a str)];

    const FILE: [(&str, &str); 2] = [("passwordFile", "pw"), ("passwordUserProperties", "false")];

    #[test]
    fn values_that_hazelcast_encrypted_are_read() {
        let des: Vec<_> = FILE
            .into_iter()
            .chain([
                ("cipherAlgorithm", "DES"),
                ("keyLengthBits", "64"),
                ("secretKeyAlgorithm", "DES"),
                ("secretKeyFactoryAlgorithm", "PBKDF2WithHmacSHA1"),
            ])
            .collect();
        let aes256: Vec<_> = FILE
            .into_iter()
            .chain([
                ("keyLengthBits", "256"),
                ("cipherAlgorithm", "AES/ECB/PKCS5Padding"),
                ("secretKeyFactoryAlgorithm", "PBKDF2WithHmacSHA512"),
            ])
            .collect();
        // Made with the tool of Hazelcast 5.3.
        let cases: [(Pairs<'_>, &str, &str); 4] = [
            (&FILE, "/yYyyP6iAFs=:100:+XZxXkFTC53Eh7yiln97cw==", "pass & wörd"),
            (&des, "DHZAj5emXG8=:100:8DXnFocRPYU=", "dev"),
            (&[], "v7Axse4XEfE=:100:bgSUKyteL+z5AofVaKoEfg==", "5701"),
            (&aes256, "k372MuzoJPE=:100:TzKScyN9xjZBLL7qBtR2gQ==", "x"),
        ];
        for (properties, value, plain) in cases {
            assert_eq!(
                decryption(properties).unwrap().decrypt(value, &mut 0),
                Ok(plain.to_owned()),
                "{value}"
            );
        }
    }

    #[test]
    fn values_that_do_not_fit_are_refused_with_a_reason() {
        let decryption = decryption(&FILE).unwrap();
        let cases = [
            ("a", "form"),
            ("/yYyyP6iAFs=:100:+XZxXkFTC53Eh7yiln97cw==:x", "form"),
            ("!:1:AAAA", "salt"),
            ("AAAA:1:AAAA", "length of its salt"),
            ("/yYyyP6iAFs=:0:AAAA", "iterations"),
            ("/yYyyP6iAFs=:2000000000:AAAA", "iterations"),
            ("/yYyyP6iAFs=:100:*", "Base64"),
            ("/yYyyP6iAFs=:100:+XZxXkFTC53Eh7yiln97", "password"),
            ("/yYyyP6iAFs=:101:+XZxXkFTC53Eh7yiln97cw==", "password"),
        ];
        for (value, part) in cases {
            let error = decryption.decrypt(value, &mut 0).unwrap_err();
            assert!(error.contains(part), "{value}: {error}");
        }
        let mut spent = ROUNDS_TOGETHER_MAX - 1;
        let costly = decryption.decrypt("/yYyyP6iAFs=:1000000:+XZxXkFTC53Eh7yiln97cw==", &mut spent);
        assert!(costly.unwrap_err().contains("together"));
    }

    #[test]
    fn replacers_that_cannot_be_followed_say_why() {
        let cases: [(Pairs<'_>, &str); 8] = [
            (&[("passwordFile", "gone")], "`gone` cannot be read"),
            (&[("passwordUserProperties", "false")], "neither"),
            (&[("passwordNetworkInterface", "eth0")], "eth0"),
            (&[("securityProvider", "BC")], "BC"),
            (&[("cipherAlgorithm", "RC4")], "RC4"),
            (&[("secretKeyFactoryAlgorithm", "PBEWithMD5AndDES")], "PBEWithMD5AndDES"),
            (&[("keyLengthBits", "100")], "bits"),
            (&[("saltLengthBytes", "0")], "saltLengthBytes"),
        ];
        for (properties, part) in cases {
            let error = decryption(properties).unwrap_err();
            assert!(error.contains(part), "{properties:?}: {error}");
        }
    }
}
