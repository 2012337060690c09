//! PKCS #12 (RFC 7292) with the meaning that Java gives it: which keys and certificates are entries, and which chain
//! belongs to a key.

use cms::content_info::ContentInfo;
use cms::encrypted_data::EncryptedData;
use der::asn1::{BmpString, ContextSpecific, ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode};
use pkcs12::CertBag;
use pkcs12::pbe_params::EncryptedPrivateKeyInfo;
use pkcs12::pfx::Pfx;
use pkcs12::safe_bag::{PrivateKeyInfo, SafeBag, SafeContents};

use crate::pkcs12_cipher::{self, CipherError, RoundsSpent};
use crate::{CertificateFacts, Content, Entry, Format, Keystore, KeystoreError};

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const SECRET_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.5");
const FRIENDLY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");
/// Java's mark on certificates that are trusted; without it a certificate is only part of some chain.
const TRUSTED: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.113894.746875.1.1");
/// Longest chain of certificates.
const CHAIN_MAX: usize = 32;

struct Bag {
    alias: Option<String>,
    key_id: Option<Vec<u8>>,
    is_trusted: bool,
    content: BagContent,
}

enum BagContent {
    /// A key, or `None` if its password is another one.
    Key(Option<Vec<u8>>),
    Certificate(Vec<u8>),
    SecretKey,
}

/// Reads a file with its password.
pub(crate) fn open(bytes: &[u8], password: &str, key_password: &str) -> Result<Keystore, KeystoreError> {
    let pfx = read_frame(bytes)?;
    let contents = data_of(&pfx.auth_safe)?;
    let mut spent = RoundsSpent::default();
    let is_intact = match &pfx.mac_data {
        None => true,
        Some(mac) => match pkcs12_cipher::verify(mac, &contents, password, &mut spent) {
            Ok(()) => true,
            Err(CipherError::DoesNotFit) => false,
            Err(other) => return Err(error_of(other)),
        },
    };
    let has_fitting_sum = pfx.mac_data.is_some() && is_intact;
    let bags = read_bags(&contents, Some((password, key_password)), has_fitting_sum, &mut spent);
    if is_intact {
        let bags = bags?;
        // Without a sum only the keys can tell.
        if pfx.mac_data.is_none() && bags.has_closed_key() && !bags.was_decrypted {
            return Err(KeystoreError::WrongPassword);
        }
        return Ok(assemble(bags));
    }
    // Whatever was decrypted proves the password, so the sum is wrong because the file was changed.
    match bags {
        Ok(bags) if bags.was_decrypted => Err(damaged(
            "the check sum is wrong, although the password fits the contents: the file was changed",
        )),
        _ => Err(KeystoreError::WrongPassword),
    }
}

/// Reads what is not encrypted.
pub(crate) fn open_public(bytes: &[u8]) -> Result<Keystore, KeystoreError> {
    let pfx = read_frame(bytes)?;
    Ok(assemble(read_bags(&data_of(&pfx.auth_safe)?, None, false, &mut RoundsSpent::default())?))
}

struct Bags {
    bags: Vec<Bag>,
    /// Whether some part was encrypted and came out as what it should be.
    was_decrypted: bool,
}

impl Bags {
    fn has_closed_key(&self) -> bool {
        self.bags.iter().any(|bag| matches!(bag.content, BagContent::Key(None)))
    }
}

fn read_frame(bytes: &[u8]) -> Result<Pfx, KeystoreError> {
    if bytes.get(1) == Some(&0x80) {
        let what = "PKCS #12 in BER with open lengths; convert it with `keytool -importkeystore`";
        return Err(KeystoreError::Unsupported(what.to_owned()));
    }
    Pfx::from_der(bytes).map_err(|error| {
        let offset = error.position().and_then(|position| usize::try_from(u32::from(position)).ok());
        KeystoreError::Damaged { offset: offset.unwrap_or(0), reason: format!("no PKCS #12 frame: {error}") }
    })
}

fn data_of(info: &ContentInfo) -> Result<Vec<u8>, KeystoreError> {
    if info.content_type != DATA {
        return Err(KeystoreError::Unsupported(format!("contents of type {}", info.content_type)));
    }
    let octets =
        info.content.decode_as::<OctetString>().map_err(|_| damaged("the contents are no octets"))?;
    Ok(octets.into_bytes().into())
}

fn read_bags(
    contents: &[u8],
    passwords: Option<(&str, &str)>,
    is_intact: bool,
    spent: &mut RoundsSpent,
) -> Result<Bags, KeystoreError> {
    let parts: Vec<ContentInfo> =
        Vec::from_der(contents).map_err(|_| damaged("the list of contents is unreadable"))?;
    let mut found = Bags { bags: Vec::new(), was_decrypted: false };
    for part in parts {
        let plain = match (part.content_type, passwords) {
            (ENCRYPTED_DATA, None) => continue,
            (ENCRYPTED_DATA, Some((password, _))) => decrypt_part(&part.content, password, is_intact, spent)?,
            _ => data_of(&part)?,
        };
        let bags = SafeContents::from_der(&plain).map_err(|_| match part.content_type {
            // Padding came out right by chance.
            ENCRYPTED_DATA if !is_intact => KeystoreError::WrongPassword,
            _ => damaged("a part of the contents is unreadable"),
        })?;
        found.was_decrypted |= part.content_type == ENCRYPTED_DATA;
        for bag in &bags {
            let is_shrouded = bag.bag_id == SHROUDED_KEY_BAG;
            if let Some(bag) = read_bag(bag, passwords.map(|(_, key)| key), spent)? {
                found.was_decrypted |= is_shrouded && matches!(bag.content, BagContent::Key(Some(_)));
                found.bags.push(bag);
            }
        }
    }
    Ok(found)
}

fn decrypt_part(
    content: &Any,
    password: &str,
    is_intact: bool,
    spent: &mut RoundsSpent,
) -> Result<Vec<u8>, KeystoreError> {
    let data: EncryptedData =
        content.decode_as().map_err(|_| damaged("an encrypted part has no readable frame"))?;
    let info = data.enc_content_info;
    let encrypted = info.encrypted_content.as_ref().map_or(&[][..], OctetString::as_bytes);
    pkcs12_cipher::decrypt(&info.content_enc_alg, encrypted, password, spent).map_err(|error| match error {
        CipherError::DoesNotFit if is_intact => {
            damaged("a part has another password than the file, which nothing can read")
        }
        other => error_of(other),
    })
}

fn read_bag(
    bag: &SafeBag,
    key_password: Option<&str>,
    spent: &mut RoundsSpent,
) -> Result<Option<Bag>, KeystoreError> {
    let content = match bag.bag_id {
        KEY_BAG => {
            let key: ContextSpecific<PrivateKeyInfo> = read(&bag.bag_value, "a key")?;
            BagContent::Key(Some(key.value.to_der().map_err(|_| damaged("a key is unreadable"))?))
        }
        SHROUDED_KEY_BAG => {
            let info: ContextSpecific<EncryptedPrivateKeyInfo> = read(&bag.bag_value, "an encrypted key")?;
            let encrypted = info.value.encrypted_data.as_bytes();
            let key = key_password.map(|password| {
                pkcs12_cipher::decrypt(&info.value.encryption_algorithm, encrypted, password, spent)
            });
            match key {
                Some(Ok(key)) => BagContent::Key(Some(key).filter(|key| pkcs12_cipher::is_private_key(key))),
                None | Some(Err(CipherError::DoesNotFit)) => BagContent::Key(None),
                Some(Err(other)) => return Err(error_of(other)),
            }
        }
        CERTIFICATE_BAG => {
            let found: ContextSpecific<CertBag> = read(&bag.bag_value, "a certificate")?;
            let der = found.value.cert_value.as_bytes().to_vec();
            if !crate::certificate::is_certificate(&der) {
                return Err(damaged("a certificate is not X.509"));
            }
            BagContent::Certificate(der)
        }
        SECRET_BAG => BagContent::SecretKey,
        // Revocation lists and nested contents hold no entries for Java either.
        _ => return Ok(None),
    };
    let alias = attribute(bag, FRIENDLY_NAME).and_then(|any| any.decode_as::<BmpString>().ok());
    let key_id = attribute(bag, LOCAL_KEY_ID).and_then(|any| any.decode_as::<OctetString>().ok());
    Ok(Some(Bag {
        alias: alias.map(|name| name.to_string()),
        key_id: key_id.map(|id| id.into_bytes().into()),
        is_trusted: attribute(bag, TRUSTED).is_some(),
        content,
    }))
}

fn attribute(bag: &SafeBag, wanted: ObjectIdentifier) -> Option<&Any> {
    let attributes = bag.bag_attributes.as_ref()?;
    attributes.iter().find(|attribute| attribute.oid == wanted)?.values.iter().next()
}

fn read<'a, T: Decode<'a>>(der: &'a [u8], what: &str) -> Result<T, KeystoreError> {
    T::from_der(der).map_err(|_| damaged(&format!("{what} is unreadable")))
}

/// Gives every key its chain, as Java does: the certificate with the same id, then issuer by issuer.
fn assemble(found: Bags) -> Keystore {
    let certificates: Vec<(&Bag, &Vec<u8>)> = found
        .bags
        .iter()
        .filter_map(|bag| match &bag.content {
            BagContent::Certificate(der) => Some((bag, der)),
            _ => None,
        })
        .collect();
    let mut in_chains: Vec<&Vec<u8>> = Vec::new();
    let mut entries = Vec::new();
    for (number, bag) in found.bags.iter().enumerate() {
        let content = match &bag.content {
            BagContent::Key(key) => {
                let chain = chain_of(bag, &certificates);
                in_chains.extend(&chain);
                Content::PrivateKey { key: key.clone(), chain: chain.into_iter().cloned().collect() }
            }
            BagContent::Certificate(der) if bag.is_trusted => Content::Certificate(der.clone()),
            BagContent::Certificate(_) => continue,
            BagContent::SecretKey => Content::SecretKey,
        };
        let alias = bag.alias.clone().unwrap_or_else(|| format!("{}", number + 1));
        entries.push(Entry { alias, content });
    }
    let is_unlisted = |(bag, der): &&(&Bag, &Vec<u8>)| !bag.is_trusted && !in_chains.contains(der);
    let unlisted = certificates.iter().filter(is_unlisted).map(|(_, der)| (*der).clone()).collect();
    Keystore { format: Format::Pkcs12, entries, unlisted }
}

fn chain_of<'a>(key: &Bag, certificates: &[(&'a Bag, &'a Vec<u8>)]) -> Vec<&'a Vec<u8>> {
    let is_own = |bag: &Bag| !bag.is_trusted && bag.key_id.is_some() && bag.key_id == key.key_id;
    let own = certificates.iter().find(|(bag, _)| is_own(bag));
    let mut chain: Vec<&Vec<u8>> = own.map(|(_, der)| *der).into_iter().collect();
    while let Some(last) = chain.last()
        && chain.len() < CHAIN_MAX
    {
        let Some((subject, issuer)) = CertificateFacts::raw_names(last).filter(|(s, i)| s != i) else {
            break;
        };
        let next = certificates.iter().map(|(_, der)| *der).find(|der| {
            !chain.contains(der)
                && CertificateFacts::raw_names(der).is_some_and(|(name, _)| name == issuer && name != subject)
        });
        let Some(next) = next else { break };
        chain.push(next);
    }
    chain
}

fn error_of(error: CipherError) -> KeystoreError {
    match error {
        CipherError::DoesNotFit => KeystoreError::WrongPassword,
        CipherError::Damaged(reason) => damaged(reason),
        CipherError::Unsupported(what) => KeystoreError::Unsupported(what),
    }
}

/// Damage within encrypted or nested parts, which have no offset of their own.
fn damaged(reason: &str) -> KeystoreError {
    KeystoreError::Damaged { offset: 0, reason: reason.to_owned() }
}
