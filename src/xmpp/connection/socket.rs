//! A TCP connection that may become a TLS connection.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::ready;

use tokio::io::{AsyncRead, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Bytes that are read at once.
const READ_BYTES: usize = 8 << 10;

/// The wire of one client. Holds no buffer of its own while idle.
pub(super) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// A TLS handshake failed or was given up.
    Gone,
}

impl Socket {
    /// Waits for bytes and returns them; none at the end of the connection.
    ///
    /// Cancel safety: nothing is lost when the future is dropped.
    pub(super) async fn read(&mut self) -> io::Result<Vec<u8>> {
        poll_fn(|cx| {
            // On the stack of the thread, not in the future: an idle connection owns no buffer.
            let mut space = [MaybeUninit::<u8>::uninit(); READ_BYTES];
            let mut buffer = ReadBuf::uninit(&mut space);
            ready!(match self {
                Self::Plain(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
                Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, &mut buffer),
                Self::Gone => std::task::Poll::Ready(Ok(())),
            })?;
            std::task::Poll::Ready(Ok(buffer.filled().to_vec()))
        })
        .await
    }

    /// Writes everything. After an error or a cancellation `written` says how many bytes surely left this process.
    pub(super) async fn write(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        match self {
            Self::Plain(stream) => {
                while let Some(rest) = bytes.get(*written..).filter(|rest| !rest.is_empty()) {
                    match stream.write(rest).await? {
                        0 => return Err(io::ErrorKind::WriteZero.into()),
                        count => *written += count,
                    }
                }
            }
            Self::Tls(stream) => {
                // What TLS has taken may still be in its buffer, so nothing counts before the flush.
                stream.write_all(bytes).await?;
                stream.flush().await?;
                *written = bytes.len();
            }
            Self::Gone => return Err(io::ErrorKind::NotConnected.into()),
        }
        Ok(())
    }

    /// Sends the end of the data and waits for the client's. Closing a socket with unread bytes in it would reset the
    /// connection, and the client might never see what it was told last.
    pub(super) async fn linger(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.shutdown().await?,
            Self::Tls(stream) => stream.shutdown().await?,
            Self::Gone => return Ok(()),
        }
        while !self.read().await?.is_empty() {}
        Ok(())
    }

    /// Does the TLS handshake.
    pub(super) async fn start_tls(&mut self, acceptor: &TlsAcceptor) -> io::Result<()> {
        match std::mem::replace(self, Self::Gone) {
            Self::Plain(stream) => {
                let stream = acceptor.accept(stream).await?;
                *self = Self::Tls(Box::new(stream));
                Ok(())
            }
            other => {
                *self = other;
                Err(io::ErrorKind::AlreadyExists.into())
            }
        }
    }
}
