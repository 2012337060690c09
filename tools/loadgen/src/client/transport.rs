//! TCP, plain or under TLS, as one type.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use cobnut_net::client_trusting_any_certificate;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How a connection becomes confidential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TlsMode {
    /// STARTTLS on the ordinary client port.
    Starttls,
    /// TLS from the first byte.
    Direct,
    /// Not at all, to measure a server without its TLS library.
    None,
}

/// One connection.
#[derive(Debug)]
pub(crate) enum Transport {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Transport {
    /// Opens a TCP connection that sends small writes at once.
    pub(crate) async fn connect(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await.with_context(|| format!("connect to {to}"))?;
        stream.set_nodelay(true).context("set TCP_NODELAY")?;
        Ok(Self::Tcp(stream))
    }

    /// Puts TLS on it.
    pub(crate) async fn upgrade(self, config: Arc<ClientConfig>, domain: &str) -> Result<Self> {
        let Self::Tcp(stream) = self else { return Ok(self) };
        let name = ServerName::try_from(domain.to_owned()).context("use the domain in TLS")?;
        let upgraded = TlsConnector::from(config).connect(name, stream).await.context("negotiate TLS")?;
        Ok(Self::Tls(Box::new(upgraded)))
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// A TLS configuration that accepts every certificate and resumes no session, so that each login costs the server a
/// whole handshake. For measuring one's own servers and nothing else.
pub(crate) fn client_config() -> Arc<ClientConfig> {
    let mut config = client_trusting_any_certificate();
    config.resumption = Resumption::disabled();
    Arc::new(config)
}
