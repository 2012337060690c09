//! The mesh port: who knocks, and in which language.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use cobnut_mesh_proto::RefusalCode;
use cobnut_model::limits::{MESH_HANDSHAKE_TIMEOUT, MESH_HANDSHAKES_MAX, MESH_HANDSHAKES_PER_IP_MAX};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::connection::{Connection, Stream, tune};
use crate::engine::{ConnHandle, Inner};
use crate::events::EnableError;
use crate::health;

/// Pause after a failed accept (out of file descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the first bytes of a connection say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Mesh,
    Http,
    HazelcastMember,
    HazelcastClient,
    Tls,
    Other,
}

fn language(first: [u8; 4]) -> Language {
    match &first {
        // The length of our first frame is far below 64 KiB.
        [0, 0, _, _] => Language::Mesh,
        b"GET " | b"HEAD" | b"POST" => Language::Http,
        [b'H', b'Z', b'C', _] => Language::HazelcastMember,
        [b'C', b'P' | b'B', b'2', _] => Language::HazelcastClient,
        // A handshake record of TLS (RFC 8446 §5.1).
        [0x16, 3, _, _] => Language::Tls,
        _ => Language::Other,
    }
}

/// Binds the first free port of the configured ones.
pub(crate) fn bind(bind_ip: IpAddr, port: u16, tries: u16) -> Result<TcpListener, EnableError> {
    let mut attempt = 0_u16;
    loop {
        let address = SocketAddr::new(bind_ip, port.saturating_add(if port == 0 { 0 } else { attempt }));
        match cobnut_net::bind(address, cobnut_net::BindOptions::default()) {
            Ok(listener) => return Ok(listener),
            Err(source) => {
                attempt += 1;
                let is_last = attempt >= tries.max(1) || address.port() == u16::MAX;
                if is_last || source.kind() != std::io::ErrorKind::AddrInUse {
                    return Err(EnableError::Bind { address, source });
                }
            }
        }
    }
}

/// Half-open connections, in all and by address.
#[derive(Clone)]
struct Doors {
    all: Arc<Semaphore>,
    by_ip: Arc<Mutex<BTreeMap<IpAddr, Arc<Semaphore>>>>,
}

impl Doors {
    fn new() -> Self {
        Self { all: Arc::new(Semaphore::new(MESH_HANDSHAKES_MAX)), by_ip: Arc::default() }
    }

    fn enter(&self, ip: IpAddr) -> Option<Vec<OwnedSemaphorePermit>> {
        let mut by_ip = self.by_ip.lock().unwrap_or_else(PoisonError::into_inner);
        by_ip.retain(|_, doors| doors.available_permits() < MESH_HANDSHAKES_PER_IP_MAX);
        let doors = by_ip.entry(ip).or_insert_with(|| Arc::new(Semaphore::new(MESH_HANDSHAKES_PER_IP_MAX)));
        let one = Arc::clone(doors).try_acquire_owned().ok()?;
        let two = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(vec![one, two])
    }
}

/// Accepts connections until `stop` is cancelled; they live until `token` is.
pub(crate) async fn accept(
    inner: Arc<Inner>,
    run_number: u64,
    listener: TcpListener,
    stop: CancellationToken,
    token: CancellationToken,
) {
    let doors = Doors::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(err) => {
                warn!(%err, "cannot accept on the mesh port");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(permits) = doors.enter(peer.ip()) else {
            inner.metrics.rejected_connections.inc();
            debug!(peer_addr = %peer, "too many half-open connections on the mesh port");
            continue;
        };
        let guest = Guest { inner: Arc::clone(&inner), run_number, token: token.clone(), peer };
        inner.tasks.spawn("mesh link", guest.greet(stream, permits));
    }
}

/// An accepted connection that has not said anything yet.
struct Guest {
    inner: Arc<Inner>,
    run_number: u64,
    token: CancellationToken,
    peer: SocketAddr,
}

impl Guest {
    async fn greet(self, mut stream: TcpStream, permits: Vec<OwnedSemaphorePermit>) {
        let mut input = BytesMut::with_capacity(1024);
        let first = tokio::select! {
            first = timeout(MESH_HANDSHAKE_TIMEOUT, first_bytes(&mut stream, &mut input)) => first.ok().flatten(),
            () = self.token.cancelled() => return,
        };
        let requires_tls = self.inner.settings.protection.tls.is_some();
        match first.map(language) {
            Some(Language::Mesh) if requires_tls => {
                self.refuse(
                    RefusalCode::Encryption,
                    "it does not encrypt its links (was it started with --mesh-clear?), and this node does",
                );
            }
            Some(Language::Mesh) => {
                tune(&stream, self.inner.settings.dead_after);
                self.hello(Stream::Clear(stream), input, permits).await;
            }
            Some(Language::Tls) if requires_tls => self.greet_secured(stream, input, permits).await,
            Some(Language::Tls) => {
                self.refuse(
                    RefusalCode::Encryption,
                    "it speaks TLS, and this node was started with --mesh-clear",
                );
            }
            Some(Language::Http) => {
                tokio::select! {
                    () = health::serve(&self.inner, stream, input) => {}
                    () = self.token.cancelled() => {}
                }
            }
            Some(Language::HazelcastMember | Language::HazelcastClient) => {
                let reason = "it is a Hazelcast node or client; Cobnut does not mix with Hazelcast, move all servers to it";
                self.refuse(RefusalCode::Version, reason);
            }
            Some(Language::Other) | None => {
                self.inner.metrics.rejected_connections.inc();
                debug!(peer_addr = %self.peer, "closed a connection that did not say hello on the mesh port");
            }
        }
    }

    fn refuse(&self, code: RefusalCode, reason: &str) {
        let mut engine = self.inner.engine();
        self.inner.refused(&mut engine, self.peer, code, reason.to_owned(), false);
    }

    /// Agrees on encryption, and finds out who is inside.
    async fn greet_secured(self, stream: TcpStream, input: BytesMut, permits: Vec<OwnedSemaphorePermit>) {
        tune(&stream, self.inner.settings.dead_after);
        let Some(tls) = self.inner.settings.protection.tls.clone() else { return };
        let agreed = tokio::select! {
            agreed = timeout(MESH_HANDSHAKE_TIMEOUT, tls.accept(input, stream)) => agreed,
            () = self.token.cancelled() => return,
        };
        let mut secured = match agreed {
            Ok(Ok(secured)) => secured,
            Ok(Err(err)) => {
                self.inner.metrics.rejected_connections.inc();
                self.inner.refused_tls(self.peer, &err);
                debug!(peer_addr = %self.peer, %err, "a connection on the mesh port did not agree to TLS");
                return;
            }
            Err(_) => {
                self.inner.metrics.rejected_connections.inc();
                return;
            }
        };
        let mut input = BytesMut::with_capacity(1024);
        let first = tokio::select! {
            first = timeout(MESH_HANDSHAKE_TIMEOUT, first_bytes(&mut secured.stream, &mut input)) => first.ok().flatten(),
            () = self.token.cancelled() => return,
        };
        match first.map(language) {
            Some(Language::Mesh) => self.hello(Stream::Secured(secured), input, permits).await,
            Some(Language::Http) => {
                tokio::select! {
                    () = health::serve(&self.inner, secured.stream, input) => {}
                    () = self.token.cancelled() => {}
                }
            }
            _ => {
                self.inner.metrics.rejected_connections.inc();
            }
        }
    }

    async fn hello(self, stream: Stream, input: BytesMut, permits: Vec<OwnedSemaphorePermit>) {
        let handle = ConnHandle::default();
        let id = {
            let mut engine = self.inner.engine();
            let now = self.inner.now();
            let Some(run) = engine.run.as_mut().filter(|run| run.number == self.run_number) else { return };
            let id = run.node.handle_incoming(now, self.peer);
            if let Stream::Secured(secured) = &stream {
                run.node.handle_secured(id, secured.binding);
            }
            run.conns.insert(id, handle.clone());
            self.inner.perform(&mut engine);
            id
        };
        let Self { inner, run_number, token, .. } = self;
        Connection { inner, run_number, id, handle, token, dialled: None, permits }
            .serve(stream, input)
            .await;
    }
}

async fn first_bytes(stream: &mut (impl AsyncRead + Unpin), input: &mut BytesMut) -> Option<[u8; 4]> {
    while input.len() < 4 {
        if stream.read_buf(input).await.ok()? == 0 {
            return None;
        }
    }
    input.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_name_the_language() {
        let cases = [
            (*b"GET ", Language::Http),
            (*b"HEAD", Language::Http),
            (*b"HZC\x01", Language::HazelcastMember),
            (*b"CP2J", Language::HazelcastClient),
            ([0, 0, 0, 40], Language::Mesh),
            ([0x16, 3, 1, 2], Language::Tls),
            (*b"SSH-", Language::Other),
        ];
        for (first, expected) in cases {
            assert_eq!(language(first), expected, "{first:?}");
        }
    }
}
