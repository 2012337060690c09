//! Failed logins are counted by account and by address, and after too many the login waits.
//!
//! An attempt counts as failed from its start, so that many at once cannot slip through before the first one ends.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cobnut_model::limits::{
    CONSOLE_LOGIN_ATTEMPTS_MAX, CONSOLE_LOGIN_ATTEMPTS_PER_ADDRESS_MAX, CONSOLE_LOGIN_SUBJECTS_MAX,
    CONSOLE_LOGIN_WINDOW,
};

#[derive(Clone, PartialEq, Eq, Hash)]
enum Subject {
    Account(String),
    Address(IpAddr),
}

impl Subject {
    fn attempts_max(&self) -> u32 {
        match self {
            Self::Account(_) => CONSOLE_LOGIN_ATTEMPTS_MAX,
            Self::Address(_) => CONSOLE_LOGIN_ATTEMPTS_PER_ADDRESS_MAX,
        }
    }
}

struct Window {
    started_at: Instant,
    attempts: u32,
}

/// Counts login attempts.
#[derive(Default)]
pub(crate) struct LoginThrottle {
    windows: Mutex<HashMap<Subject, Window>>,
}

impl LoginThrottle {
    fn lock(&self) -> MutexGuard<'_, HashMap<Subject, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an attempt. `Err` holds the time to wait, and the attempt must not be made.
    pub(crate) fn begin(&self, account: &str, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut windows = self.lock();
        windows.retain(|_, window| now.duration_since(window.started_at) < CONSOLE_LOGIN_WINDOW);
        let subjects = subjects(account, address);
        let wait = subjects
            .iter()
            .filter_map(|subject| windows.get(subject).map(|window| (subject, window)))
            .filter(|(subject, window)| window.attempts >= subject.attempts_max())
            .map(|(_, window)| CONSOLE_LOGIN_WINDOW.saturating_sub(now.duration_since(window.started_at)))
            .max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        for subject in subjects {
            if windows.len() >= CONSOLE_LOGIN_SUBJECTS_MAX && !windows.contains_key(&subject) {
                let oldest = windows.iter().min_by_key(|(_, window)| window.started_at);
                let oldest = oldest.map(|(subject, _)| subject.clone());
                oldest.map(|subject| windows.remove(&subject));
            }
            windows.entry(subject).or_insert(Window { started_at: now, attempts: 0 }).attempts += 1;
        }
        Ok(())
    }

    /// The attempt was right: the account and the address start again at zero.
    pub(crate) fn succeeded(&self, account: &str, address: IpAddr) {
        let mut windows = self.lock();
        for subject in subjects(account, address) {
            windows.remove(&subject);
        }
    }

    /// The attempt could not be judged and does not count.
    pub(crate) fn withdraw(&self, account: &str, address: IpAddr) {
        let mut windows = self.lock();
        for subject in subjects(account, address) {
            if let Some(window) = windows.get_mut(&subject) {
                window.attempts = window.attempts.saturating_sub(1);
            }
        }
    }
}

fn subjects(account: &str, address: IpAddr) -> [Subject; 2] {
    [Subject::Account(account.to_owned()), Subject::Address(network(address))]
}

/// The owner of one IPv6 address owns its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn an_account_waits_after_its_attempts_and_may_try_again_later() {
        let throttle = LoginThrottle::default();
        let start = Instant::now();
        for attempt in 0..CONSOLE_LOGIN_ATTEMPTS_MAX {
            let address = IpAddr::from([10, 0, 0, u8::try_from(attempt).expect("small")]);
            assert_eq!(throttle.begin("admin", address, start), Ok(()));
        }
        let later = start + Duration::from_mins(1);
        let wait = CONSOLE_LOGIN_WINDOW.saturating_sub(Duration::from_mins(1));
        assert_eq!(throttle.begin("admin", ip("10.9.9.9"), later), Err(wait));
        assert_eq!(throttle.begin("other", ip("10.9.9.9"), later), Ok(()));
        assert_eq!(throttle.begin("admin", ip("10.9.9.9"), start + CONSOLE_LOGIN_WINDOW), Ok(()));
    }

    #[test]
    fn an_address_waits_after_its_attempts_whatever_the_accounts() {
        for (attacker, same, other) in [
            ("10.0.0.1", "::ffff:10.0.0.1", "10.0.0.2"),
            ("2001:db8::1", "2001:db8::2:0:0:1", "2001:db8:0:1::1"),
        ] {
            let throttle = LoginThrottle::default();
            let now = Instant::now();
            for attempt in 0..CONSOLE_LOGIN_ATTEMPTS_PER_ADDRESS_MAX {
                assert_eq!(throttle.begin(&format!("user{attempt}"), ip(attacker), now), Ok(()));
            }
            assert!(throttle.begin("fresh", ip(same), now).is_err());
            assert!(throttle.begin("fresh", ip(other), now).is_ok());
        }
    }

    #[test]
    fn success_starts_again_and_an_unjudged_attempt_does_not_count() {
        let throttle = LoginThrottle::default();
        let now = Instant::now();
        for _ in 0..3 {
            for _ in 0..CONSOLE_LOGIN_ATTEMPTS_MAX {
                assert_eq!(throttle.begin("admin", ip("::1"), now), Ok(()));
            }
            throttle.succeeded("admin", ip("::1"));
        }
        for _ in 0..100 {
            assert_eq!(throttle.begin("admin", ip("::1"), now), Ok(()));
            throttle.withdraw("admin", ip("::1"));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = LoginThrottle::default();
        let now = Instant::now();
        for number in 0..u32::try_from(CONSOLE_LOGIN_SUBJECTS_MAX).expect("small") / 2 + 10 {
            let address = IpAddr::V4(number.into());
            assert_eq!(throttle.begin(&format!("user{number}"), address, now), Ok(()));
        }
        assert_eq!(throttle.lock().len(), CONSOLE_LOGIN_SUBJECTS_MAX);
    }
}
