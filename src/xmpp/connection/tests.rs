//! What the tests over sockets cannot see: bugs, and the size of an idle connection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use cobnut_net::ServerTls;
use rustls::ServerConfig;
use rustls::server::ResolvesServerCertUsingSni;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::serve::outlive;
use super::session::End;
use super::*;
use crate::service::tests::fixture::{DOMAIN, World};

/// What the task of an idle connection may take, without TLS and without what the kernel keeps.
const TASK_BYTES_MAX: usize = 2048;

#[tokio::test]
async fn a_bug_is_an_internal_error_of_one_session() {
    let metrics = ConnectionMetrics::default();
    let end = outlive(&metrics, async { panic!("a bug made by a test") }).await;
    assert!(matches!(end, End::Error(error) if error.condition == "internal-server-error"));
    assert_eq!(metrics.panics.get(), 1);
}

fn context(world: &World) -> Context {
    let limits = ClientLimits::default();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
    Context {
        negotiation: NegotiationSettings {
            domain: DOMAIN.into(),
            offers_tls: true,
            requires_tls: false,
            accepts_any_host: false,
            sasl_attempts: limits.sasl_attempts,
            mechanisms: cobnut_xmpp_proto::sasl::Mechanism::ALL.to_vec(),
            limits: limits.told(),
            offers_management: limits.management.is_on,
            caps: None,
            offers_roster_versions: true,
            offers_client_state: limits.client_state.is_on,
            offers_registration: limits.registrations.is_open,
        },
        anonymous: AnonymousPolicy::default(),
        tls: TlsSide::new(ServerTls { config: Arc::new(tls), end_point: None, client_certificates: None }),
        service: Arc::clone(&world.nodes[0].service),
        accounts: Accounts::new(
            world.store.clone(),
            Arc::clone(&world.nodes[0].service.logins),
            limits.registrations.per_address,
        ),
        admission: Admission::new(&limits),
        resumptions: Arc::default(),
        metrics: ConnectionMetrics::default(),
        shutdown: CancellationToken::new(),
        limits,
    }
}

#[tokio::test]
async fn the_task_of_a_connection_is_small() {
    let world = World::single().await;
    let context = Arc::new(context(&world));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind");
    let stream = TcpStream::connect(listener.local_addr().expect("address")).await.expect("connect");
    let peer = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
    let slots = context.admission.admit(peer.ip()).expect("room");
    let task = serve(Arc::clone(&context), stream, peer, Security::StartTls, slots);
    assert!(size_of_val(&task) <= TASK_BYTES_MAX, "{} bytes", size_of_val(&task));
}
