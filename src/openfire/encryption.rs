//! Which cipher and key the values of an installation were encrypted with, as `security.xml` says.

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::cipher::{AesCipher, BASE64, BLOWFISH_IV_LEN, BlowfishCipher, DecryptError, IV_LEN, Kdf};
use crate::{Property, XmlProperties};
use base64::Engine as _;

/// The cipher of an installation's properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// Openfire's default.
    #[default]
    Blowfish,
    /// Chosen at set-up or on the console.
    Aes,
}

/// Names whose XML value is encrypted when there is no `security.xml`, which Openfire then writes with this list.
const SHIPPED_NAMES: [&str; 2] = ["database.defaultProvider.username", "database.defaultProvider.password"];

/// How the values of one installation are encrypted: properties in `openfire.xml` and rows of `ofProperty`.
#[derive(Debug, Clone)]
pub struct Encryption {
    algorithm: Algorithm,
    has_own_key: bool,
    kdf: Kdf,
    names: Vec<String>,
    cipher: Cipher,
}

#[derive(Debug, Clone)]
enum Cipher {
    /// The second one reads values from before the migration to PBKDF2.
    Blowfish {
        current: BlowfishCipher,
        before: Option<BlowfishCipher>,
    },
    Aes(AesCipher),
}

/// A value ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encrypted {
    /// The text, hexadecimal or Base64.
    pub value: String,
    /// What belongs into the attribute or column `iv`.
    pub iv: Option<String>,
}

impl Default for Encryption {
    /// An installation without `security.xml`: Blowfish with Openfire's own key.
    fn default() -> Self {
        Self::with(Algorithm::default(), None, Kdf::Sha1, SHIPPED_NAMES.map(str::to_owned).to_vec())
    }
}

impl Encryption {
    /// An installation with this algorithm, master key in clear text and list of names.
    pub fn with(algorithm: Algorithm, master_key: Option<&str>, kdf: Kdf, names: Vec<String>) -> Self {
        let master_key = master_key.filter(|key| !key.is_empty());
        let cipher = match algorithm {
            Algorithm::Aes => Cipher::Aes(AesCipher::new(master_key)),
            Algorithm::Blowfish => Cipher::Blowfish {
                current: BlowfishCipher::new(master_key, &kdf),
                before: (kdf != Kdf::Sha1).then(|| BlowfishCipher::new(master_key, &Kdf::Sha1)),
            },
        };
        Self { algorithm, has_own_key: master_key.is_some(), kdf, names, cipher }
    }

    /// What `security.xml` says.
    ///
    /// # Errors
    /// `encrypt/key/current` cannot be read back. Openfire would go on with its default key and read garbage.
    pub fn from_security(security: &XmlProperties) -> Result<Self, Box<Diagnostic>> {
        let algorithm = match security.value("encrypt.algorithm") {
            Some(name) if name.eq_ignore_ascii_case("aes") => Algorithm::Aes,
            _ => Algorithm::Blowfish,
        };
        let master_key = match security.get("encrypt.key.current") {
            None => None,
            // The master key is only obfuscated: AES with the default key, whatever the algorithm.
            Some(stored) => Some(
                AesCipher::new(None)
                    .decrypt(&stored.value, None)
                    .map_err(|error| Box::new(unreadable_master_key(security, stored, error)))?,
            ),
        };
        let names = security.get_all("encrypt.property.name").map(|name| name.value.clone()).collect();
        Ok(Self::with(algorithm, master_key.as_deref(), kdf(security), names))
    }

    /// The cipher in use.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether the installation has a key of its own; without one anybody who reads the files can read the values.
    pub fn has_own_key(&self) -> bool {
        self.has_own_key
    }

    /// How Blowfish keys are made from passwords on this node.
    pub fn kdf(&self) -> &Kdf {
        &self.kdf
    }

    /// The names that `security.xml` lists.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether a property is on the list of encrypted ones.
    pub fn is_listed(&self, name: &str) -> bool {
        self.names.iter().any(|listed| listed == name)
    }

    /// Decrypts a stored value; `iv` is what was stored beside it, which only AES looks at.
    ///
    /// # Errors
    /// The value is no ciphertext, or was encrypted with another key.
    pub fn decrypt(&self, stored: &str, iv: Option<&str>) -> Result<String, DecryptError> {
        match &self.cipher {
            Cipher::Aes(cipher) => cipher.decrypt(stored, iv),
            Cipher::Blowfish { current, before } => match (current.decrypt(stored), before) {
                (Err(DecryptError::WrongKey), Some(before)) => before.decrypt(stored),
                (result, _) => result,
            },
        }
    }

    /// Encrypts a value so that every Openfire from 4.3 on with the same `security.xml` reads it.
    ///
    /// `random` becomes the start value: its first half for Blowfish.
    pub fn encrypt(&self, text: &str, random: [u8; IV_LEN]) -> Encrypted {
        match &self.cipher {
            // CBC: versions before 5.1 know no GCM, and later ones read both.
            Cipher::Aes(cipher) => {
                Encrypted { value: cipher.encrypt_cbc(text, Some(random)), iv: Some(BASE64.encode(random)) }
            }
            Cipher::Blowfish { current, .. } => {
                let mut iv = [0; BLOWFISH_IV_LEN];
                iv.copy_from_slice(&random[..BLOWFISH_IV_LEN]);
                Encrypted { value: current.encrypt(text, iv), iv: None }
            }
        }
    }

    /// Encrypts a value for a table without the column `iv` (before 4.3), which every version reads.
    ///
    /// `random` is used by Blowfish only; AES has a fixed start value there.
    pub fn encrypt_without_iv(&self, text: &str, random: [u8; IV_LEN]) -> String {
        match &self.cipher {
            Cipher::Aes(cipher) => cipher.encrypt_cbc(text, None),
            Cipher::Blowfish { .. } => self.encrypt(text, random).value,
        }
    }

    /// The clear text of a property of `openfire.xml`; `None` if it is absent or empty.
    ///
    /// It is ciphertext only if the name is listed and the element has the attribute `encrypted`.
    ///
    /// # Errors
    /// The value cannot be decrypted, with its place and the way out.
    pub fn xml_value(&self, file: &XmlProperties, name: &str) -> Result<Option<String>, Box<Diagnostic>> {
        let Some(property) = file.get(name) else { return Ok(None) };
        if !self.is_listed(name) || !property.is_marked_encrypted() {
            return Ok(Some(property.value.clone()));
        }
        self.decrypt(&property.value, property.attribute("iv"))
            .map(Some)
            .map_err(|error| Box::new(undecryptable(file, property, error)))
    }

    /// The clear text of a row of `ofProperty`; `is_encrypted` and `iv` are its columns.
    ///
    /// A name on the list of `security.xml` counts as encrypted whatever the column says. If such a value is no
    /// ciphertext and the column says so, it is taken as it is.
    ///
    /// # Errors
    /// The value cannot be decrypted with the key of `security.xml`.
    pub fn database_value(
        &self,
        name: &str,
        stored: &str,
        is_encrypted: bool,
        iv: Option<&str>,
    ) -> Result<String, DecryptError> {
        if !is_encrypted && !self.is_listed(name) {
            return Ok(stored.to_owned());
        }
        match self.decrypt(stored, iv) {
            Err(_) if !is_encrypted => Ok(stored.to_owned()),
            result => result,
        }
    }
}

/// PBKDF2 needs a salt; without a usable one Openfire falls back to SHA-1 without a word.
fn kdf(security: &XmlProperties) -> Kdf {
    let is_pbkdf2 =
        security.value("encrypt.blowfish.kdf").is_some_and(|name| name.eq_ignore_ascii_case("pbkdf2"));
    let salt = security.value("encrypt.blowfish.salt").and_then(|text| BASE64.decode(text).ok());
    match salt.filter(|salt| is_pbkdf2 && !salt.is_empty()) {
        Some(salt) => Kdf::Pbkdf2 { salt },
        None => Kdf::Sha1,
    }
}

fn unreadable_master_key(file: &XmlProperties, stored: &Property, error: DecryptError) -> Diagnostic {
    let message = format!("the master key in `<current>` cannot be read back: {error}");
    Diagnostic::new("openfire-master-key", Severity::Error, file.location(stored), message)
        .note("Openfire would go on with its default key and take every encrypted value for garbage")
        .help("copy conf/security.xml from another node of the cluster: all nodes need the same one")
}

fn undecryptable(file: &XmlProperties, property: &Property, error: DecryptError) -> Diagnostic {
    let name = &property.name;
    let message = format!("cannot decrypt `{name}` with the key of conf/security.xml: {error}");
    let found = Diagnostic::new("openfire-undecryptable", Severity::Error, file.location(property), message);
    let found = match error {
        DecryptError::WrongKey => found.note(
            "the file was probably copied from another installation without its conf/security.xml, or the key was changed",
        ),
        DecryptError::NotCiphertext(_) => {
            found.note("somebody probably typed a new value and left the attribute `encrypted`")
        }
    };
    found.help(
        "write the value in clear text and remove the attribute `encrypted`; Openfire encrypts it again",
    )
}

#[cfg(test)]
mod tests {
    use cobnut_diagnostics::Source;
    use proptest::prelude::*;

    use super::*;

    fn xml(text: &str) -> XmlProperties {
        XmlProperties::parse(&Source::new("conf/security.xml", text)).unwrap()
    }

    fn security(inner: &str) -> Encryption {
        Encryption::from_security(&xml(&format!(
            "<security><encrypt>{inner}<property><name>database.defaultProvider.username</name>\
             <name>database.defaultProvider.password</name></property></encrypt></security>"
        )))
        .unwrap()
    }

    fn openfire(password: &str) -> XmlProperties {
        xml(&format!(
            "<jive><database><defaultProvider><username encrypted=\"true\">\
             10d847caed2654fbb1fe6cefac0f381893323ae6b5eea27d31503d5880091fca</username>\n{password}\
             </defaultProvider></database></jive>"
        ))
    }

    const PASSWORD: &str = "database.defaultProvider.password";

    #[test]
    fn the_credentials_of_a_running_installation() {
        let encryption = security("<algorithm>Blowfish</algorithm><key><current/></key>");
        let file = openfire(
            "<password encrypted=\"true\">30c1893796e0110fc4607c8b1bca0d0e54f10b270c4615d3</password>",
        );
        let value = |name| encryption.xml_value(&file, name).unwrap();
        assert_eq!(value("database.defaultProvider.username").as_deref(), Some("openfire"));
        assert_eq!(value(PASSWORD).as_deref(), Some("hunter2"));
        assert_eq!(value("database.defaultProvider.driver"), None);
        assert!(!encryption.has_own_key());
        assert_eq!(Encryption::default().names(), encryption.names());
    }

    #[test]
    fn every_way_to_store_a_password() {
        let check = |inner: &str, element: &str, expected: &str| {
            let value = security(inner).xml_value(&openfire(element), PASSWORD).unwrap();
            assert_eq!(value.as_deref(), Some(expected), "{inner} {element}");
        };
        let aes = "<algorithm>aes</algorithm><key><current>e3puB/5uHOtTBHRQO9AJfg==</current></key>";
        check(aes, "<password encrypted=\"true\">4m9CLWvzypCuxEWH/O3tyw==</password>", "openfire");
        let iv = "encrypted=\"true\" iv=\"EBESExQVFhcYGRobHB0eHw==\"";
        check(aes, &format!("<password {iv}>scRuj1FuYGw2LQHuCE5piQ==</password>"), "openfire");
        check(aes, &format!("<password {iv}>QsMKuFBt6102Hr8F5xdUo3whwjVIOCoF</password>"), "openfire");
        check(aes, "<password>clear text</password>", "clear text");
        let pbkdf2 =
            "<blowfish><kdf>pbkdf2</kdf><salt>AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=</salt></blowfish>";
        let new = "0102030405060708187383175f0b6b12234cc5e6a2127fe647250c94fd05e9fc";
        check(pbkdf2, &format!("<password encrypted='' iv='QUJD'>{new}</password>"), "openfire");
        let before = "30c1893796e0110fc4607c8b1bca0d0e54f10b270c4615d3";
        check(pbkdf2, &format!("<password encrypted='1'>{before}</password>"), "hunter2");
        for broken in ["<kdf>pbkdf2</kdf>", "<kdf>pbkdf2</kdf><salt>%%</salt>", "<kdf>sha1</kdf>"] {
            check(
                &format!("<blowfish>{broken}</blowfish>"),
                &format!("<password encrypted='1'>{before}</password>"),
                "hunter2",
            );
        }
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_its_place() {
        let check = |encryption: &Encryption, element: &str, needle: &str| {
            let error = encryption.xml_value(&openfire(element), PASSWORD).unwrap_err();
            assert_eq!(error.line(), 2, "{error}");
            let text = format!("{error} {:?}", error.notes());
            assert!(text.contains(PASSWORD) && text.contains(needle), "{text}");
        };
        let own_key = "<key><current>e3puB/5uHOtTBHRQO9AJfg==</current></key>";
        let stored =
            "<password encrypted=\"true\">30c1893796e0110fc4607c8b1bca0d0e54f10b270c4615d3</password>";
        check(&security(own_key), stored, "copied from another installation");
        check(&security(""), "<password encrypted=\"true\">new password</password>", "left the attribute");
        let error = Encryption::from_security(&xml(
            "<security><encrypt>\n<key><current>abc</current></key></encrypt></security>",
        ));
        assert_eq!(error.unwrap_err().line(), 2);
    }

    #[test]
    fn rows_of_the_database() {
        let encryption = security("");
        let stored = "30c1893796e0110fc4607c8b1bca0d0e54f10b270c4615d3";
        let value = |name, stored, flag| encryption.database_value(name, stored, flag, None);
        assert_eq!(value("a", stored, true).as_deref(), Ok("hunter2"));
        assert_eq!(value("a", stored, false).as_deref(), Ok(stored));
        assert_eq!(value(PASSWORD, stored, false).as_deref(), Ok("hunter2"));
        assert_eq!(value(PASSWORD, "clear", false).as_deref(), Ok("clear"));
        assert!(value("a", "clear", true).is_err());
    }

    proptest! {
        #[test]
        fn what_is_encrypted_comes_back(text in any::<String>(), key in proptest::option::of("[a-zA-Z0-9]{0,20}"), random in any::<[u8; 16]>()) {
            for algorithm in [Algorithm::Blowfish, Algorithm::Aes] {
                let encryption = Encryption::with(algorithm, key.as_deref(), Kdf::Sha1, Vec::new());
                let stored = encryption.encrypt(&text, random);
                prop_assert_eq!(encryption.decrypt(&stored.value, stored.iv.as_deref()), Ok(text.clone()));
                let stored = encryption.encrypt_without_iv(&text, random);
                prop_assert_eq!(encryption.decrypt(&stored, None), Ok(text.clone()));
            }
        }
    }
}
