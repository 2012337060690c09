//! Slows down whoever guesses passwords.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use cobnut_model::limits::{LOGIN_FAILURES_MAX, LOGIN_FAILURES_TRACKED_MAX, LOGIN_FAILURES_WINDOW};
use tokio::time::Instant;

use super::admission::client_network;

type Key = (String, IpAddr);

/// Counts failed logins by account and network.
#[derive(Debug, Default)]
pub(crate) struct LoginThrottle {
    failures: Mutex<HashMap<Key, Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    first_at: Instant,
}

impl Failures {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.first_at) >= LOGIN_FAILURES_WINDOW
    }
}

impl LoginThrottle {
    /// Whether this account may not even try from there for now.
    pub(super) fn is_blocked(&self, username: &str, ip: IpAddr, now: Instant) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures
            .get(&(username.to_owned(), client_network(ip)))
            .is_some_and(|failures| failures.count >= LOGIN_FAILURES_MAX && !failures.is_over(now))
    }

    /// Counts a wrong password.
    pub(super) fn failed(&self, username: &str, ip: IpAddr, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (username.to_owned(), client_network(ip));
        if failures.len() >= LOGIN_FAILURES_TRACKED_MAX && !failures.contains_key(&key) {
            make_room(&mut failures, now);
        }
        let entry = failures.entry(key).or_insert(Failures { count: 0, first_at: now });
        if entry.is_over(now) {
            *entry = Failures { count: 0, first_at: now };
        }
        entry.count = entry.count.saturating_add(1);
    }

    /// Forgets the failures of an account that knows its password.
    pub(super) fn succeeded(&self, username: &str, ip: IpAddr) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&(username.to_owned(), client_network(ip)));
    }
}

fn make_room(failures: &mut HashMap<Key, Failures>, now: Instant) {
    failures.retain(|_, failures| !failures.is_over(now));
    if failures.len() >= LOGIN_FAILURES_TRACKED_MAX {
        let oldest =
            failures.iter().min_by_key(|(_, failures)| failures.first_at).map(|(key, _)| key.clone());
        if let Some(oldest) = oldest {
            failures.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(throttle.failures.lock().expect("lock").len(), LOGIN_FAILURES_TRACKED_MAX);
        throttle.failed("late", HERE, now + LOGIN_FAILURES_WINDOW);
        assert_eq!(throttle.failures.lock().expect("lock").len(), 1);
    }
}
