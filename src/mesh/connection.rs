//! Tasks that touch the network: dialling, resolving, one task for each connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use cobnut_mesh_proto::{ConnId, DialFailure};
use cobnut_net::Secured;
use socket2::{SockRef, Socket, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::MeshSettings;
use crate::engine::{ConnHandle, Inner, Run};

/// Time to make a TCP connection when the file does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Time to agree on encryption.
const TLS_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for the resolver.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes written at once: heartbeats wait behind no more than this and what the kernel holds back.
const BATCH_BYTES: usize = 64 << 10;
/// Bytes that the kernel takes before the first of them is on its way. Two batches keep a fast line busy.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 128 << 10;
/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;
/// Time that the other end has to close after us, so that our last words are not lost in a reset.
const LINGER: Duration = Duration::from_secs(1);

/// One connection and its place in the state machine.
pub(crate) struct Connection {
    pub(crate) inner: Arc<Inner>,
    pub(crate) run_number: u64,
    pub(crate) id: ConnId,
    pub(crate) handle: ConnHandle,
    pub(crate) token: CancellationToken,
    /// Where this node dialled, if it did.
    pub(crate) dialled: Option<SocketAddr>,
    /// Given back once the peer has proven itself.
    pub(crate) permits: Vec<OwnedSemaphorePermit>,
}

/// Makes a connection and serves it.
pub(crate) fn dial(inner: &Arc<Inner>, run: &Run, id: ConnId, address: SocketAddr, handle: ConnHandle) {
    let (run_number, token) = (run.number, run.token.clone());
    let inner_task = Arc::clone(inner);
    inner.tasks.spawn("mesh link", async move {
        let connected = tokio::select! {
            connected = connect(&inner_task, address) => connected,
            () = handle.closing.cancelled() => Err(DialFailure::Failed("given up".to_owned())),
            () = token.cancelled() => Err(DialFailure::Failed("clustering was switched off".to_owned())),
        };
        let dialled = Some(address);
        let connection =
            Connection { inner: inner_task, run_number, id, handle, token, dialled, permits: Vec::new() };
        match connected {
            Ok(stream) => {
                connection.inner.with_node(run_number, |node, now| {
                    if let Stream::Secured(secured, _) = &stream {
                        node.handle_secured(id, secured.binding);
                    }
                    node.handle_connected(now, id);
                });
                connection.serve(stream, BytesMut::new()).await;
            }
            Err(failure) => {
                connection.forget();
                connection.inner.with_node(run_number, |node, now| node.handle_dial_failed(now, id, failure));
            }
        }
    });
}

/// Resolves a host name without holding up anything else.
pub(crate) fn resolve(inner: &Arc<Inner>, run: &Run, candidate: usize, host: String) {
    let (run_number, token) = (run.number, run.token.clone());
    let inner_task = Arc::clone(inner);
    inner.tasks.spawn("mesh resolver", async move {
        let answer = tokio::select! {
            answer = look_up(&host) => answer,
            () = token.cancelled() => return,
        };
        inner_task.with_node(run_number, |node, now| node.handle_resolved(now, candidate, answer));
    });
}

async fn look_up(host: &str) -> Result<Vec<IpAddr>, String> {
    if host.contains(':') {
        // Such a text is an IPv6 address or nothing; the resolver would be asked in vain.
        return Err("not an IP address and the name does not resolve".to_owned());
    }
    match timeout(RESOLVE_TIMEOUT, lookup_host((host, 0))).await {
        Ok(Ok(addresses)) => Ok(addresses.map(|address| address.ip()).collect()),
        Ok(Err(err)) => Err(format!("not an IP address and the name does not resolve ({err})")),
        Err(_) => Err(format!("the resolver did not answer within {} s", RESOLVE_TIMEOUT.as_secs())),
    }
}

/// A connection of either kind.
pub(crate) enum Stream {
    /// As the wire carries it.
    Clear(TcpStream),
    /// Encrypted, with the socket below.
    Secured(Secured, Option<Socket>),
}

/// A second handle on a socket whose stream is about to be wrapped, for [`reset`].
pub(crate) fn duplicate(stream: &TcpStream) -> Option<Socket> {
    SockRef::from(stream).try_clone().map_err(|err| debug!(%err, "cannot duplicate a socket")).ok()
}

/// Makes the kernel throw away what it has not sent, and tell the other end, when the last handle is closed.
fn reset(socket: &Socket) {
    if let Err(err) = socket.set_linger(Some(Duration::ZERO)) {
        debug!(%err, "cannot set an option of a socket");
    }
}

async fn connect(inner: &Inner, address: SocketAddr) -> Result<Stream, DialFailure> {
    let settings = &inner.settings;
    let stream = connect_in_clear(settings, address).await?;
    tune(&stream, settings.dead_after);
    let Some(tls) = inner.guard.tls() else { return Ok(Stream::Clear(stream)) };
    let socket = duplicate(&stream);
    match timeout(TLS_TIMEOUT, tls.connect(address.ip(), stream)).await {
        Ok(Ok(secured)) => Ok(Stream::Secured(secured, socket)),
        Ok(Err(err)) => {
            inner.refused_tls(address, &err);
            Err(DialFailure::Failed(format!(
                "the links of this node are encrypted, and the other end did not agree to TLS: {err}"
            )))
        }
        Err(_) => Err(DialFailure::Failed(format!(
            "the links of this node are encrypted, and the other end did not answer to TLS within {} s",
            TLS_TIMEOUT.as_secs()
        ))),
    }
}

async fn connect_in_clear(settings: &MeshSettings, address: SocketAddr) -> Result<TcpStream, DialFailure> {
    let bind_ip = settings.bind_ip;
    // Peers see the address that they know; but loopback and the outside world do not mix.
    let fits = bind_ip.is_ipv4() == address.is_ipv4()
        && bind_ip.is_loopback() == address.ip().is_loopback()
        && !bind_ip.is_unspecified();
    let any: IpAddr =
        if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let from = if fits { bind_ip } else { any };
    let attempt = async {
        if !settings.outbound_ports.is_empty() {
            return connect_from(from, &settings.outbound_ports, address).await;
        }
        let socket = new_socket(address)?;
        if fits {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        socket.connect(address).await
    };
    let limit = settings.membership.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
    match timeout(limit, attempt).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(err)) if err.kind() == io::ErrorKind::ConnectionRefused => Err(DialFailure::Refused),
        Ok(Err(err)) => Err(DialFailure::Failed(format!("cannot connect: {err}"))),
        Err(_) => Err(DialFailure::Failed(format!(
            "no answer within {} s: the host is off, unreachable, or a firewall drops packets",
            limit.as_secs()
        ))),
    }
}

fn new_socket(address: SocketAddr) -> io::Result<TcpSocket> {
    if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }
}

/// Connects from the first port of the ranges that is free for this destination.
async fn connect_from(from: IpAddr, ranges: &[(u16, u16)], to: SocketAddr) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "no port is given");
    for port in ranges.iter().flat_map(|&(first, last)| first..=last) {
        let socket = new_socket(to)?;
        // A port whose last connection is just gone can be used for another destination. Whether it is free for this one
        // shows only when connecting.
        socket.set_reuseaddr(true)?;
        let connected = match socket.bind(SocketAddr::new(from, port)) {
            Ok(()) => socket.connect(to).await,
            Err(err) => Err(err),
        };
        match connected {
            Err(err) if is_port_taken(&err) => last = err,
            other => return other,
        }
    }
    Err(io::Error::new(
        last.kind(),
        format!("none of the ports in <outbound-ports> is free for this address; widen the range ({last})"),
    ))
}

/// Taken, or not for this process to take: the next one may do.
fn is_port_taken(err: &io::Error) -> bool {
    use io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    matches!(err.kind(), AddrInUse | AddrNotAvailable | PermissionDenied)
}

impl Connection {
    /// Serves the connection until either side ends it; `input` holds what was read already.
    pub(crate) async fn serve(self, stream: Stream, input: BytesMut) {
        match stream {
            Stream::Clear(stream) => {
                let socket = duplicate(&stream);
                let (reader, writer) = stream.into_split();
                self.serve_halves(reader, writer, socket, input).await;
            }
            Stream::Secured(secured, socket) => {
                let (reader, writer) = tokio::io::split(secured.stream);
                self.serve_halves(reader, writer, socket, input).await;
            }
        }
    }

    async fn serve_halves(
        mut self,
        reader: impl AsyncRead + Unpin,
        writer: impl AsyncWrite + Unpin,
        socket: Option<Socket>,
        mut input: BytesMut,
    ) {
        self.feed(&mut input);
        let permits = std::mem::take(&mut self.permits);
        let why = tokio::select! {
            // Before another byte is written.
            biased;
            () = self.handle.aborting.cancelled() => {
                socket.as_ref().inspect(|socket| reset(socket));
                "what it carried goes another way".to_owned()
            }
            why = self.read(reader, input, permits) => why,
            why = self.write(writer) => why,
            () = self.token.cancelled() => "clustering was switched off".to_owned(),
        };
        drop(socket);
        let id = self.id;
        debug!(conn = id.0, %why, "mesh connection ended");
        self.inner.with_node(self.run_number, |node, now| node.handle_closed(now, id, &why));
        self.forget();
    }

    async fn read(
        &self,
        mut reader: impl AsyncRead + Unpin,
        mut input: BytesMut,
        mut permits: Vec<OwnedSemaphorePermit>,
    ) -> String {
        loop {
            input.reserve(READ_BYTES);
            match reader.read_buf(&mut input).await {
                Ok(0) => return "closed by the other end".to_owned(),
                Ok(_) => self.feed(&mut input),
                Err(err) => {
                    // With TLS 1.3 a dialler learns only here that his certificate was turned down.
                    if let Some(peer) = self.dialled {
                        self.inner.refused_tls(peer, &err);
                    }
                    return err.to_string();
                }
            }
            if !permits.is_empty() {
                let id = self.id;
                let proven = self.inner.with_node(self.run_number, |node, _| node.is_proven(id));
                if proven == Some(true) {
                    permits.clear();
                }
            }
        }
    }

    async fn write(&self, mut writer: impl AsyncWrite + Unpin) -> String {
        let patience = self.inner.settings.dead_after.saturating_mul(2).max(LINGER);
        let id = self.id;
        let mut batch = BytesMut::with_capacity(BATCH_BYTES);
        loop {
            let is_closing = self.handle.closing.is_cancelled();
            let gave = self
                .inner
                .with_node(self.run_number, |node, _| node.poll_transmit(id, &mut batch, BATCH_BYTES))
                .unwrap_or(false);
            if gave {
                if let Err(err) = write_out(&mut writer, &mut batch, patience).await {
                    return err.to_string();
                }
            } else if is_closing {
                if writer.shutdown().await.is_ok() {
                    tokio::time::sleep(LINGER).await;
                }
                return "closed by this node".to_owned();
            } else {
                tokio::select! {
                    () = self.handle.wake.notified() => {}
                    () = self.handle.closing.cancelled() => {}
                }
            }
        }
    }

    fn feed(&self, input: &mut BytesMut) {
        let id = self.id;
        if !input.is_empty() {
            self.inner.with_node(self.run_number, |node, now| node.handle_bytes(now, id, input));
        }
    }

    fn forget(&self) {
        let mut engine = self.inner.engine();
        if let Some(run) = engine.run.as_mut().filter(|run| run.number == self.run_number) {
            run.conns.remove(&self.id);
            run.progress.notify_one();
        }
    }
}

/// Writes everything and leaves `batch` empty. Patience is for each step, not for all: a frame of some megabytes takes its
/// time on a slow line, and all the while the other end reads.
async fn write_out(
    writer: &mut (impl AsyncWrite + Unpin),
    batch: &mut BytesMut,
    patience: Duration,
) -> io::Result<()> {
    let stuck = |_| io::Error::new(io::ErrorKind::TimedOut, "the other end does not read");
    while !batch.is_empty() {
        let length = timeout(patience, writer.write(batch)).await.map_err(stuck)??;
        if length == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        batch.advance(length);
    }
    // Encryption buffers.
    timeout(patience, writer.flush()).await.map_err(stuck)?
}

/// No delay for small frames; little waits in the kernel, where heartbeats could not overtake it; unacknowledged data,
/// and a silent other end, end the connection no later than the failure detector would.
pub(crate) fn tune(stream: &TcpStream, dead_after: Duration) {
    let socket = SockRef::from(stream);
    let set = |option: &str, done: io::Result<()>| {
        if let Err(err) = done {
            debug!(%err, option, "cannot set an option of a socket");
        }
    };
    set("TCP_NODELAY", socket.set_tcp_nodelay(true));
    set("SO_KEEPALIVE", socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(dead_after)));
    #[cfg(target_os = "linux")]
    {
        set("TCP_NOTSENT_LOWAT", socket.set_tcp_notsent_lowat(UNSENT_BYTES));
        set("TCP_USER_TIMEOUT", socket.set_tcp_user_timeout(Some(dead_after)));
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What a socket takes before it has to wait for an other end that reads nothing.
    async fn taken(is_tuned: bool) -> io::Result<usize> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        SockRef::from(&listener).set_recv_buffer_size(16 << 10)?;
        let stream = TcpStream::connect(listener.local_addr()?).await?;
        let (_unread, _) = listener.accept().await?;
        // As large as it may become by itself on a long and fast line.
        SockRef::from(&stream).set_send_buffer_size(4 << 20)?;
        if is_tuned {
            tune(&stream, Duration::from_secs(5));
        }
        let mut taken = 0;
        let chunk = vec![0; 16 << 10];
        loop {
            stream.writable().await?;
            match stream.try_write(&chunk) {
                Ok(length) => taken += length,
                Err(err) if err.kind() == io::ErrorKind::WouldBlock => return Ok(taken),
                Err(err) => return Err(err),
            }
        }
    }

    #[tokio::test]
    async fn what_the_kernel_holds_of_a_given_up_link_does_not_arrive() -> io::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        SockRef::from(&listener).set_recv_buffer_size(16 << 10)?;
        let stream = TcpStream::connect(listener.local_addr()?).await?;
        let (mut peer, _) = listener.accept().await?;
        let socket = duplicate(&stream).ok_or(io::ErrorKind::Other)?;
        let chunk = vec![0; 16 << 10];
        let mut written = 0;
        stream.writable().await?;
        while let Ok(length) = stream.try_write(&chunk) {
            written += length;
        }
        reset(&socket);
        drop((stream, socket));
        let mut read = Vec::new();
        let end = peer.read_to_end(&mut read).await.map_err(|err| err.kind());
        assert_eq!(end, Err(io::ErrorKind::ConnectionReset));
        assert!(read.len() < written, "{} of {written} bytes arrived", read.len());
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_gets_a_large_frame_whole_and_one_that_stops_is_given_up() -> io::Result<()> {
        const PATIENCE: Duration = Duration::from_secs(10);
        let frame: Vec<u8> = (0..40_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let (mut writer, mut reader) = tokio::io::duplex(1000);
        let expected = frame.clone();
        let reading = async move {
            let mut part = [0; 1000];
            for chunk in expected.chunks(1000) {
                tokio::time::sleep(PATIENCE * 9 / 10).await;
                reader.read_exact(&mut part).await?;
                assert_eq!(part, chunk);
            }
            io::Result::Ok(reader)
        };
        let mut batch = BytesMut::from(&frame[..]);
        let begin = tokio::time::Instant::now();
        let (written, reader) = tokio::join!(write_out(&mut writer, &mut batch, PATIENCE), reading);
        written?;
        let _unread = reader?;
        assert!(batch.is_empty() && begin.elapsed() > 3 * PATIENCE);
        batch.extend_from_slice(&frame);
        let given_up = write_out(&mut writer, &mut batch, PATIENCE).await.map_err(|err| err.kind());
        assert_eq!(given_up, Err(io::ErrorKind::TimedOut));
        Ok(())
    }

    #[tokio::test]
    async fn little_waits_in_the_kernel_for_a_peer_that_reads_nothing() -> io::Result<()> {
        let (tuned, untuned) = (taken(true).await?, taken(false).await?);
        assert!(tuned * 2 < untuned, "{tuned} bytes, {untuned} without the option");
        Ok(())
    }
}
