//! What a linter and a server need to know of a certificate.

use std::net::IpAddr;

use x509_parser::asn1_rs::Integer;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{Oid, OidRegistry};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::{PublicKey, RSAPublicKey};

use crate::KeystoreError;

/// Facts of one X.509 certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Subject, as `CN=example.org, O=Example`.
    pub subject: String,
    /// Issuer, in the same form.
    pub issuer: String,
    /// Serial number in hexadecimal digits.
    pub serial: String,
    /// Common names of the subject.
    pub common_names: Vec<String>,
    /// Names of the extension "subject alternative name": DNS names with their wildcards.
    pub dns_names: Vec<String>,
    /// XMPP addresses in it (RFC 6120 §13.7.1.4).
    pub xmpp_addresses: Vec<String>,
    /// Names of services in it, without the service: `_xmpp-client.example.org` is `example.org` (RFC 4985).
    pub service_names: Vec<String>,
    /// IP addresses in it.
    pub addresses: Vec<IpAddr>,
    /// First second in which it is valid, Unix time.
    pub not_before: i64,
    /// Last second in which it is valid, Unix time.
    pub not_after: i64,
    /// Its public key.
    pub key: KeyKind,
    /// Algorithm of the signature, for example `sha256WithRSAEncryption`.
    pub signature_algorithm: String,
    /// Whether it may sign other certificates.
    pub is_authority: bool,
    /// Whether subject and issuer are the same, as in self-signed certificates and roots.
    pub is_self_issued: bool,
}

/// Kind and size of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with the bits of its modulus.
    Rsa(usize),
    /// DSA with the bits of its prime, which no current TLS library takes.
    Dsa(usize),
    /// An elliptic curve with its bits.
    EllipticCurve(usize),
    /// Ed25519 or Ed448.
    Edwards,
    /// Something else, by its object identifier.
    Other(String),
}

impl CertificateFacts {
    /// Reads X.509 in DER.
    ///
    /// # Errors
    /// The bytes are no certificate.
    pub fn read(der: &[u8]) -> Result<Self, KeystoreError> {
        let certificate = parse(der).ok_or_else(|| KeystoreError::Damaged {
            offset: 0,
            reason: "there is no X.509 certificate".to_owned(),
        })?;
        let subject = certificate.subject();
        let common_names = subject.iter_common_name().filter_map(|name| name.as_str().ok());
        let mut facts = Self {
            subject: subject.to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.tbs_certificate.raw_serial_as_string(),
            common_names: common_names.map(str::to_owned).collect(),
            dns_names: Vec::new(),
            xmpp_addresses: Vec::new(),
            service_names: Vec::new(),
            addresses: Vec::new(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            key: key_kind(&certificate),
            signature_algorithm: algorithm_name(&certificate.signature_algorithm.algorithm),
            is_authority: certificate.is_ca(),
            is_self_issued: subject.as_raw() == certificate.issuer().as_raw(),
        };
        if let Ok(Some(names)) = certificate.subject_alternative_name() {
            names.value.general_names.iter().for_each(|name| facts.add_name(name));
        }
        Ok(facts)
    }

    /// Whether the certificate names a domain: among its alternative names, or as common name if it has none of them.
    ///
    /// A wildcard stands for exactly one label, and only in first place (RFC 6125 §6.4.3).
    pub fn covers(&self, domain: &str) -> bool {
        let has_names =
            !(self.dns_names.is_empty() && self.xmpp_addresses.is_empty() && self.service_names.is_empty());
        let names: Box<dyn Iterator<Item = &String>> = if has_names {
            Box::new(self.dns_names.iter().chain(&self.service_names).chain(&self.xmpp_addresses))
        } else {
            Box::new(self.common_names.iter())
        };
        let domain = domain.trim_end_matches('.');
        let mut names = names.map(|name| name.trim_end_matches('.'));
        names.any(|name| match name.strip_prefix("*.") {
            Some(rest) => domain.split_once('.').is_some_and(|(_, parent)| parent.eq_ignore_ascii_case(rest)),
            None => name.eq_ignore_ascii_case(domain),
        })
    }

    /// Subject and issuer in DER.
    pub(crate) fn raw_names(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let certificate = parse(der)?;
        Some((certificate.subject().as_raw().to_vec(), certificate.issuer().as_raw().to_vec()))
    }

    fn add_name(&mut self, name: &GeneralName<'_>) {
        match name {
            GeneralName::DNSName(name) => self.dns_names.push((*name).to_owned()),
            GeneralName::IPAddress(bytes) => {
                let address = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
                let address = address.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
                self.addresses.extend(address.ok());
            }
            GeneralName::OtherName(kind, value) if *kind == oid!(1.3.6.1.5.5.7.8.5) => {
                self.xmpp_addresses.extend(text_within(value));
            }
            GeneralName::OtherName(kind, value) if *kind == oid!(1.3.6.1.5.5.7.8.7) => {
                let name = text_within(value);
                self.service_names
                    .extend(name.and_then(|name| name.split_once('.').map(|(_, domain)| domain.to_owned())));
            }
            _ => {}
        }
    }
}

/// Whether the bytes are one certificate and nothing else.
pub(crate) fn is_certificate(der: &[u8]) -> bool {
    parse(der).is_some()
}

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(der).ok().filter(|(rest, _)| rest.is_empty()).map(|(_, found)| found)
}

/// The text of an `OtherName`: one string behind one or two frames of DER.
fn text_within(value: &[u8]) -> Option<String> {
    let mut rest = value;
    // An explicit tag, possibly twice, around the string itself.
    for _ in 0..3 {
        let (&tag, tail) = rest.split_first()?;
        let (&length, tail) = tail.split_first()?;
        // Host names have at most 253 bytes, so no more than one byte of length follows.
        let (length, tail) = match length {
            0..=0x7F => (usize::from(length), tail),
            0x81 => tail.split_first().map(|(&length, tail)| (usize::from(length), tail))?,
            _ => return None,
        };
        let inner = tail.get(..length)?;
        if matches!(tag, 0x0C | 0x16) {
            return std::str::from_utf8(inner).ok().map(str::to_owned);
        }
        rest = inner;
    }
    None
}

fn key_kind(certificate: &X509Certificate<'_>) -> KeyKind {
    let key = certificate.public_key();
    let algorithm = &key.algorithm.algorithm;
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => return KeyKind::Rsa(bits(rsa.modulus)),
        // The length of a point counts whole bytes, which 521 bits do not fill.
        Ok(PublicKey::EC(point)) if point.key_size() == 528 => return KeyKind::EllipticCurve(521),
        Ok(PublicKey::EC(point)) => return KeyKind::EllipticCurve(point.key_size()),
        Ok(PublicKey::DSA(_)) => return KeyKind::Dsa(dsa_bits(certificate)),
        _ => {}
    }
    if [oid!(1.3.101.112), oid!(1.3.101.113)].contains(algorithm) {
        return KeyKind::Edwards;
    }
    if *algorithm == oid!(1.2.840.113549.1.1.10)
        && let Ok((_, rsa)) = RSAPublicKey::from_der(&key.subject_public_key.data)
    {
        return KeyKind::Rsa(bits(rsa.modulus));
    }
    KeyKind::Other(algorithm.to_id_string())
}

/// The parameters begin with the prime; the key itself may be a little shorter.
fn dsa_bits(certificate: &X509Certificate<'_>) -> usize {
    let parameters = certificate.public_key().algorithm.parameters.as_ref();
    let prime = parameters.and_then(|any| any.as_sequence().ok()).and_then(|sequence| {
        let (_, prime) = Integer::from_der(&sequence.content).ok()?;
        Some(bits(prime.as_ref()))
    });
    prime.unwrap_or_default()
}

/// Bits of a positive number without leading zeros.
fn bits(number: &[u8]) -> usize {
    let number = number.iter().position(|byte| *byte != 0).and_then(|start| number.get(start..));
    let number = number.unwrap_or_default();
    let unused = number.first().map_or(0, |byte| byte.leading_zeros());
    number.len() * 8 - usize::try_from(unused).unwrap_or_default()
}

fn algorithm_name(algorithm: &Oid<'_>) -> String {
    let registry = OidRegistry::default().with_crypto();
    let known = registry.get(algorithm).map(|entry| entry.sn().to_owned());
    known.unwrap_or_else(|| match algorithm.to_id_string().as_str() {
        "1.3.101.112" => "ed25519".to_owned(),
        "1.3.101.113" => "ed448".to_owned(),
        "2.16.840.1.101.3.4.3.2" => "dsa-with-sha256".to_owned(),
        "1.2.840.10040.4.3" => "dsa-with-sha1".to_owned(),
        other => other.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::bits;

    #[test]
    fn leading_zeros_are_no_bits() {
        for (number, expected) in
            [(&[][..], 0), (&[0, 0], 0), (&[0, 0x80, 0], 16), (&[0x7F, 0], 15), (&[1], 1)]
        {
            assert_eq!(bits(number), expected, "{number:?}");
        }
    }
}
