//! TLS between members: with the certificates of key stores, or with one made for this run.
//!
//! Both ends also get a value that only the two of them can know ([`Secured::binding`], RFC 9266 in spirit): whoever proves
//! a secret over it proves it to the other end of this very connection, and not to somebody in between.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rcgen::{CertificateParams, KeyPair};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig,
    SignatureScheme, SupportedProtocolVersion,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::tls::TlsError;

/// Names the value that both ends derive.
const BINDING_LABEL: &[u8] = b"EXPORTER-cobnut-mesh-link";

/// What members speak whose certificates are made for their run (ALPN, RFC 7301). The kinds differ, so that both sides learn
/// why they stay apart, and nobody without `<ssl>` gets among those who have it.
const ALPN_EPHEMERAL: &[u8] = b"cobnut-mesh";
/// What members speak whose certificates come from key stores.
const ALPN_KEY_STORES: &[u8] = b"cobnut-mesh-ssl";
/// What health probes speak.
const ALPN_HTTP: &[u8] = b"http/1.1";

/// Both sides of TLS between members.
#[derive(Clone)]
pub struct MemberTls {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl std::fmt::Debug for MemberTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemberTls")
    }
}

/// A stream of either kind.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// An encrypted connection.
pub struct Secured {
    /// The stream.
    pub stream: Box<dyn ByteStream>,
    /// A value that only the two ends of this connection know.
    pub binding: [u8; 32],
}

/// Whether the other end has to show a certificate (`mutualAuthentication`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerCertificate {
    /// It must, and it must be trusted.
    Required,
    /// If it shows one, that must be trusted.
    Optional,
    /// It is not asked.
    NotAsked,
}

/// What a configuration says about TLS between members.
pub struct MemberTlsOptions {
    /// The own certificates, the key's first: X.509, DER.
    pub chain: Vec<Vec<u8>>,
    /// The private key: PKCS #8, DER.
    pub key: Vec<u8>,
    /// Certificates that are trusted, or whose signatures are: X.509, DER.
    pub trusted: Vec<Vec<u8>>,
    /// Whether those who dial must show a certificate.
    pub peer_certificate: PeerCertificate,
    /// Whether TLS 1.2 is spoken beside 1.3.
    pub has_tls12: bool,
}

impl std::fmt::Debug for MemberTlsOptions {
    /// Without the key, which must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberTlsOptions")
            .field("chain", &self.chain.len())
            .field("trusted", &self.trusted.len())
            .field("peer_certificate", &self.peer_certificate)
            .field("has_tls12", &self.has_tls12)
            .finish_non_exhaustive()
    }
}

impl MemberTls {
    /// With a certificate made for this run, TLS 1.3 only. Both ends must show one and prove that its key is theirs; whose it
    /// is says what is proven inside, over [`Secured::binding`].
    ///
    /// # Errors
    /// No key could be made.
    pub fn ephemeral() -> Result<Self, TlsError> {
        let generated = |source| TlsError::Generate { domain: "members".to_owned(), source };
        let key = KeyPair::generate().map_err(generated)?;
        let params = CertificateParams::new(vec!["member.invalid".to_owned()]).map_err(generated)?;
        let certificate = params.self_signed(&key).map_err(generated)?;
        Self::build(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            Arc::new(Judge {
                trusted: None,
                peer_certificate: PeerCertificate::Required,
                algorithms: algorithms(),
            }),
            &[&rustls::version::TLS13],
            ALPN_EPHEMERAL,
        )
    }

    /// With the key and the trust of key stores.
    ///
    /// # Errors
    /// Key and certificate do not belong together, or nothing is trusted.
    pub fn new(options: MemberTlsOptions) -> Result<Self, TlsError> {
        let trusted = Trusted::new(options.trusted)?;
        let judge = Judge {
            trusted: Some(trusted),
            peer_certificate: options.peer_certificate,
            algorithms: algorithms(),
        };
        let versions: &[&SupportedProtocolVersion] = if options.has_tls12 {
            &[&rustls::version::TLS13, &rustls::version::TLS12]
        } else {
            &[&rustls::version::TLS13]
        };
        Self::build(
            options.chain.into_iter().map(CertificateDer::from).collect(),
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(options.key)),
            Arc::new(judge),
            versions,
            ALPN_KEY_STORES,
        )
    }

    fn build(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        judge: Arc<Judge>,
        versions: &[&'static SupportedProtocolVersion],
        alpn: &[u8],
    ) -> Result<Self, TlsError> {
        let mut server = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)?
            .with_client_cert_verifier(Arc::clone(&judge) as Arc<dyn ClientCertVerifier>)
            .with_single_cert(chain.clone(), key.clone_key())?;
        let mut client = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)?
            .dangerous()
            .with_custom_certificate_verifier(judge)
            .with_client_auth_cert(chain, key)?;
        // Without it (RFC 7627) somebody in between could give two connections of TLS 1.2 the same binding.
        server.require_ems = true;
        client.require_ems = true;
        server.alpn_protocols = vec![alpn.to_vec(), ALPN_HTTP.to_vec()];
        client.alpn_protocols = vec![alpn.to_vec()];
        // A link lasts, and its binding is of a full handshake.
        server.send_tls13_tickets = 0;
        client.resumption = Resumption::disabled();
        Ok(Self { server: Arc::new(server), client: Arc::new(client) })
    }

    /// The dialler's side of a handshake.
    ///
    /// # Errors
    /// The stream breaks, or the other end's certificate is not trusted.
    pub async fn connect<S: ByteStream + 'static>(&self, peer: IpAddr, stream: S) -> io::Result<Secured> {
        let name = ServerName::IpAddress(peer.into());
        let stream = TlsConnector::from(Arc::clone(&self.client)).connect(name, stream).await?;
        let binding = binding(|out| stream.get_ref().1.export_keying_material(out, BINDING_LABEL, None))?;
        Ok(Secured { stream: Box::new(stream), binding })
    }

    /// The other side; `read` is what was read of the stream already.
    ///
    /// # Errors
    /// As [`MemberTls::connect`].
    pub async fn accept<S: ByteStream + 'static>(
        &self,
        read: bytes::BytesMut,
        stream: S,
    ) -> io::Result<Secured> {
        let stream = TlsAcceptor::from(Arc::clone(&self.server)).accept(Prefixed { read, stream }).await?;
        let binding = binding(|out| stream.get_ref().1.export_keying_material(out, BINDING_LABEL, None))?;
        Ok(Secured { stream: Box::new(stream), binding })
    }
}

fn binding(export: impl FnOnce([u8; 32]) -> Result<[u8; 32], rustls::Error>) -> io::Result<[u8; 32]> {
    export([0; 32]).map_err(io::Error::other)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn algorithms() -> WebPkiSupportedAlgorithms {
    aws_lc_rs::default_provider().signature_verification_algorithms
}

/// Certificates that are trusted by themselves, and as signers of others.
#[derive(Debug)]
struct Trusted {
    certificates: Vec<CertificateDer<'static>>,
    anchors: Arc<RootCertStore>,
    /// Judges certificates that are made for clients only.
    clients: Arc<dyn ClientCertVerifier>,
}

impl Trusted {
    fn new(certificates: Vec<Vec<u8>>) -> Result<Self, TlsError> {
        let certificates: Vec<CertificateDer<'static>> =
            certificates.into_iter().map(CertificateDer::from).collect();
        let mut anchors = RootCertStore::empty();
        anchors.add_parsable_certificates(certificates.iter().cloned());
        if anchors.is_empty() {
            return Err(TlsError::Rustls(rustls::Error::General("no certificate is trusted".to_owned())));
        }
        let anchors = Arc::new(anchors);
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::clone(&anchors), provider())
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        Ok(Self { certificates, anchors, clients })
    }
}

/// Judges the certificate of the other end. Names are not compared, as Hazelcast does not by default: members are dialled by
/// address.
#[derive(Debug)]
struct Judge {
    /// `None` believes everybody.
    trusted: Option<Trusted>,
    peer_certificate: PeerCertificate,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Judge {
    fn check(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        let Some(trusted) = &self.trusted else { return Ok(()) };
        // As in Java, a certificate that lies in the trust store itself needs no signer.
        if trusted.certificates.iter().any(|certificate| certificate == end_entity) {
            return Ok(());
        }
        let parsed = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &trusted.anchors,
            intermediates,
            now,
            self.algorithms.all,
        )
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.check(end_entity, intermediates, now).map(|()| ServerCertVerified::assertion())
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

impl ClientCertVerifier for Judge {
    fn offer_client_auth(&self) -> bool {
        self.peer_certificate != PeerCertificate::NotAsked
    }

    fn client_auth_mandatory(&self) -> bool {
        self.peer_certificate == PeerCertificate::Required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let judged = self.check(end_entity, intermediates, now);
        match (&judged, &self.trusted) {
            // Members' certificates may be made for servers, for clients, or for both: a member dials and is dialled. The
            // purpose is looked at before the signatures are, so that another purpose means another full check.
            (Err(rustls::Error::InvalidCertificate(error)), Some(trusted)) if is_other_purpose(error) => {
                trusted.clients.verify_client_cert(end_entity, intermediates, now)
            }
            _ => judged.map(|()| ClientCertVerified::assertion()),
        }
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

fn is_other_purpose(error: &CertificateError) -> bool {
    matches!(error, CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. })
}

/// A stream of which something was read before.
struct Prefixed<S> {
    read: bytes::BytesMut,
    stream: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Prefixed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.read.is_empty() {
            let length = self.read.len().min(buf.remaining());
            buf.put_slice(&self.read.split_to(length));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefixed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TlsRefusal;
    use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, Issuer, date_time_ymd};

    struct Made {
        der: Vec<u8>,
        key: Vec<u8>,
    }

    fn authority() -> (rcgen::Certificate, Issuer<'static, KeyPair>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params.self_signed(&key).unwrap(), Issuer::new(params, key))
    }

    fn signed(issuer: &Issuer<'static, KeyPair>) -> Made {
        signed_with(issuer, |_| {})
    }

    fn signed_with(issuer: &Issuer<'static, KeyPair>, change: impl FnOnce(&mut CertificateParams)) -> Made {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["node.example.org".to_owned()]).unwrap();
        change(&mut params);
        Made { der: params.signed_by(&key, issuer).unwrap().der().to_vec(), key: key.serialize_der() }
    }

    fn member(made: &Made, trusted: &[u8], peer_certificate: PeerCertificate) -> MemberTls {
        MemberTls::new(MemberTlsOptions {
            chain: vec![made.der.clone()],
            key: made.key.clone(),
            trusted: vec![trusted.to_vec()],
            peer_certificate,
            has_tls12: true,
        })
        .unwrap()
    }

    async fn meet(dialler: &MemberTls, acceptor: &MemberTls) -> (io::Result<[u8; 32]>, io::Result<[u8; 32]>) {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (near, far) = tokio::io::duplex(1 << 16);
        let dial = async {
            let mut secured = dialler.connect([192, 168, 5, 1].into(), near).await?;
            secured.stream.write_all(b"x").await?;
            secured.stream.flush().await?;
            secured.stream.read_exact(&mut [0]).await?;
            Ok(secured.binding)
        };
        let accept = async {
            let mut secured = acceptor.accept(bytes::BytesMut::new(), far).await?;
            secured.stream.read_exact(&mut [0]).await?;
            secured.stream.write_all(b"y").await?;
            secured.stream.flush().await?;
            Ok(secured.binding)
        };
        tokio::join!(dial, accept)
    }

    #[tokio::test]
    async fn both_ends_know_the_same_value_and_no_two_connections_share_it() {
        let (one, two) = (MemberTls::ephemeral().unwrap(), MemberTls::ephemeral().unwrap());
        let (dialler, acceptor) = meet(&one, &two).await;
        let first = dialler.unwrap();
        assert_eq!(first, acceptor.unwrap());
        assert_ne!(first, meet(&one, &two).await.0.unwrap());
    }

    #[tokio::test]
    async fn members_of_one_authority_trust_each_other_and_strangers_are_turned_away() {
        let (ours, issuer) = authority();
        let (theirs, other) = authority();
        let (a, b, stranger) = (signed(&issuer), signed(&issuer), signed(&other));
        let required = PeerCertificate::Required;
        let (one, two) = (member(&a, ours.der(), required), member(&b, ours.der(), required));
        let met = meet(&one, &two).await;
        assert!(met.0.is_ok() && met.1.is_ok(), "{met:?}");
        // It trusts us, and we do not trust it.
        let stranger = member(&stranger, ours.der(), required);
        assert!(meet(&stranger, &two).await.1.is_err());
        assert!(meet(&one, &stranger).await.0.is_err());
        // We would trust it, and it does not trust us.
        let suspicious = member(&b, theirs.der(), required);
        assert!(meet(&one, &suspicious).await.1.is_err());
    }

    #[tokio::test]
    async fn a_certificate_for_clients_only_may_dial_and_gets_in_by_its_signature_alone() {
        let (ours, issuer) = authority();
        let (_, other) = authority();
        let for_clients = |issuer: &Issuer<'static, KeyPair>| {
            signed_with(issuer, |params| {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            })
        };
        let required = PeerCertificate::Required;
        let acceptor = member(&signed(&issuer), ours.der(), required);
        let member_of_ours = member(&for_clients(&issuer), ours.der(), required);
        let stranger = member(&for_clients(&other), ours.der(), required);
        let met = meet(&member_of_ours, &acceptor).await;
        assert!(met.0.is_ok() && met.1.is_ok(), "{met:?}");
        let refused = meet(&stranger, &acceptor).await;
        let reason = TlsRefusal::of(&refused.1.unwrap_err()).unwrap();
        assert!(!reason.is_by_peer && reason.reason.contains("vouches"), "{reason:?}");
        let heard = TlsRefusal::of(&refused.0.unwrap_err()).unwrap();
        assert!(heard.is_by_peer && heard.reason.contains("trustStore there"), "{heard:?}");
        // Whoever is dialled is a server.
        assert!(meet(&acceptor, &member_of_ours).await.0.is_err());
    }

    #[tokio::test]
    async fn an_expired_certificate_is_named_as_such_on_both_sides() {
        let (ours, issuer) = authority();
        let old = signed_with(&issuer, |params| {
            (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
        });
        let one = member(&signed(&issuer), ours.der(), PeerCertificate::Required);
        let two = member(&old, ours.der(), PeerCertificate::Required);
        let (dialled, accepted) = meet(&one, &two).await;
        for (error, is_by_peer) in [(dialled.unwrap_err(), false), (accepted.unwrap_err(), true)] {
            let refusal = TlsRefusal::of(&error).unwrap();
            assert_eq!(refusal.is_by_peer, is_by_peer);
            assert!(refusal.reason.contains("has expired"), "{refusal:?}");
        }
    }

    #[tokio::test]
    async fn a_chain_over_an_intermediate_authority_is_followed() {
        let (root, issuer) = authority();
        let middle_key = KeyPair::generate().unwrap();
        let mut middle = CertificateParams::new(Vec::new()).unwrap();
        middle.distinguished_name.push(rcgen::DnType::CommonName, "middle");
        middle.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let middle_der = middle.signed_by(&middle_key, &issuer).unwrap().der().to_vec();
        let made = signed(&Issuer::new(middle, middle_key));
        let with = |chain: Vec<Vec<u8>>| {
            MemberTls::new(MemberTlsOptions {
                chain,
                key: made.key.clone(),
                trusted: vec![root.der().to_vec()],
                peer_certificate: PeerCertificate::Required,
                has_tls12: false,
            })
            .unwrap()
        };
        let whole = with(vec![made.der.clone(), middle_der]);
        let met = meet(&whole, &whole).await;
        assert!(met.0.is_ok() && met.1.is_ok(), "{met:?}");
        assert!(meet(&with(vec![made.der.clone()]), &whole).await.1.is_err());
    }

    #[test]
    fn a_key_never_reaches_a_log() {
        let options = MemberTlsOptions {
            chain: Vec::new(),
            key: vec![197; 3],
            trusted: Vec::new(),
            peer_certificate: PeerCertificate::Optional,
            has_tls12: true,
        };
        assert!(!format!("{options:?}").contains("197"));
    }

    #[tokio::test]
    async fn a_certificate_in_the_trust_store_needs_no_signer() {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["node1".to_owned()]).unwrap();
        let own = Made { der: params.self_signed(&key).unwrap().der().to_vec(), key: key.serialize_der() };
        let both = member(&own, &own.der, PeerCertificate::Required);
        let met = meet(&both, &both).await;
        assert!(met.0.is_ok() && met.1.is_ok(), "{met:?}");
    }

    #[test]
    fn a_key_of_another_certificate_and_an_empty_trust_are_errors() {
        let (ours, issuer) = authority();
        let (a, b) = (signed(&issuer), signed(&issuer));
        let options = |key: &Made, trusted: Vec<Vec<u8>>| MemberTlsOptions {
            chain: vec![a.der.clone()],
            key: key.key.clone(),
            trusted,
            peer_certificate: PeerCertificate::NotAsked,
            has_tls12: false,
        };
        assert!(MemberTls::new(options(&b, vec![ours.der().to_vec()])).is_err());
        assert!(MemberTls::new(options(&a, Vec::new())).is_err());
        assert!(MemberTls::new(options(&a, vec![ours.der().to_vec()])).is_ok());
    }
}
