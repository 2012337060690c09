//! The certificate that a home holds for its clients.

use std::fs;
use std::path::{Path, PathBuf};

use cobnut_keystore::{CertificateFacts, KeyKind, Keystore};
use cobnut_model::UnixMillis;
use cobnut_net::ServerIdentity;
use cobnut_openfire::home::{ConnectionKind, StoreKind, below_home, store_paths};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Shorter RSA keys are refused by the TLS library.
const RSA_BITS_MIN: usize = 2048;

/// A key with its certificates, as Openfire would show them to clients.
pub(crate) struct HomeCertificate {
    /// The key store.
    pub(crate) path: PathBuf,
    /// Its kind, for example `JKS`.
    pub(crate) format: &'static str,
    /// The property that names the store, or `default`.
    pub(crate) origin: String,
    /// What the certificate says.
    pub(crate) facts: CertificateFacts,
    chain: Vec<Vec<u8>>,
    key: Vec<u8>,
}

impl HomeCertificate {
    /// Looks for the identity store of client connections below `home`. `None` without such a file; an error says why a
    /// file that is there cannot be used.
    pub(crate) fn find(
        home: &Path,
        property: impl Fn(&str) -> Option<String>,
        domain: &str,
    ) -> Option<Result<Self, String>> {
        let settings = ConnectionKind::Client.store(StoreKind::Identity, property);
        let folder = home.to_string_lossy();
        let places =
            store_paths(&settings.path).into_iter().map(|path| PathBuf::from(below_home(&folder, &path)));
        let path = places.into_iter().find(|path| path.is_file())?;
        let origin = settings.path_origin.unwrap_or_else(|| "default".to_owned());
        let read = || -> Result<Self, String> {
            let bytes = fs::read(&path).map_err(|err| err.to_string())?;
            let store = Keystore::open(&bytes, &settings.password).map_err(|err| {
                let password = settings.password_origin.as_deref().unwrap_or("Openfire's default password");
                format!("{err} (opened with {password})")
            })?;
            let (key, chain) = store.private_key_for(domain).ok_or("there is no private key in it")?;
            let first = chain.first().ok_or("its private key has no certificate")?;
            let facts = CertificateFacts::read(first).map_err(|err| err.to_string())?;
            let (key, chain) = (key.to_vec(), chain.to_vec());
            let format = store.format.name();
            let found = Self { path: path.clone(), format, origin: origin.clone(), facts, chain, key };
            if let KeyKind::Rsa(bits) = found.facts.key
                && bits < RSA_BITS_MIN
            {
                return Err(format!("its RSA key has {bits} bits, and TLS needs {RSA_BITS_MIN}"));
            }
            found.identity().tls(None).map_err(|err| format!("use its key: {err}"))?;
            Ok(found)
        };
        Some(read().map_err(|reason| format!("{}: {reason}", path.display())))
    }

    /// What is wrong with the certificate although it can be used.
    pub(crate) fn remarks(&self, domain: &str, now: UnixMillis) -> Vec<String> {
        let now = i64::try_from(now.0 / 1000).unwrap_or(i64::MAX);
        let mut remarks = Vec::new();
        if now > self.facts.not_after {
            remarks.push("the certificate has expired; clients will warn or refuse".to_owned());
        } else if now < self.facts.not_before {
            remarks.push("the certificate is not valid yet; clients will warn or refuse".to_owned());
        }
        if !self.facts.covers(domain) {
            remarks.push(format!("the certificate does not name {domain}; clients will warn or refuse"));
        }
        remarks
    }

    /// Key and certificates for TLS.
    pub(crate) fn identity(&self) -> ServerIdentity {
        let chain = self.chain.iter().cloned().map(CertificateDer::from).collect();
        ServerIdentity::new(chain, PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_of_the_home_is_found_under_its_property() {
        use base64::Engine as _;
        const STORE: &str = include_str!("../../keystore/testdata/openssl.p12.b64");
        let text: String = STORE.split_whitespace().collect();
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("Base64");
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join("own.p12"), bytes).expect("write");
        let property = |name: &str| (name == "xmpp.socket.ssl.client.keystore").then(|| "own.p12".to_owned());
        let found =
            HomeCertificate::find(folder.path(), property, "elsewhere.org").expect("there").expect("usable");
        assert_eq!((found.format, found.origin.as_str()), ("PKCS12", "xmpp.socket.ssl.client.keystore"));
        let named = found.facts.dns_names.iter().chain(&found.facts.common_names).next().expect("a name");
        let named = named.replace('*', "www");
        let valid = UnixMillis(u64::try_from(found.facts.not_before).expect("after 1970") * 1000 + 1000);
        assert_eq!(found.remarks(&named, valid), Vec::<String>::new());
        assert_eq!(
            found.remarks("elsewhere.org", UnixMillis(u64::MAX)).len(),
            2,
            "expired, and another name"
        );
        found.identity().tls(None).expect("usable for TLS");
        let wrong = |name: &str| match name {
            "xmpp.socket.ssl.client.keypass" => Some("other".to_owned()),
            other => property(other),
        };
        let err =
            HomeCertificate::find(folder.path(), wrong, "example.org").expect("there").err().expect("wrong");
        assert!(err.contains("own.p12") && err.contains("xmpp.socket.ssl.client.keypass"), "{err}");
    }

    #[test]
    fn a_store_that_is_missing_or_damaged_is_told_apart() {
        let folder = tempfile::tempdir().expect("folder");
        let find = || HomeCertificate::find(folder.path(), |_| None, "example.net");
        assert!(find().is_none());
        let store = folder.path().join("conf/security/keystore");
        fs::create_dir_all(store.parent().expect("parent")).expect("folder");
        fs::write(&store, b"rubbish").expect("write");
        let err = find().expect("there").err().expect("damaged");
        assert!(err.contains("keystore") && err.contains("default password"), "{err}");
    }
}
