//! Certificates that clients show (RFC 6120 §13.7.1.3), judged as Openfire's policy says.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::tls::TlsError;

/// Who is believed to be whom.
#[derive(Debug)]
pub struct ClientCertificates {
    /// Judges chains; `None` trusts nobody.
    chains: Option<Arc<dyn ClientCertVerifier>>,
    trusted: Vec<CertificateDer<'static>>,
    are_required: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertificates {
    /// Trusts certificates that lie in a trust store, as Java does, and those that are signed by one. Where they are
    /// required (`xmpp.client.cert.policy` is `needed`) the handshake fails without; else who shows another one, or none,
    /// logs in by other means.
    ///
    /// # Errors
    /// They are required and nothing is trusted.
    pub fn new(trusted: Vec<Vec<u8>>, are_required: bool) -> Result<Self, TlsError> {
        let trusted: Vec<CertificateDer<'static>> = trusted.into_iter().map(CertificateDer::from).collect();
        let mut anchors = RootCertStore::empty();
        anchors.add_parsable_certificates(trusted.iter().cloned());
        let general = |text: String| TlsError::Rustls(rustls::Error::General(text));
        if anchors.is_empty() && are_required {
            return Err(general("no certificate of a client is trusted".to_owned()));
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let chains = if anchors.is_empty() {
            None
        } else {
            let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(anchors), provider);
            Some(builder.build().map_err(|error| general(error.to_string()))?)
        };
        Ok(Self { chains, trusted, are_required, algorithms })
    }

    /// The names in a chain that a client has proved to hold the key of, if it is trusted now: XMPP addresses, or common
    /// names where there are none.
    pub fn names(&self, chain: &[CertificateDer<'_>]) -> Vec<String> {
        let Some((end_entity, intermediates)) = chain.split_first() else { return Vec::new() };
        if !self.is_trusted(end_entity, intermediates, UnixTime::now()) {
            return Vec::new();
        }
        let Ok(facts) = cobnut_keystore::CertificateFacts::read(end_entity) else { return Vec::new() };
        if facts.xmpp_addresses.is_empty() { facts.common_names } else { facts.xmpp_addresses }
    }

    fn is_trusted(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        let is_in_time = || {
            let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            let facts = cobnut_keystore::CertificateFacts::read(end_entity);
            facts.is_ok_and(|facts| (facts.not_before..=facts.not_after).contains(&now))
        };
        if self.trusted.iter().any(|certificate| certificate == end_entity) {
            return is_in_time();
        }
        let chains = self.chains.as_ref();
        chains.is_some_and(|judge| judge.verify_client_cert(end_entity, intermediates, now).is_ok())
    }
}

impl ClientCertVerifier for ClientCertificates {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        self.are_required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Without hints clients offer what they have; a self-signed certificate has no issuer to name.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if !self.are_required || self.is_trusted(end_entity, intermediates, now) {
            return Ok(ClientCertVerified::assertion());
        }
        Err(rustls::CertificateError::UnknownIssuer.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
