//! Serving HTTP and HTTPS: bounded connections, bounded patience, graceful end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use cobnut_model::limits::{CONSOLE_CONNECTIONS_MAX, CONSOLE_DRAIN_TIMEOUT, CONSOLE_IDLE_TIMEOUT};
use cobnut_net::Tasks;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::{debug, warn};

use crate::visitor::Connection;

/// Pause after the system refused to accept, for example because all file descriptors are in use.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(500);

/// Accepts connections until the tasks end.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, tasks: Tasks) {
    let token = tasks.token().clone();
    let permits = Arc::new(Semaphore::new(CONSOLE_CONNECTIONS_MAX));
    let local_port = listener.local_addr().map_or(0, |address| address.port());
    loop {
        let accepted = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = token.cancelled() => return,
            accepted = accepted => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(err) => {
                pause_after(&err, &token).await;
                continue;
            }
        };
        let connection = Connection { peer, local_port, is_https: tls.is_some() };
        let (tls, router, token) = (tls.clone(), router.clone(), token.clone());
        tasks.spawn("console connection", async move {
            let _permit = permit;
            serve_connection(stream, connection, tls, router, token).await;
        });
    }
}

async fn pause_after(err: &io::Error, token: &CancellationToken) {
    if matches!(err.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        return;
    }
    warn!(%err, "accepting a console connection failed");
    tokio::select! {
        () = token.cancelled() => {}
        () = tokio::time::sleep(ACCEPT_BACKOFF) => {}
    }
}

async fn serve_connection(
    stream: TcpStream,
    connection: Connection,
    tls: Option<TlsAcceptor>,
    router: Router,
    token: CancellationToken,
) {
    // Only a matter of speed: a system that refuses serves all the same.
    let _unsupported = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return serve_http(stream, connection, router, token).await;
    };
    let handshake = tokio::time::timeout(CONSOLE_IDLE_TIMEOUT, tls.accept(stream));
    let handshake = tokio::select! {
        () = token.cancelled() => return,
        handshake = handshake => handshake,
    };
    match handshake {
        Ok(Ok(stream)) => serve_http(stream, connection, router, token).await,
        Ok(Err(err)) => debug!(peer_addr = %connection.peer, %err, "console TLS handshake failed"),
        Err(_) => debug!(peer_addr = %connection.peer, "console TLS handshake timed out"),
    }
}

async fn serve_http<S>(stream: S, connection: Connection, router: Router, token: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(connection);
        router.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    // The header timeout also ends connections that are idle between two requests.
    builder.timer(TokioTimer::new()).header_read_timeout(CONSOLE_IDLE_TIMEOUT).max_buf_size(64 << 10);
    let mut serving = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = token.cancelled() => {
            serving.as_mut().graceful_shutdown();
            // A request whose head never ends would wait for the header timeout otherwise.
            match tokio::time::timeout(CONSOLE_DRAIN_TIMEOUT, serving).await {
                Ok(served) => served,
                Err(_) => return,
            }
        }
    };
    if let Err(err) = served {
        debug!(peer_addr = %connection.peer, %err, "console connection failed");
    }
}

/// Where a listener is bound.
pub(crate) fn bound(listener: Option<&TcpListener>) -> io::Result<Option<SocketAddr>> {
    listener.map(TcpListener::local_addr).transpose()
}
