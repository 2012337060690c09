//! The life of one connection.

use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use cobnut_model::limits::{CLIENT_DRAIN_TIMEOUT, CLIENT_LINGER};
use cobnut_xmpp_proto::stream::{Condition, StreamError};
use futures::FutureExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::Context;
use super::admission::{ConnectionSlot, NegotiationSlot};
use super::detached::{self, Parked, Waiting};
use super::negotiate::{Bound, Negotiator};
use super::reader::Reader;
use super::session::{End, Session};
use super::socket::Socket;
use crate::metrics::{ConnectionMetrics, StreamErrorLabels};

/// Longer than any connection lives; keeps times within what timers can count.
pub(super) const FOREVER: Duration = Duration::from_hours(24 * 365);

/// How a port protects its streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// Plain at first, with STARTTLS.
    StartTls,
    /// TLS from the first byte.
    DirectTls,
}

/// Serves one accepted connection to its end.
pub(crate) async fn serve(
    context: Arc<Context>,
    stream: TcpStream,
    peer: SocketAddr,
    security: Security,
    slots: (ConnectionSlot, NegotiationSlot),
) {
    let (connection_slot, negotiation_slot) = slots;
    let counted = Counted::new(&context);
    let deadline = Instant::now() + context.limits.negotiation_timeout.min(FOREVER);
    let mut socket = Socket::Plain(stream);
    // Steps of a connection's life that are over in a moment are on the heap: an idle session carries no space for them.
    if security == Security::DirectTls
        && let Err(err) = Box::pin(start_tls(&context, &mut socket, deadline)).await
    {
        return tracing::debug!(%peer, %err, "TLS handshake failed");
    }
    let mut reader = Reader::new(&context);
    let negotiator = Negotiator::new(&context, &mut socket, &mut reader, (peer, deadline));
    let bound = Box::pin(negotiator.run()).await;
    drop(negotiation_slot);
    let waiting = match bound {
        Some(bound) => serve_session(&context, &mut socket, &mut reader, bound, peer).await,
        None => None,
    };
    if waiting.is_none() {
        let _ = timeout(CLIENT_LINGER, socket.linger()).await;
    }
    drop((socket, reader, counted, connection_slot));
    if let Some(waiting) = waiting {
        Box::pin(detached::wait(&context, *waiting)).await;
    }
}

/// Does the TLS handshake unless it takes too long or the server stops.
pub(super) async fn start_tls(context: &Context, socket: &mut Socket, deadline: Instant) -> io::Result<()> {
    tokio::select! {
        () = context.shutdown.cancelled() => Err(io::ErrorKind::Interrupted.into()),
        done = timeout_at(deadline, socket.start_tls(&context.tls.acceptor)) => {
            done.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
        }
    }
}

/// Returns the session if it outlives the connection.
async fn serve_session(
    context: &Context,
    socket: &mut Socket,
    reader: &mut Reader,
    mut bound: Bound,
    peer: SocketAddr,
) -> Option<Box<Waiting>> {
    let mut unwritten = Vec::new();
    let session = Session::new(context, socket, reader, &mut bound, &mut unwritten);
    // On the heap, because each function that it is passed through would carry its space once more.
    let session = Box::pin(session.run());
    let end = outlive(&context.metrics, session).await;
    let is_resumable = matches!(end, End::Lost(_) | End::Resumed);
    let parked = if is_resumable { detached::park(context, bound) } else { Parked::Over(bound) };
    let bound = match parked {
        Parked::Waiting(waiting) => return Some(waiting),
        Parked::Taken => {
            Box::pin(farewell(context, socket, peer, end)).await;
            return None;
        }
        Parked::Over(bound) => bound,
    };
    // Who has to know does not wait for a client that reads slowly.
    Box::pin(async {
        tokio::join!(detached::end(context, bound, unwritten), farewell(context, socket, peer, end),)
    })
    .await;
    None
}

/// A bug in one session must not leave it behind in the maps.
pub(super) async fn outlive(metrics: &ConnectionMetrics, session: impl Future<Output = End>) -> End {
    AssertUnwindSafe(session).catch_unwind().await.unwrap_or_else(|_| {
        metrics.panics.inc();
        tracing::error!("a bug ended this session");
        End::Error(Condition::InternalServerError.into())
    })
}

/// Tells the client why, without waiting long for one that does not read.
async fn farewell(context: &Context, socket: &mut Socket, peer: SocketAddr, end: End) {
    let mut out = Vec::new();
    match end {
        End::ByClient => out.extend_from_slice(b"</stream:stream>"),
        End::Told => return,
        End::Resumed => {
            // XEP-0198 §5: a stream that its client has given up need not know it yet.
            let error = StreamError::new(Condition::Conflict, "resumed on another connection");
            count_error(context, peer, &error);
            error.write(&mut out);
        }
        End::Error(error) | End::Moved(error) => {
            count_error(context, peer, &error);
            error.write(&mut out);
        }
        End::Lost(err) => return tracing::debug!(%peer, %err, "connection lost"),
    }
    let patience = context.limits.write_timeout.min(CLIENT_DRAIN_TIMEOUT);
    let _ = timeout(patience, socket.write(&out, &mut 0)).await;
}

/// Counts a stream error that is about to be sent.
pub(super) fn count_error(context: &Context, peer: SocketAddr, error: &StreamError) {
    context.metrics.stream_errors.get_or_create(&StreamErrorLabels { condition: error.condition }).inc();
    tracing::debug!(%peer, condition = error.condition, text = error.text, "stream error");
}

/// Counts a connection for as long as it lives, panics included.
struct Counted<'a>(&'a Context);

impl<'a> Counted<'a> {
    fn new(context: &'a Context) -> Self {
        context.metrics.connections.inc();
        Self(context)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.metrics.connections.dec();
    }
}
