//! How fast connections may come.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use cobnut_model::limits;
use tokio::time::Instant;

use super::client_network;
use crate::settings::ArrivalPolicy;

/// Counts new connections of this node, in all and from each network.
#[derive(Debug)]
pub(crate) struct Arrivals {
    policy: ArrivalPolicy,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    all: Bucket,
    networks: HashMap<IpAddr, Bucket>,
}

/// A token bucket: connections that may come now.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    credit: f64,
    updated_at: Instant,
}

impl Bucket {
    fn full(burst: u32, now: Instant) -> Self {
        Self { credit: f64::from(burst), updated_at: now }
    }

    /// Fills up, and returns whether there is room for one more.
    fn refill(&mut self, per_second: u32, burst: u32, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.updated_at).as_secs_f64();
        self.credit = (self.credit + elapsed * f64::from(per_second)).min(f64::from(burst));
        self.updated_at = now;
        self.credit >= 1.0
    }
}

impl Arrivals {
    pub(crate) fn new(policy: ArrivalPolicy, now: Instant) -> Self {
        let all = Bucket::full(policy.burst, now);
        Self { policy, held: Mutex::new(Held { all, networks: HashMap::new() }) }
    }

    /// Counts a connection. Returns whether it may stay; one that may not costs nobody else a place.
    pub(crate) fn admits(&self, ip: IpAddr, now: Instant) -> bool {
        let policy = self.policy;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Held { all, networks } = &mut *held;
        if policy.is_limited && !all.refill(policy.per_second, policy.burst, now) {
            return false;
        }
        if let Some(per_second) = policy.per_address {
            let burst = per_second.saturating_mul(limits::ARRIVALS_BURST_SECONDS);
            let network = client_network(ip);
            if networks.len() >= limits::ARRIVAL_ADDRESSES_TRACKED_MAX && !networks.contains_key(&network) {
                // A full bucket says as much as none. If all are in use, counting begins again.
                networks.retain(|_, bucket| {
                    bucket.refill(per_second, burst, now);
                    bucket.credit < f64::from(burst)
                });
                if networks.len() >= limits::ARRIVAL_ADDRESSES_TRACKED_MAX {
                    networks.clear();
                }
            }
            let bucket = networks.entry(network).or_insert_with(|| Bucket::full(burst, now));
            if !bucket.refill(per_second, burst, now) {
                return false;
            }
            bucket.credit -= 1.0;
        }
        if policy.is_limited {
            all.credit -= 1.0;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ip(host: u32) -> IpAddr {
        std::net::Ipv4Addr::from(0x0a00_0000 + host).into()
    }

    #[test]
    fn a_burst_may_come_and_then_so_many_a_second() {
        let now = Instant::now();
        let policy = ArrivalPolicy { is_limited: true, per_second: 2, burst: 3, per_address: None };
        let arrivals = Arrivals::new(policy, now);
        let admitted = |now| (0..10).filter(|&host| arrivals.admits(ip(host), now)).count();
        assert_eq!(admitted(now), 3);
        assert_eq!(admitted(now + Duration::from_secs(1)), 2);
        assert_eq!(admitted(now + Duration::from_mins(1)), 3, "no more than the burst");
        let unlimited = Arrivals::new(ArrivalPolicy::default(), now);
        assert!((0..1000).all(|_| unlimited.admits(ip(1), now)));
    }

    #[test]
    fn an_address_that_comes_too_fast_takes_no_place_of_others() {
        let now = Instant::now();
        let policy = ArrivalPolicy { is_limited: true, per_second: 1, burst: 100, per_address: Some(1) };
        let arrivals = Arrivals::new(policy, now);
        let burst = limits::ARRIVALS_BURST_SECONDS as usize;
        assert_eq!((0..1000).filter(|_| arrivals.admits(ip(1), now)).count(), burst);
        assert!(arrivals.admits(ip(2), now));
        assert!(arrivals.admits(ip(1), now + Duration::from_secs(1)));
    }

    #[test]
    fn memory_is_bounded() {
        let now = Instant::now();
        let policy = ArrivalPolicy { per_address: Some(1), ..ArrivalPolicy::default() };
        let arrivals = Arrivals::new(policy, now);
        let most = u32::try_from(limits::ARRIVAL_ADDRESSES_TRACKED_MAX).expect("small");
        for host in 0..most + 10 {
            assert!(arrivals.admits(ip(host), now));
        }
        assert!(arrivals.held.lock().expect("lock").networks.len() <= limits::ARRIVAL_ADDRESSES_TRACKED_MAX);
    }
}
