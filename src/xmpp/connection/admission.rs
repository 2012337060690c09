//! How many connections there may be, in all and while they negotiate.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use crate::settings::ClientLimits;
use crate::throttle::{Arrivals, client_network};

/// Counts connections and those that have not logged in yet.
#[derive(Debug)]
pub(crate) struct Admission {
    connections_max: usize,
    negotiations_max: usize,
    negotiations_per_ip_max: usize,
    connections: AtomicUsize,
    negotiations: Mutex<Negotiations>,
    arrivals: Arrivals,
}

#[derive(Debug, Default)]
struct Negotiations {
    total: usize,
    by_network: HashMap<IpAddr, usize>,
}

impl Admission {
    pub(crate) fn new(limits: &ClientLimits) -> Arc<Self> {
        Arc::new(Self {
            connections_max: limits.connections,
            negotiations_max: limits.negotiations,
            negotiations_per_ip_max: limits.negotiations_per_ip,
            connections: AtomicUsize::new(0),
            negotiations: Mutex::default(),
            arrivals: Arrivals::new(limits.arrivals, Instant::now()),
        })
    }

    /// Room for one more connection from there, or `None`.
    pub(crate) fn admit(self: &Arc<Self>, ip: IpAddr) -> Option<(ConnectionSlot, NegotiationSlot)> {
        let network = client_network(ip);
        let mut negotiations = self.negotiations.lock().unwrap_or_else(PoisonError::into_inner);
        let from_there = negotiations.by_network.get(&network).copied().unwrap_or_default();
        if negotiations.total >= self.negotiations_max
            || from_there >= self.negotiations_per_ip_max
            || self.connections.load(Ordering::Relaxed) >= self.connections_max
        {
            return None;
        }
        if !self.arrivals.admits(ip, Instant::now()) {
            return None;
        }
        negotiations.total += 1;
        negotiations.by_network.insert(network, from_there + 1);
        // Only changed upwards under the lock, so the check above holds.
        self.connections.fetch_add(1, Ordering::Relaxed);
        Some((
            ConnectionSlot { admission: Arc::clone(self) },
            NegotiationSlot { admission: Arc::clone(self), network },
        ))
    }
}

/// Held as long as the connection is open.
pub(crate) struct ConnectionSlot {
    admission: Arc<Admission>,
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.admission.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Held until a resource is bound.
pub(crate) struct NegotiationSlot {
    admission: Arc<Admission>,
    network: IpAddr,
}

impl Drop for NegotiationSlot {
    fn drop(&mut self) {
        let mut negotiations = self.admission.negotiations.lock().unwrap_or_else(PoisonError::into_inner);
        negotiations.total = negotiations.total.saturating_sub(1);
        if let Some(count) = negotiations.by_network.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                negotiations.by_network.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn slots_are_given_up_to_each_limit_and_come_back() {
        let limits = ClientLimits {
            connections: 4,
            negotiations: 3,
            negotiations_per_ip: 2,
            ..ClientLimits::default()
        };
        let admission = Admission::new(&limits);
        let first = admission.admit(ip("192.0.2.1")).expect("first");
        let second = admission.admit(ip("192.0.2.1")).expect("second");
        assert!(admission.admit(ip("192.0.2.1")).is_none(), "third of one address");
        assert!(admission.admit(ip("::ffff:192.0.2.1")).is_none(), "the same address in IPv6 form");
        let third = admission.admit(ip("192.0.2.2")).expect("other address");
        assert!(admission.admit(ip("192.0.2.3")).is_none(), "fourth negotiation");
        drop(first.1);
        let fourth = admission.admit(ip("192.0.2.1")).expect("after a login");
        drop((second.1, third.1, fourth.1));
        assert!(admission.admit(ip("192.0.2.1")).is_none(), "fifth connection");
        drop((first.0, second.0, third.0, fourth.0));
        assert!(admission.admit(ip("192.0.2.1")).is_some());
        assert!(admission.negotiations.lock().expect("lock").by_network.is_empty());
    }
}
