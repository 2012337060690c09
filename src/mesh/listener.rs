//! The mesh port: who knocks, and in which language.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use cobnut_mesh_proto::RefusalCode;
use cobnut_model::limits::{
    MESH_HANDSHAKE_TIMEOUT, MESH_HANDSHAKES_MAX, MESH_HANDSHAKES_PER_IP_MAX, MESH_HANDSHAKES_RESERVED,
};
use cobnut_net::MemberTls;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::connection::{Connection, Stream, duplicate, tune};
use crate::engine::{ConnHandle, Inner};
use crate::events::EnableError;
use crate::guard::{TurnedAway, network_of};
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
        b"GET " | b"HEAD" | b"POST" | b"PUT " | b"DELE" => Language::Http,
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
    /// Further places for addresses where members are or were.
    reserved: Arc<Semaphore>,
    by_ip: Arc<Mutex<BTreeMap<IpAddr, Arc<Semaphore>>>>,
}

impl Doors {
    fn new() -> Self {
        Self {
            all: Arc::new(Semaphore::new(MESH_HANDSHAKES_MAX)),
            reserved: Arc::new(Semaphore::new(MESH_HANDSHAKES_RESERVED)),
            by_ip: Arc::default(),
        }
    }

    fn enter(&self, ip: IpAddr, is_known: bool) -> Option<Vec<OwnedSemaphorePermit>> {
        let mut by_ip = self.by_ip.lock().unwrap_or_else(PoisonError::into_inner);
        by_ip.retain(|_, doors| doors.available_permits() < MESH_HANDSHAKES_PER_IP_MAX);
        let doors = by_ip
            .entry(network_of(ip))
            .or_insert_with(|| Arc::new(Semaphore::new(MESH_HANDSHAKES_PER_IP_MAX)));
        let one = Arc::clone(doors).try_acquire_owned().ok()?;
        let place = |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned().ok();
        let two = place(&self.all).or_else(|| if is_known { place(&self.reserved) } else { None })?;
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
        let Some(permits) = doors.enter(peer.ip(), inner.guard.knows(peer.ip())) else {
            inner.turn_away(peer, TurnedAway::HalfOpen);
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
        // One time for everything before the hello: who sends a byte now and then does not get more of it.
        let deadline = Instant::now() + MESH_HANDSHAKE_TIMEOUT;
        let first = tokio::select! {
            first = timeout_at(deadline, first_bytes(&mut stream, &mut input)) => first.ok().flatten(),
            () = self.token.cancelled() => return,
        };
        let tls = self.inner.guard.tls();
        match (first.map(language), tls) {
            (Some(Language::Mesh), Some(_)) => {
                self.refuse(
                    RefusalCode::Encryption,
                    "it does not encrypt its links, and this node does; start all nodes with --mesh-clear or none of them",
                );
            }
            (Some(Language::Mesh), None) => {
                tune(&stream, self.inner.settings.dead_after);
                self.hello(Stream::Clear(stream), input, permits).await;
            }
            (Some(Language::Tls), Some(tls)) => {
                if self.inner.guard.may_begin_tls(self.peer.ip()) {
                    self.greet_secured(&tls, stream, input, permits, deadline).await;
                } else {
                    self.inner.turn_away(self.peer, TurnedAway::Handshakes);
                }
            }
            (Some(Language::Tls), None) => {
                self.refuse(
                    RefusalCode::Encryption,
                    "it speaks TLS, and this node was started with --mesh-clear; start all nodes with it or none of them",
                );
            }
            (Some(Language::Http), _) => self.probe(stream, input).await,
            (Some(Language::HazelcastMember | Language::HazelcastClient), _) => {
                let reason = "it is a Hazelcast node or client; Cobnut does not mix with Hazelcast, move all servers to it";
                self.refuse(RefusalCode::Version, reason);
            }
            (Some(Language::Other), _) => self.inner.turn_away(self.peer, TurnedAway::Language),
            // A balancer that only looks whether the port is open.
            (None, _) if input.is_empty() && Instant::now() < deadline => {
                debug!(peer_addr = %self.peer, "a connection on the mesh port ended without a word");
            }
            (None, _) => self.inner.turn_away(self.peer, TurnedAway::Silent),
        }
    }

    fn refuse(&self, code: RefusalCode, reason: &str) {
        let mut engine = self.inner.engine();
        self.inner.refused(&mut engine, self.peer, code, reason.to_owned(), false);
    }

    /// Agrees on encryption, and finds out who is inside.
    async fn greet_secured(
        self,
        tls: &MemberTls,
        stream: TcpStream,
        input: BytesMut,
        permits: Vec<OwnedSemaphorePermit>,
        deadline: Instant,
    ) {
        tune(&stream, self.inner.settings.dead_after);
        let socket = duplicate(&stream);
        let agreed = tokio::select! {
            agreed = timeout_at(deadline, tls.accept(input, stream)) => agreed,
            () = self.token.cancelled() => return,
        };
        let mut secured = match agreed {
            Ok(Ok(secured)) => secured,
            Ok(Err(err)) => {
                self.inner.turn_away(self.peer, TurnedAway::Tls);
                self.inner.refused_tls(self.peer, &err);
                debug!(peer_addr = %self.peer, %err, "a connection on the mesh port did not agree to TLS");
                return;
            }
            Err(_) => return self.inner.turn_away(self.peer, TurnedAway::Silent),
        };
        let mut input = BytesMut::with_capacity(1024);
        let first = tokio::select! {
            first = timeout_at(deadline, first_bytes(&mut secured.stream, &mut input)) => first.ok().flatten(),
            () = self.token.cancelled() => return,
        };
        match first.map(language) {
            Some(Language::Mesh) => self.hello(Stream::Secured(secured, socket), input, permits).await,
            Some(Language::Http) => self.probe(secured.stream, input).await,
            Some(_) => self.inner.turn_away(self.peer, TurnedAway::Language),
            None => self.inner.turn_away(self.peer, TurnedAway::Silent),
        }
    }

    /// Answers who asks for the health, if he may.
    async fn probe(&self, stream: impl AsyncRead + AsyncWrite + Unpin, input: BytesMut) {
        tokio::select! {
            () = health::serve(&self.inner, self.peer, stream, input) => {}
            () = self.token.cancelled() => {}
        }
    }

    async fn hello(self, stream: Stream, input: BytesMut, permits: Vec<OwnedSemaphorePermit>) {
        let handle = ConnHandle::default();
        let id = {
            let mut engine = self.inner.engine();
            let now = self.inner.now();
            let Some(run) = engine.run.as_mut().filter(|run| run.number == self.run_number) else { return };
            let id = run.node.handle_incoming(now, self.peer);
            if let Stream::Secured(secured, _) = &stream {
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
    fn strangers_leave_places_for_members() {
        let doors = Doors::new();
        let stranger = |number: u32| IpAddr::from((0x0a00_0000 + number).to_be_bytes());
        let held: Vec<_> = (0..1000).filter_map(|number| doors.enter(stranger(number), false)).collect();
        assert_eq!(held.len(), MESH_HANDSHAKES_MAX);
        let member = IpAddr::from([192, 168, 5, 1]);
        assert!(doors.enter(member, false).is_none());
        let places: Vec<_> = (0..100).filter_map(|_| doors.enter(member, true)).collect();
        assert_eq!(places.len(), MESH_HANDSHAKES_PER_IP_MAX);
        drop(held);
        assert!(doors.enter(stranger(7), false).is_some(), "places are given back");
    }

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
