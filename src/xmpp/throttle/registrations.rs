//! Accounts that clients make by the dozen.

use std::net::IpAddr;

use cobnut_model::limits;
use tokio::time::Instant;

use super::client_network;
use super::counts::Counts;

/// Counts accounts that clients ask for, by network.
#[derive(Debug)]
pub(crate) struct RegistrationThrottle {
    asked: Counts<IpAddr>,
    most: u32,
}

impl RegistrationThrottle {
    /// Allows `most` registrations from one network in each window.
    pub(crate) fn new(most: u32) -> Self {
        let tracked = limits::REGISTRATION_ADDRESSES_TRACKED_MAX;
        Self { asked: Counts::new(limits::REGISTRATION_WINDOW, tracked), most }
    }

    /// Counts a request. Returns whether it may be served.
    pub(crate) fn admits(&self, ip: IpAddr, now: Instant) -> bool {
        let network = client_network(ip);
        if self.asked.of(&network, now) >= self.most {
            return false;
        }
        self.asked.add(network, 1, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_makes_so_many_accounts_and_no_more() {
        let throttle = RegistrationThrottle::new(2);
        let now = Instant::now();
        let network = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, host]);
        assert!(throttle.admits(network(1), now) && throttle.admits(network(2), now));
        assert!(!throttle.admits(network(3), now), "addresses of one network count together");
        assert!(throttle.admits(IpAddr::from([192, 0, 2, 1]), now));
        assert!(throttle.admits(network(3), now + limits::REGISTRATION_WINDOW));
    }
}
