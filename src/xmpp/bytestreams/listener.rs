//! The port of the proxy: each connection says which stream it is for, waits for it, and becomes one of its ends.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use cobnut_model::limits;
use cobnut_net::Tasks;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tracing::debug;

use super::activation;
use super::metrics::EndedLabels;
use super::registry::{Part, Place, Registry};
use super::relay::{End, Ending, relay};
use super::socks5::{Handshake, READ_BYTES, Refusal, Request, Step, refused};
use crate::connection::{Admission, ConnectionSlot, NegotiationSlot};
use crate::service::Service;
use crate::settings::ClientLimits;

/// Pause after the system refused to accept, usually because file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Starts the proxy of a node, once: its connections are tasks of `tasks`, and end with them. Returns where it listens.
pub(crate) fn start(listener: TcpListener, service: &Arc<Service>, tasks: &Tasks) -> io::Result<SocketAddr> {
    let address = listener.local_addr()?;
    let _is_first = service.bytestreams.bound.set(address);
    tasks.spawn("bytestream listener", listen(listener, Arc::clone(service), tasks.clone()));
    activation::answer_members(service);
    Ok(address)
}

/// Counts a connection, and its address, for as long as it is open.
#[expect(dead_code, reason = "held until they are dropped")]
pub(super) struct Slot(ConnectionSlot, NegotiationSlot);

/// Counts a connection until its stream is active.
type Waiting = (ConnectionSlot, NegotiationSlot);

/// How many connections there may be.
struct Door {
    open: Arc<Admission>,
    waiting: Arc<Admission>,
}

impl Door {
    fn new() -> Self {
        let bounds = |all: usize, per_ip: usize| {
            Admission::new(&ClientLimits {
                connections: all,
                negotiations: all,
                negotiations_per_ip: per_ip,
                ..ClientLimits::default()
            })
        };
        Self {
            open: bounds(limits::BYTESTREAM_CONNECTIONS_MAX, limits::BYTESTREAM_CONNECTIONS_PER_IP_MAX),
            waiting: bounds(limits::BYTESTREAM_WAITING_MAX, limits::BYTESTREAM_WAITING_PER_IP_MAX),
        }
    }

    fn admit(&self, ip: IpAddr) -> Option<(Slot, Waiting)> {
        let (connection, network) = self.open.admit(ip)?;
        Some((Slot(connection, network), self.waiting.admit(ip)?))
    }
}

/// Accepts until the shutdown begins.
async fn listen(listener: TcpListener, service: Arc<Service>, tasks: Tasks) {
    let door = Door::new();
    loop {
        let accepted = tokio::select! {
            () = tasks.token().cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(err) => {
                tracing::warn!(%err, "a connection to the file transfer proxy could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(slots) = door.admit(peer.ip()) else {
            service.bytestreams.metrics.refuse("limit");
            debug!(%peer, "too many connections to the file transfer proxy");
            continue;
        };
        // The last bytes of a file must not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let (service, ending) = (Arc::clone(&service), tasks.clone());
        tasks.spawn("bytestream", async move { serve(&service, stream, peer, slots, &ending).await });
    }
}

async fn serve(
    service: &Service,
    stream: TcpStream,
    peer: SocketAddr,
    slots: (Slot, Waiting),
    tasks: &Tasks,
) {
    let (slot, waiting) = slots;
    let bytestreams = &service.bytestreams;
    bytestreams.metrics.waiting.inc();
    let entered = tokio::select! {
        entered = enter(&bytestreams.registry, stream) => entered,
        () = tasks.token().cancelled() => Err("stopped"),
    };
    bytestreams.metrics.waiting.dec();
    drop(waiting);
    let (stream, early, part) = match entered {
        Ok(entered) => entered,
        Err(reason) => {
            debug!(%peer, reason, "a connection to the file transfer proxy ended before its stream");
            return bytestreams.metrics.refuse(reason);
        }
    };
    let own = End { stream, early, slot };
    match part {
        Part::Give(to) => {
            // Nobody to take it: the other side hung up at this moment, and both connections end.
            let _ = to.send(own);
        }
        Part::Take(from) => {
            let Ok(other) = from.await else { return };
            carry(service, own, other, peer, tasks).await;
        }
    }
}

async fn carry(service: &Service, own: End, other: End, peer: SocketAddr, tasks: &Tasks) {
    let metrics = &service.bytestreams.metrics;
    metrics.active.inc();
    let ending = relay(own, other, &metrics.carried, tasks.token()).await;
    metrics.active.dec();
    let result = match ending {
        Ending::Complete => "complete",
        Ending::Broken => "broken",
        Ending::Idle => "idle",
        Ending::Stopped => "stopped",
    };
    metrics.ended.get_or_create(&EndedLabels { result }).inc();
    debug!(%peer, result, "a stream through the file transfer proxy is over");
}

/// From the first byte to the activation: the connection, what its client sent ahead, and what it is to do. The error is
/// the label under which it is counted.
async fn enter(
    registry: &Registry,
    mut stream: TcpStream,
) -> Result<(TcpStream, Vec<u8>, Part), &'static str> {
    let admitted = timeout(limits::BYTESTREAM_HANDSHAKE_TIMEOUT, admit(registry, &mut stream)).await;
    let (request, mut place) = match admitted {
        Ok(Ok(admitted)) => admitted,
        Ok(Err(reason)) => return Err(reason),
        Err(_) => return Err("expired"),
    };
    let part = tokio::select! {
        biased;
        part = &mut place.part => part.map_err(|_| "gone")?,
        () = hung_up(&stream) => return Err("gone"),
        () = tokio::time::sleep(limits::BYTESTREAM_ACTIVATION_TIMEOUT) => return Err("expired"),
    };
    Ok((stream, request.early, part))
}

/// The handshake of SOCKS5, up to the place for which the connection waits.
async fn admit(registry: &Registry, stream: &mut TcpStream) -> Result<(Request, Place), &'static str> {
    let request = match negotiate(stream).await {
        Ok(Some(request)) => request,
        Ok(None) => return Err("handshake"),
        Err(_) => return Err("gone"),
    };
    let Some(place) = registry.join(request.hash) else {
        end(stream, &refused(Refusal::NotAllowed)).await;
        return Err("taken");
    };
    // The place is taken first: the client may ask for the activation as soon as it reads this.
    stream.write_all(&request.granted()).await.map_err(|_| "gone")?;
    Ok((request, place))
}

/// What the client asks for; `None` if it is nothing that we have.
async fn negotiate(stream: &mut TcpStream) -> io::Result<Option<Request>> {
    let mut handshake = Handshake::new();
    loop {
        match handshake.step() {
            Step::Read => {
                let mut bytes = [0; READ_BYTES];
                let count = stream.read(&mut bytes).await?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                handshake.feed(bytes.get(..count).unwrap_or_default());
            }
            Step::Write(bytes) => stream.write_all(&bytes).await?,
            Step::Connect(request) => return Ok(Some(request)),
            Step::End(bytes) => {
                end(stream, &bytes).await;
                return Ok(None);
            }
        }
    }
}

/// Says why and closes; the client may be gone already.
async fn end(stream: &mut TcpStream, reply: &[u8]) {
    let _ = stream.write_all(reply).await;
    let _ = stream.shutdown().await;
}

/// Waits until the client is gone. One that sends ahead is not: what it sends stays in the kernel until the stream is
/// active.
async fn hung_up(stream: &TcpStream) {
    let mut byte = [0];
    if matches!(stream.peek(&mut byte).await, Ok(1..)) {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
impl Slot {
    pub(super) fn for_tests() -> Self {
        Door::new().admit(std::net::Ipv4Addr::LOCALHOST.into()).unwrap().0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::Ipv4Addr;

    use tokio::time::Instant;

    use super::*;

    /// A connection on which a client has sent this, which is here already.
    fn connection(sent: &[u8]) -> (TcpStream, std::net::TcpStream) {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.write_all(sent).unwrap();
        let (stream, _) = listener.accept().unwrap();
        while !sent.is_empty() && stream.peek(&mut [0; READ_BYTES]).unwrap() < sent.len() {}
        stream.set_nonblocking(true).unwrap();
        (TcpStream::from_std(stream).unwrap(), client)
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_and_who_is_never_activated_has_to_go() {
        let registry = Registry::default();
        let begun = Instant::now();
        let (stream, _client) = connection(&[]);
        assert_eq!(enter(&registry, stream).await.err(), Some("expired"));
        assert!(begun.elapsed() >= limits::BYTESTREAM_HANDSHAKE_TIMEOUT);

        let begun = Instant::now();
        let hash = [b'a'; 40];
        let (stream, _client) = connection(&[&[5, 1, 0, 5, 1, 0, 3, 40][..], &hash, &[0, 0]].concat());
        assert_eq!(enter(&registry, stream).await.err(), Some("expired"));
        assert!(begun.elapsed() >= limits::BYTESTREAM_ACTIVATION_TIMEOUT);
        assert_eq!(registry.len(), 0, "its place is free");
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let (door, one, other) = (Door::new(), "192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut held: Vec<_> = std::iter::repeat_with(|| door.admit(one)).map_while(|slots| slots).collect();
        assert_eq!(held.len(), limits::BYTESTREAM_WAITING_PER_IP_MAX);
        // Whatever is activated makes room for others that wait, up to the bound for all.
        while let Some((slot, waiting)) = held.pop() {
            drop(waiting);
            std::mem::forget(slot);
        }
        let mut open = limits::BYTESTREAM_WAITING_PER_IP_MAX;
        while let Some((slot, _waiting)) = door.admit(one) {
            std::mem::forget(slot);
            open += 1;
        }
        assert_eq!(open, limits::BYTESTREAM_CONNECTIONS_PER_IP_MAX);
        assert!(door.admit(other).is_some());
    }
}
