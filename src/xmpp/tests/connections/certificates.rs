//! Logins by certificate (EXTERNAL).

use cobnut_net::{ClientCertificates, client_trusting_any_certificate_with};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, OtherNameValue, SanType};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, SupportedProtocolVersion};

use crate::client::Client;
use crate::server::Server;

/// `id-on-xmppAddr` (RFC 6120 §13.7.1.4).
const XMPP_ADDRESS: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 8, 5];

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("key");
        let mut params = CertificateParams::new(Vec::new()).expect("params");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority");
        let certificate = params.self_signed(&key).expect("certificate").der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    fn judge(&self, are_required: bool) -> ClientCertificates {
        ClientCertificates::new(vec![self.certificate.to_vec()], are_required).expect("trust")
    }

    /// The client side of TLS with a certificate of these names.
    fn client(
        &self,
        addresses: &[&str],
        common_name: &str,
        version: &'static SupportedProtocolVersion,
    ) -> ClientConfig {
        let key = KeyPair::generate().expect("key");
        let mut params = CertificateParams::new(Vec::new()).expect("params");
        params.distinguished_name.push(DnType::CommonName, common_name);
        let names = addresses.iter().map(|address| {
            SanType::OtherName((XMPP_ADDRESS.to_vec(), OtherNameValue::Utf8String((*address).to_owned())))
        });
        params.subject_alt_names.extend(names);
        let certificate = params.signed_by(&key, &self.issuer).expect("certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("PKCS #8");
        client_trusting_any_certificate_with(&[version], Some((certificate.der().clone(), key)))
    }
}

const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

#[tokio::test]
async fn a_certificate_logs_in_whom_it_names() {
    let authority = Authority::new();
    let server = Server::asking_for_certificates(authority.judge(false)).await;
    for version in VERSIONS {
        for (addresses, common_name, authzid, answer) in [
            (&["alice@example.org"][..], "bob", "", "<success"),
            (&["alice@example.org"], "bob", "alice@example.org", "<success"),
            (&["alice@example.org"], "bob", "bob", "<invalid-authzid/>"),
            (&["alice@example.org", "bob@example.org"], "x", "bob@example.org", "<success"),
            (&["alice@example.org", "bob@example.org"], "x", "", "<invalid-authzid/>"),
            (&[], "Alice", "", "<success"),
            (&["nobody@example.org"], "alice", "", "<not-authorized/>"),
        ] {
            let config = authority.client(addresses, common_name, version);
            let mut client = Client::connect_tls_as(&server, config).await;
            let features = client.open().await;
            assert!(
                features
                    .contains("<mechanisms xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"><mechanism>EXTERNAL<"),
                "{features}"
            );
            let end = client.external(authzid).await;
            assert!(end.contains(answer), "{addresses:?} {common_name} {authzid}: {end}");
            if answer == "<success" {
                client.open().await;
                let account = if authzid.starts_with("bob") { "bob" } else { "alice" };
                let bound = client.bind("a").await;
                assert!(bound.contains(&format!("<jid>{account}@example.org/a</jid>")), "{bound}");
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_names_nobody_lets_in_by_password_only() {
    let authority = Authority::new();
    let server = Server::asking_for_certificates(authority.judge(false)).await;
    let version = &rustls::version::TLS13;
    for config in [
        Authority::new().client(&["alice@example.org"], "alice", version),
        authority.client(&["alice@example.net"], "alice", version),
        client_trusting_any_certificate_with(&[version], None),
    ] {
        let mut client = Client::connect_tls_as(&server, config).await;
        assert!(!client.open().await.contains("EXTERNAL"));
        assert!(client.external("").await.contains("<invalid-mechanism/>"));
        assert!(client.plain("alice", "secret").await.contains("<success"));
    }
    server.stop().await;
}

#[tokio::test]
async fn where_certificates_are_needed_nobody_else_gets_through_the_handshake() {
    let authority = Authority::new();
    let server = Server::asking_for_certificates(authority.judge(true)).await;
    for version in VERSIONS {
        let mut client = Client::connect_tls_as(&server, authority.client(&[], "alice", version)).await;
        client.open().await;
        assert!(client.external("").await.contains("<success"));
        for config in [
            Authority::new().client(&[], "alice", version),
            client_trusting_any_certificate_with(&[version], None),
        ] {
            assert!(Client::is_refused_with(&server, config).await);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_locked_account_is_locked_for_its_certificate_too() {
    let authority = Authority::new();
    let server = Server::asking_for_certificates(authority.judge(false)).await;
    assert!(server.store.set_locked_out("alice", true).await.expect("lock"));
    let config = authority.client(&[], "alice", &rustls::version::TLS13);
    let mut client = Client::connect_tls_as(&server, config).await;
    client.open().await;
    assert!(client.external("").await.contains("<account-disabled/>"));
    server.stop().await;
}
