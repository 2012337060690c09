//! What a server shows of itself with TLS, and what it learns of those who show themselves.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::NoClientAuth;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::client_certificates::ClientCertificates;
use crate::tls::TlsError;

/// A key with its certificates, the key's first.
pub struct ServerIdentity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl std::fmt::Debug for ServerIdentity {
    /// Without the key, which must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerIdentity").field("chain", &self.chain.len()).finish_non_exhaustive()
    }
}

/// The server side of TLS for clients.
#[derive(Debug, Clone)]
pub struct ServerTls {
    /// What the handshake needs.
    pub config: Arc<ServerConfig>,
    /// What clients may bind their login to (`tls-server-end-point`, RFC 5929 §4): the hash of the certificate; `None` where
    /// its signature names no hash.
    pub end_point: Option<Vec<u8>>,
    /// Which certificates of clients are believed; `None` if none is asked for.
    pub client_certificates: Option<Arc<ClientCertificates>>,
}

impl ServerIdentity {
    /// The certificates that are sent, the key's first.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        Self { chain, key }
    }

    /// The server side of TLS 1.2 and 1.3. Clients are asked for certificates if somebody judges them.
    ///
    /// # Errors
    /// Key and certificate do not belong together.
    pub fn tls(&self, client_certificates: Option<ClientCertificates>) -> Result<ServerTls, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client_certificates = client_certificates.map(Arc::new);
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(match &client_certificates {
                Some(judge) => Arc::clone(judge) as _,
                None => Arc::new(NoClientAuth),
            })
            .with_single_cert(self.chain.clone(), self.key.clone_key())?;
        let end_point = self.chain.first().and_then(|certificate| end_point(certificate));
        Ok(ServerTls { config: Arc::new(config), end_point, client_certificates })
    }
}

/// RFC 5929 §4.1: the hash of the certificate with the hash of its signature, or with SHA-256 where that one is broken.
fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let facts = cobnut_keystore::CertificateFacts::read(certificate).ok()?;
    let algorithm = facts.signature_algorithm.to_ascii_lowercase();
    let names = |hash: &str| algorithm.contains(hash);
    if names("sha512") {
        Some(Sha512::digest(certificate).to_vec())
    } else if names("sha384") {
        Some(Sha384::digest(certificate).to_vec())
    } else if names("sha256") || names("sha1") || names("md5") {
        Some(Sha256::digest(certificate).to_vec())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

    use super::*;

    #[test]
    fn the_end_point_is_the_hash_that_the_signature_names() {
        let cases: [(&'static SignatureAlgorithm, Option<usize>); 3] = [
            (&rcgen::PKCS_ECDSA_P256_SHA256, Some(32)),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Some(48)),
            (&rcgen::PKCS_ED25519, None),
        ];
        for (algorithm, bytes) in cases {
            let key = KeyPair::generate_for(algorithm).expect("key");
            let params = CertificateParams::new(vec!["example.org".to_owned()]).expect("name");
            let certificate = params.self_signed(&key).expect("certificate");
            let der = certificate.der().clone();
            let expected = bytes.map(|bytes| {
                if bytes == 32 { Sha256::digest(&der).to_vec() } else { Sha384::digest(&der).to_vec() }
            });
            let key = PrivateKeyDer::try_from(key.serialize_der()).expect("PKCS #8");
            let tls = ServerIdentity::new(vec![der], key).tls(None).expect("TLS");
            assert_eq!(tls.end_point, expected);
        }
    }
}
