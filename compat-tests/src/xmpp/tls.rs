//! Client-side TLS that accepts the certificate which a test node made for itself.

use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use cobnut_net::client_trusting_any_certificate;
use rustls::{ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;

/// A TLS connection over a blocking socket.
pub(super) type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// Starts TLS and finishes its handshake; reads may block for as long as the socket allows.
pub(super) fn start(mut stream: TcpStream, domain: &str) -> Result<TlsStream> {
    let config = Arc::new(client_trusting_any_certificate());
    let name = ServerName::try_from(domain.to_owned()).context("the domain as a TLS server name")?;
    let mut connection = ClientConnection::new(config, name).context("start TLS")?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).context("shake hands over TLS")?;
    }
    Ok(StreamOwned::new(connection, stream))
}
