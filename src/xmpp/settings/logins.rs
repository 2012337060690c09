//! How often somebody may try.

use std::time::Duration;

use cobnut_model::limits;

/// Wrong passwords that are borne, counted on all members together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginPolicy {
    /// For one account from one address. `cobnut.login.failures-per-account-and-address`.
    pub failures_per_pair: u32,
    /// From one address for whatever accounts. `cobnut.login.failures-per-address`.
    pub failures_per_address: u32,
    /// For one account from all addresses; beyond it every address has one attempt. `cobnut.login.failures-per-account`.
    pub failures_per_account: u32,
    /// The time in which they are counted, from the first one on. `cobnut.login.failures-window`.
    pub window: Duration,
}

impl Default for LoginPolicy {
    fn default() -> Self {
        Self {
            failures_per_pair: limits::LOGIN_FAILURES_MAX,
            failures_per_address: limits::LOGIN_FAILURES_PER_ADDRESS_MAX,
            failures_per_account: limits::LOGIN_FAILURES_PER_ACCOUNT_MAX,
            window: limits::LOGIN_FAILURES_WINDOW,
        }
    }
}

/// How fast connections may come to one node. Openfire's `xmpp.ratelimit.newconnections.c2s.*`, with its defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivalPolicy {
    /// Whether all together are limited. `xmpp.ratelimit.newconnections.c2s.enabled`.
    pub is_limited: bool,
    /// New connections a second. `xmpp.ratelimit.newconnections.c2s.permits_per_second`.
    pub per_second: u32,
    /// New connections at once. `xmpp.ratelimit.newconnections.c2s.max_burst`.
    pub burst: u32,
    /// New connections a second from one address, if that is limited. `cobnut.login.connections-per-address`.
    pub per_address: Option<u32>,
}

impl Default for ArrivalPolicy {
    fn default() -> Self {
        Self {
            is_limited: false,
            per_second: limits::ARRIVALS_PER_SECOND,
            burst: limits::ARRIVALS_BURST,
            per_address: None,
        }
    }
}
