//! Discovery by multicast: every node tells a group where it listens, and dials whom it hears.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use cobnut_mesh_proto::{ANNOUNCEMENT_BYTES_MAX, announcement, is_announcement, read_announcement};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::engine::Inner;

/// Between two announcements while the node is alone, and once it has company.
const INTERVAL_ALONE: Duration = Duration::from_secs(1);
const INTERVAL_IN_COMPANY: Duration = Duration::from_secs(10);
/// Pause after a failed read, so that the loop does not spin.
const READ_PAUSE: Duration = Duration::from_millis(200);
/// Senders that are named in the log as not believed; anybody can send to the group.
const TOLD_MAX: usize = 16;

/// `<multicast>`.
#[derive(Clone)]
pub struct MulticastSettings {
    /// `multicast-group`.
    pub group: IpAddr,
    /// `multicast-port`.
    pub port: u16,
    /// `multicast-time-to-live`: networks that a packet may cross, plus one.
    pub time_to_live: u8,
    /// Whether other nodes on this machine hear it.
    pub loopback: bool,
    /// Whether the node does without where the group cannot be joined: nobody named it (`<auto-detection>`).
    pub is_optional: bool,
    /// Whose announcements count (`trusted-interfaces`).
    pub trusts: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

impl std::fmt::Debug for MulticastSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MulticastSettings({}:{})", self.group, self.port)
    }
}

/// A socket that hears the group on the interface of `local` and speaks to it from there.
pub(crate) fn open(settings: &MulticastSettings, local: IpAddr) -> io::Result<UdpSocket> {
    let domain = if settings.group.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    // Several nodes on one machine share the port.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    match (settings.group, local) {
        (IpAddr::V4(group), local) => {
            let interface = match local {
                IpAddr::V4(ip) => ip,
                IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
            };
            socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, settings.port)).into())?;
            socket.join_multicast_v4(&group, &interface)?;
            socket.set_multicast_if_v4(&interface)?;
            socket.set_multicast_ttl_v4(u32::from(settings.time_to_live))?;
            socket.set_multicast_loop_v4(settings.loopback)?;
        }
        (IpAddr::V6(group), _) => {
            socket.set_only_v6(true)?;
            socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, settings.port)).into())?;
            socket.join_multicast_v6(&group, 0)?;
            socket.set_multicast_hops_v6(u32::from(settings.time_to_live))?;
            socket.set_multicast_loop_v6(settings.loopback)?;
        }
    }
    UdpSocket::from_std(socket.into())
}

/// Announces `local` and dials whom it hears, until `stop` is cancelled.
pub(crate) async fn run(
    inner: Arc<Inner>,
    run_number: u64,
    settings: MulticastSettings,
    socket: UdpSocket,
    local: SocketAddr,
    stop: CancellationToken,
) {
    let group = SocketAddr::new(settings.group, settings.port);
    let mut next = Instant::now();
    let mut trouble = None;
    let mut ear = Ear { local, settings, told: BTreeSet::new() };
    // One byte more than the longest: what fills it is none of ours.
    let mut heard = [0; ANNOUNCEMENT_BYTES_MAX + 1];
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep_until(next) => {
                let said = announcement(&inner.guard.proven().0, local);
                tell_trouble(&mut trouble, group, socket.send_to(&said, group).await.err());
                let is_alone = inner.with_node(run_number, |node, _| node.members().len() < 2);
                let Some(is_alone) = is_alone else { return };
                next = Instant::now() + if is_alone { INTERVAL_ALONE } else { INTERVAL_IN_COMPANY };
            }
            received = socket.recv_from(&mut heard) => match received {
                Ok((length, sender)) => {
                    let bytes = heard.get(..length).unwrap_or_default();
                    let Some(found) = ear.hear(&inner.guard.proven(), bytes, sender.ip()) else { continue };
                    debug!(peer_addr = %found, "heard a node by multicast");
                    inner.with_node(run_number, |node, now| node.handle_discovered(now, found));
                }
                Err(err) => {
                    debug!(%err, "cannot read from the multicast socket");
                    tokio::time::sleep(READ_PAUSE).await;
                }
            },
        }
    }
}

/// Judges what is heard.
struct Ear {
    local: SocketAddr,
    settings: MulticastSettings,
    told: BTreeSet<IpAddr>,
}

impl Ear {
    /// Where a node that may be dialled listens. Who is not believed is named once.
    fn hear(
        &mut self,
        (current, previous): &([u8; 32], Vec<[u8; 32]>),
        bytes: &[u8],
        sender: IpAddr,
    ) -> Option<SocketAddr> {
        if !is_announcement(bytes) {
            return None;
        }
        let mut believed = std::iter::once(current).chain(previous);
        let found = believed.find_map(|secret| read_announcement(secret, bytes));
        if found == Some(self.local) {
            return None;
        }
        if !(self.settings.trusts)(sender) {
            self.tell(sender, "<trusted-interfaces> does not name its address");
            return None;
        }
        if found.is_none() {
            let why = "it does not know this cluster's secret: it uses another database, or another password in \
                       <symmetric-encryption>";
            self.tell(sender, why);
        }
        found
    }

    fn tell(&mut self, sender: IpAddr, why: &str) {
        if self.told.len() < TOLD_MAX && self.told.insert(sender) {
            warn!(peer_addr = %sender, reason = %why, "a node that announces itself by multicast is left alone");
        }
    }
}

/// Logs a change between working and not.
fn tell_trouble(before: &mut Option<io::ErrorKind>, group: SocketAddr, now: Option<io::Error>) {
    let kind = now.as_ref().map(io::Error::kind);
    if kind == *before {
        return;
    }
    if let Some(err) = now {
        warn!(%group, %err, "cannot announce this node by multicast; other nodes will not hear it");
    } else {
        info!(%group, "this node is announced by multicast again");
    }
    *before = kind;
}
