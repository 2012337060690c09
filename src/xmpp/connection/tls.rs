//! What TLS lets a login rest on.

use std::sync::Arc;

use cobnut_net::{ClientCertificates, ServerTls};
use cobnut_xmpp_proto::sasl::{BindingKind, ChannelBinding};
use rustls::ProtocolVersion;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What names the value that both ends derive, and its bytes (RFC 9266 §2).
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
const EXPORTER_BYTES: usize = 32;

/// The server side of TLS.
pub(crate) struct TlsSide {
    pub(super) acceptor: TlsAcceptor,
    end_point: Option<Vec<u8>>,
    client_certificates: Option<Arc<ClientCertificates>>,
}

impl TlsSide {
    pub(crate) fn new(tls: ServerTls) -> Self {
        let ServerTls { config, end_point, client_certificates } = tls;
        Self { acceptor: TlsAcceptor::from(config), end_point, client_certificates }
    }

    /// The names in the certificate that a client has shown, if it is trusted.
    pub(super) fn names(&self, stream: &TlsStream<TcpStream>) -> Vec<String> {
        let judged = self.client_certificates.as_ref().zip(stream.get_ref().1.peer_certificates());
        judged.map(|(judge, chain)| judge.names(chain)).unwrap_or_default()
    }

    /// What a client may bind its login to.
    pub(super) fn bindings(&self, stream: &TlsStream<TcpStream>) -> Vec<ChannelBinding> {
        let connection = stream.get_ref().1;
        let mut bindings = Vec::new();
        // With TLS 1.2 somebody in between could give two connections the same value, unless both ends take care.
        if connection.protocol_version() == Some(ProtocolVersion::TLSv1_3)
            && let Ok(data) = connection.export_keying_material([0; EXPORTER_BYTES], EXPORTER_LABEL, None)
        {
            bindings.push(ChannelBinding { kind: BindingKind::TlsExporter, data: data.to_vec() });
        }
        if let Some(end_point) = &self.end_point {
            bindings.push(ChannelBinding { kind: BindingKind::TlsServerEndPoint, data: end_point.clone() });
        }
        bindings
    }
}
