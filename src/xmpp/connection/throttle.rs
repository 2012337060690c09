//! Slows down whoever guesses passwords or makes accounts by the dozen.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cobnut_model::limits;
use tokio::time::Instant;

use super::admission::client_network;

/// Counts failed logins by account and network.
#[derive(Debug)]
pub(crate) struct LoginThrottle {
    failures: Counts<(String, IpAddr)>,
}

/// Counts accounts that clients ask for, by network.
#[derive(Debug)]
pub(crate) struct RegistrationThrottle {
    asked: Counts<IpAddr>,
    most: u32,
}

/// What happened within a window of time, for each of a bounded number of subjects.
#[derive(Debug)]
struct Counts<K> {
    held: Mutex<HashMap<K, Count>>,
    window: Duration,
    tracked_max: usize,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    count: u32,
    first_at: Instant,
}

impl Default for LoginThrottle {
    fn default() -> Self {
        Self { failures: Counts::new(limits::LOGIN_FAILURES_WINDOW, limits::LOGIN_FAILURES_TRACKED_MAX) }
    }
}

impl LoginThrottle {
    /// Whether this account may not even try from there for now.
    pub(super) fn is_blocked(&self, username: &str, ip: IpAddr, now: Instant) -> bool {
        self.failures.of(&key(username, ip), now) >= limits::LOGIN_FAILURES_MAX
    }

    /// Counts a wrong password.
    pub(super) fn failed(&self, username: &str, ip: IpAddr, now: Instant) {
        self.failures.add(key(username, ip), now);
    }

    /// Forgets the failures of an account that knows its password.
    pub(super) fn succeeded(&self, username: &str, ip: IpAddr) {
        self.failures.forget(&key(username, ip));
    }
}

fn key(username: &str, ip: IpAddr) -> (String, IpAddr) {
    (username.to_owned(), client_network(ip))
}

impl RegistrationThrottle {
    /// Allows `most` registrations from one network in each window.
    pub(super) fn new(most: u32) -> Self {
        let tracked = limits::REGISTRATION_ADDRESSES_TRACKED_MAX;
        Self { asked: Counts::new(limits::REGISTRATION_WINDOW, tracked), most }
    }

    /// Counts a request. Returns whether it may be served.
    pub(super) fn admits(&self, ip: IpAddr, now: Instant) -> bool {
        let network = client_network(ip);
        if self.asked.of(&network, now) >= self.most {
            return false;
        }
        self.asked.add(network, now);
        true
    }
}

impl Count {
    fn is_over(&self, window: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.first_at) >= window
    }
}

impl<K: Eq + Hash + Clone> Counts<K> {
    fn new(window: Duration, tracked_max: usize) -> Self {
        Self { held: Mutex::default(), window, tracked_max }
    }

    fn of(&self, key: &K, now: Instant) -> u32 {
        let counts = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(key).filter(|count| !count.is_over(self.window, now)).map_or(0, |count| count.count)
    }

    fn add(&self, key: K, now: Instant) {
        let mut counts = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= self.tracked_max && !counts.contains_key(&key) {
            self.make_room(&mut counts, now);
        }
        let entry = counts.entry(key).or_insert(Count { count: 0, first_at: now });
        if entry.is_over(self.window, now) {
            *entry = Count { count: 0, first_at: now };
        }
        entry.count = entry.count.saturating_add(1);
    }

    fn forget(&self, key: &K) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn make_room(&self, counts: &mut HashMap<K, Count>, now: Instant) {
        counts.retain(|_, count| !count.is_over(self.window, now));
        if counts.len() >= self.tracked_max {
            let oldest = counts.iter().min_by_key(|(_, count)| count.first_at).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                counts.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cobnut_model::limits::{LOGIN_FAILURES_MAX, LOGIN_FAILURES_TRACKED_MAX, LOGIN_FAILURES_WINDOW};

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn guessing_is_blocked_for_one_account_from_one_place_for_a_while() {
        let throttle = LoginThrottle::default();
        let now = Instant::now();
        for _ in 0..LOGIN_FAILURES_MAX {
            assert!(!throttle.is_blocked("alice", HERE, now));
            throttle.failed("alice", HERE, now);
        }
        assert!(throttle.is_blocked("alice", HERE, now));
        assert!(!throttle.is_blocked("alice", THERE, now) && !throttle.is_blocked("bob", HERE, now));
        let later = now + LOGIN_FAILURES_WINDOW;
        assert!(!throttle.is_blocked("alice", HERE, later));
        throttle.failed("alice", HERE, later);
        assert!(!throttle.is_blocked("alice", HERE, later), "the count starts again");
    }

    #[test]
    fn the_right_password_clears_the_count() {
        let throttle = LoginThrottle::default();
        let now = Instant::now();
        for _ in 1..LOGIN_FAILURES_MAX {
            throttle.failed("alice", HERE, now);
        }
        throttle.succeeded("alice", HERE);
        throttle.failed("alice", HERE, now);
        assert!(!throttle.is_blocked("alice", HERE, now));
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = LoginThrottle::default();
        let now = Instant::now();
        for index in 0..LOGIN_FAILURES_TRACKED_MAX + 10 {
            throttle.failed(&format!("user{index}"), HERE, now);
        }
        assert_eq!(throttle.failures.held.lock().expect("lock").len(), LOGIN_FAILURES_TRACKED_MAX);
        throttle.failed("late", HERE, now + LOGIN_FAILURES_WINDOW);
        assert_eq!(throttle.failures.held.lock().expect("lock").len(), 1);
    }

    #[test]
    fn one_place_makes_so_many_accounts_and_no_more() {
        let throttle = RegistrationThrottle::new(2);
        let now = Instant::now();
        let network = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, host]);
        assert!(throttle.admits(network(1), now) && throttle.admits(network(2), now));
        assert!(!throttle.admits(network(3), now), "addresses of one network count together");
        assert!(throttle.admits(HERE, now));
        assert!(throttle.admits(network(3), now + limits::REGISTRATION_WINDOW));
    }
}
