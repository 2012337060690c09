//! Who gets how far on the mesh port: the protection in force, rates for what costs something, and what is counted and said
//! about those who are turned away.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use cobnut_mesh_proto::combined;
use cobnut_model::limits::{
    MESH_KNOWN_ADDRESSES_MAX, MESH_PROBES_PER_SECOND, MESH_TLS_HANDSHAKES_PER_SECOND,
    MESH_TLS_HANDSHAKES_PER_SECOND_PER_IP,
};
use cobnut_net::MemberTls;
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::warn;

use crate::engine::Inner;
use crate::settings::{ProbeGroups, Protection};

/// Somebody who goes on is named in the log again after this time.
const TOLD_AGAIN: Duration = Duration::from_mins(10);
/// Seconds worth of a rate that may come at once.
const BURST_SECONDS: f64 = 4.0;
/// What takes from the rate that all unknown addresses share.
const EVERYBODY: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// Why a connection on the mesh port was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TurnedAway {
    /// Too many half-open connections.
    HalfOpen,
    /// Too many handshakes of TLS in a short time.
    Handshakes,
    /// Nothing whole came in time.
    Silent,
    /// TLS failed.
    Tls,
    /// Nothing that belongs on this port.
    Language,
    /// A hello that broke off or broke the protocol.
    Hello,
    /// A member that broke the protocol after its proof.
    Member,
    /// A probe from an address that may not ask.
    Probe,
    /// Too many probes in a short time.
    Probes,
}

impl TurnedAway {
    pub(crate) const ALL: [Self; 9] = [
        Self::HalfOpen,
        Self::Handshakes,
        Self::Silent,
        Self::Tls,
        Self::Language,
        Self::Hello,
        Self::Member,
        Self::Probe,
        Self::Probes,
    ];

    /// A short name, for metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HalfOpen => "half_open",
            Self::Handshakes => "tls_rate",
            Self::Silent => "silent",
            Self::Tls => "tls",
            Self::Language => "language",
            Self::Hello => "hello",
            Self::Member => "member",
            Self::Probe => "probe",
            Self::Probes => "probe_rate",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::HalfOpen => "it holds too many connections without a hello",
            Self::Handshakes => "it begins TLS too often",
            Self::Silent => "it says nothing whole in time",
            Self::Tls => "it does not complete TLS",
            Self::Language => "it speaks nothing that belongs on this port",
            Self::Hello => "its hello is not one of a member",
            Self::Member => "it is a member and breaks the protocol; the link is made again",
            Self::Probe => "it may not ask for the health of this node",
            Self::Probes => "it asks for the health of this node too often",
        }
    }
}

/// The protection in force, and the memory about who knocks.
pub(crate) struct Guard {
    protection: RwLock<Protection>,
    /// The database's secret, and those before it that are still believed.
    secrets: RwLock<([u8; 32], Vec<[u8; 32]>)>,
    /// A secret was not believed, here or there: perhaps it was rotated.
    doubted: Notify,
    /// Addresses where members are or were.
    known: Mutex<BTreeSet<IpAddr>>,
    told: Mutex<BTreeMap<(IpAddr, TurnedAway), Instant>>,
    handshakes: Rate,
    handshakes_of_all: Rate,
    probes: Rate,
}

impl Guard {
    pub(crate) fn new(protection: Protection, secret: [u8; 32]) -> Self {
        Self {
            protection: RwLock::new(protection),
            secrets: RwLock::new((secret, Vec::new())),
            doubted: Notify::new(),
            known: Mutex::default(),
            told: Mutex::default(),
            handshakes: Rate::new(MESH_TLS_HANDSHAKES_PER_SECOND_PER_IP),
            handshakes_of_all: Rate::new(MESH_TLS_HANDSHAKES_PER_SECOND),
            probes: Rate::new(MESH_PROBES_PER_SECOND),
        }
    }

    /// What new connections are encrypted with; nothing where links are in the clear.
    pub(crate) fn tls(&self) -> Option<MemberTls> {
        self.protection.read().unwrap_or_else(PoisonError::into_inner).tls.clone()
    }

    pub(crate) fn protect(&self, protection: Protection) {
        *self.protection.write().unwrap_or_else(PoisonError::into_inner) = protection;
    }

    pub(crate) fn set_secrets(&self, current: [u8; 32], previous: Vec<[u8; 32]>) {
        *self.secrets.write().unwrap_or_else(PoisonError::into_inner) = (current, previous);
    }

    /// What members prove to each other, and what is believed beside it.
    pub(crate) fn proven(&self) -> ([u8; 32], Vec<[u8; 32]>) {
        let password = self.protection.read().unwrap_or_else(PoisonError::into_inner).password;
        let with = |secret: &[u8; 32]| match &password {
            Some(password) => combined(secret, password),
            None => *secret,
        };
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        (with(&secrets.0), secrets.1.iter().map(with).collect())
    }

    pub(crate) fn doubt(&self) {
        self.doubted.notify_one();
    }

    pub(crate) async fn doubted(&self) {
        self.doubted.notified().await;
    }

    /// Remembers where a member is, so that it finds a place when strangers fill the others.
    pub(crate) fn know(&self, ip: IpAddr) {
        let mut known = lock(&self.known);
        if known.len() < MESH_KNOWN_ADDRESSES_MAX {
            known.insert(network_of(ip));
        }
    }

    pub(crate) fn knows(&self, ip: IpAddr) -> bool {
        lock(&self.known).contains(&network_of(ip))
    }

    /// Whether somebody may begin TLS, which costs this node a signature.
    pub(crate) fn may_begin_tls(&self, ip: IpAddr) -> bool {
        self.handshakes.take(network_of(ip)) && (self.knows(ip) || self.handshakes_of_all.take(EVERYBODY))
    }

    /// Whether somebody may ask for the health now.
    pub(crate) fn may_probe(&self, ip: IpAddr) -> Result<(), TurnedAway> {
        let is_welcome = {
            let protection = self.protection.read().unwrap_or_else(PoisonError::into_inner);
            protection.probes.as_ref().is_none_or(|probes| probes(ip))
        };
        if !is_welcome {
            Err(TurnedAway::Probe)
        } else if self.probes.take(network_of(ip)) {
            Ok(())
        } else {
            Err(TurnedAway::Probes)
        }
    }

    /// What is answered to those who may ask.
    pub(crate) fn probe_groups(&self) -> ProbeGroups {
        self.protection.read().unwrap_or_else(PoisonError::into_inner).probe_groups
    }

    /// Whether this is to be said: once for each peer, reason and time.
    fn is_news(&self, ip: IpAddr, why: TurnedAway) -> bool {
        let mut told = lock(&self.told);
        let now = Instant::now();
        told.retain(|_, at| now.duration_since(*at) < TOLD_AGAIN);
        if told.len() >= MESH_KNOWN_ADDRESSES_MAX || told.contains_key(&(network_of(ip), why)) {
            return false;
        }
        told.insert((network_of(ip), why), now);
        true
    }
}

impl Inner {
    /// Counts somebody who was turned away, and names him once in a while.
    pub(crate) fn turn_away(&self, peer: SocketAddr, why: TurnedAway) {
        self.metrics.turned_away(why);
        if self.guard.is_news(peer.ip(), why) {
            warn!(
                peer_addr = %peer, reason = why.sentence(), again_after_s = TOLD_AGAIN.as_secs(),
                "turned a connection on the mesh port away"
            );
        }
    }
}

/// So many a second for each address, and some seconds' worth at once.
struct Rate {
    per_second: f64,
    /// What is left, and when that was.
    left: Mutex<BTreeMap<IpAddr, (f64, Instant)>>,
}

impl Rate {
    fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second), left: Mutex::default() }
    }

    fn take(&self, from: IpAddr) -> bool {
        self.take_at(from, Instant::now())
    }

    fn take_at(&self, from: IpAddr, now: Instant) -> bool {
        let all = self.per_second * BURST_SECONDS;
        let refilled = |(left, at): (f64, Instant)| {
            (left + now.duration_since(at).as_secs_f64() * self.per_second).min(all)
        };
        let mut map = lock(&self.left);
        if map.len() >= MESH_KNOWN_ADDRESSES_MAX && !map.contains_key(&from) {
            map.retain(|_, entry| refilled(*entry) < all);
            // All of them are at it: the one that was quiet longest is forgotten.
            if map.len() >= MESH_KNOWN_ADDRESSES_MAX {
                let quietest = map.iter().min_by_key(|(_, (_, at))| *at).map(|(ip, _)| *ip);
                quietest.and_then(|ip| map.remove(&ip));
            }
        }
        let left = map.get(&from).map_or(all, |entry| refilled(*entry));
        let may = left >= 1.0;
        map.insert(from, (if may { left - 1.0 } else { left }, now));
        may
    }
}

/// What limits count by: an IPv4 address, or the network that one host of IPv6 can choose addresses from.
pub(crate) fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_lets_a_burst_through_and_refills() {
        let rate = Rate::new(5);
        let (ip, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let now = Instant::now();
        assert_eq!((0..30).filter(|_| rate.take_at(ip, now)).count(), 20);
        assert!(rate.take_at(other, now), "others are not held up");
        let later = now + Duration::from_secs(1);
        assert_eq!((0..30).filter(|_| rate.take_at(ip, later)).count(), 5);
    }

    #[test]
    fn memory_about_addresses_is_bounded() {
        let guard = Guard::new(Protection::default(), [1; 32]);
        let now = Instant::now();
        for number in 0..u32::try_from(3 * MESH_KNOWN_ADDRESSES_MAX).unwrap_or(u32::MAX) {
            let ip = IpAddr::from(number.to_be_bytes());
            guard.know(ip);
            guard.handshakes.take_at(ip, now);
            guard.is_news(ip, TurnedAway::Silent);
        }
        let sizes = [lock(&guard.known).len(), lock(&guard.handshakes.left).len(), lock(&guard.told).len()];
        assert!(sizes.iter().all(|size| *size <= MESH_KNOWN_ADDRESSES_MAX), "{sizes:?}");
    }

    #[test]
    fn one_host_of_ipv6_is_one_address() {
        let net = |text: &str| network_of(text.parse().unwrap_or(EVERYBODY));
        assert_eq!(net("2001:db8::1"), net("2001:db8::ffff:2"));
        assert_ne!(net("2001:db8:0:1::1"), net("2001:db8:0:2::1"));
        assert_eq!(net("::ffff:192.0.2.1"), IpAddr::from([192, 0, 2, 1]));
    }

    #[test]
    fn the_same_is_said_once_for_each_peer_and_reason() {
        let guard = Guard::new(Protection::default(), [1; 32]);
        let ip = IpAddr::from([192, 0, 2, 1]);
        assert!(guard.is_news(ip, TurnedAway::Silent));
        assert!(!guard.is_news(ip, TurnedAway::Silent));
        assert!(guard.is_news(ip, TurnedAway::Tls));
        assert!(guard.is_news(IpAddr::from([192, 0, 2, 2]), TurnedAway::Silent));
    }

    #[test]
    fn a_password_is_proven_with_every_secret() {
        let protection = Protection { password: Some([9; 32]), ..Protection::default() };
        let guard = Guard::new(protection, [1; 32]);
        guard.set_secrets([2; 32], vec![[1; 32]]);
        assert_eq!(guard.proven(), (combined(&[2; 32], &[9; 32]), vec![combined(&[1; 32], &[9; 32])]));
    }
}
