//! Wrong passwords. What one member counts the others learn from it; see `share`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cobnut_mesh::FailedLogins;
use cobnut_model::limits;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::client_network;
use super::counts::Counts;
use crate::settings::LoginPolicy;

/// Counts wrong passwords by account, by network, and by both.
///
/// A network is shut out by what it does itself, never by others: not even an account that is guessed at from everywhere
/// refuses somebody who has not failed.
#[derive(Debug)]
pub(crate) struct LoginThrottle {
    policy: LoginPolicy,
    pairs: Counts<(String, IpAddr)>,
    networks: Counts<IpAddr>,
    accounts: Counts<String>,
    /// What the other members do not know yet; at most [`limits::LOGIN_FAILURES_TOLD_MAX`].
    untold: Mutex<HashMap<(String, IpAddr), Untold>>,
    /// Somebody has to tell them.
    pub(super) news: Notify,
    /// There is as much to tell as fits.
    pub(super) is_full: Notify,
}

#[derive(Debug, Clone, Copy, Default)]
struct Untold {
    forgets: bool,
    failures: u32,
}

impl LoginThrottle {
    pub(crate) fn new(policy: LoginPolicy) -> Self {
        let (window, tracked) = (policy.window, limits::LOGIN_FAILURES_TRACKED_MAX);
        Self {
            policy,
            pairs: Counts::new(window, tracked),
            networks: Counts::new(window, tracked),
            accounts: Counts::new(window, tracked),
            untold: Mutex::default(),
            news: Notify::new(),
            is_full: Notify::new(),
        }
    }

    /// Whether this account may not even try from there for now.
    pub(crate) fn is_blocked(&self, username: &str, ip: IpAddr, now: Instant) -> bool {
        let pair = key(username, ip);
        let failed = self.pairs.of(&pair, now);
        failed >= self.policy.failures_per_pair
            || self.networks.of(&pair.1, now) >= self.policy.failures_per_address
            || (failed > 0 && self.accounts.of(&pair.0, now) >= self.policy.failures_per_account)
    }

    /// Counts a wrong password.
    pub(crate) fn failed(&self, username: &str, ip: IpAddr, now: Instant) {
        let pair = key(username, ip);
        self.count(pair.clone(), 1, now);
        self.tell(pair, |untold| untold.failures = untold.failures.saturating_add(1));
    }

    /// Forgets the failures of an account that knows its password, from there. What the network did with other accounts
    /// still counts: who has one password must not guess the rest.
    pub(crate) fn succeeded(&self, username: &str, ip: IpAddr) {
        let pair = key(username, ip);
        if self.pairs.forget(&pair) {
            self.tell(pair, |untold| *untold = Untold { forgets: true, failures: 0 });
        }
    }

    /// Counts what another member has seen.
    pub(super) fn learn(&self, failed: FailedLogins, now: Instant) {
        let pair = (failed.username, client_network(failed.network));
        if failed.forgets {
            self.pairs.forget(&pair);
        }
        if failed.failures > 0 {
            self.count(pair, failed.failures, now);
        }
    }

    /// What the other members have to learn, once.
    pub(super) fn take_untold(&self) -> Vec<FailedLogins> {
        let untold = std::mem::take(&mut *self.untold());
        let told = untold.into_iter().map(|((username, network), Untold { forgets, failures })| {
            FailedLogins { username, network, forgets, failures }
        });
        told.collect()
    }

    fn count(&self, pair: (String, IpAddr), failures: u32, now: Instant) {
        self.networks.add(pair.1, failures, now);
        self.accounts.add(pair.0.clone(), failures, now);
        self.pairs.add(pair, failures, now);
    }

    fn tell(&self, pair: (String, IpAddr), change: impl FnOnce(&mut Untold)) {
        let mut untold = self.untold();
        if untold.len() >= limits::LOGIN_FAILURES_TOLD_MAX && !untold.contains_key(&pair) {
            // This member still counts it.
            return;
        }
        change(untold.entry(pair).or_default());
        if untold.len() >= limits::LOGIN_FAILURES_TOLD_MAX {
            self.is_full.notify_one();
        }
        self.news.notify_one();
    }

    fn untold(&self) -> MutexGuard<'_, HashMap<(String, IpAddr), Untold>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(username: &str, ip: IpAddr) -> (String, IpAddr) {
    (username.to_owned(), client_network(ip))
}
