use std::net::IpAddr;

use cobnut_model::limits::{
    LOGIN_FAILURES_MAX, LOGIN_FAILURES_PER_ACCOUNT_MAX, LOGIN_FAILURES_PER_ADDRESS_MAX,
    LOGIN_FAILURES_TOLD_MAX, LOGIN_FAILURES_WINDOW,
};
use tokio::time::Instant;

use super::LoginThrottle;
use crate::settings::LoginPolicy;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

fn throttle() -> LoginThrottle {
    LoginThrottle::new(LoginPolicy::default())
}

fn address(host: u32) -> IpAddr {
    std::net::Ipv4Addr::from(0x0a00_0000 + host).into()
}

#[test]
fn guessing_is_blocked_for_one_account_from_one_place_for_a_while() {
    let (throttle, now) = (throttle(), Instant::now());
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
    let (throttle, now) = (throttle(), Instant::now());
    for _ in 1..LOGIN_FAILURES_MAX {
        throttle.failed("alice", HERE, now);
    }
    throttle.succeeded("alice", HERE);
    throttle.failed("alice", HERE, now);
    assert!(!throttle.is_blocked("alice", HERE, now));
}

#[test]
fn a_place_that_guesses_at_many_accounts_is_blocked_for_all() {
    let (throttle, now) = (throttle(), Instant::now());
    for index in 0..LOGIN_FAILURES_PER_ADDRESS_MAX {
        assert!(!throttle.is_blocked("bob", HERE, now));
        throttle.failed(&format!("user{index}"), HERE, now);
        // Who has one password does not get further guesses at the others for it.
        throttle.succeeded("attacker", HERE);
    }
    assert!(throttle.is_blocked("bob", HERE, now) && !throttle.is_blocked("bob", THERE, now));
    assert!(!throttle.is_blocked("bob", HERE, now + LOGIN_FAILURES_WINDOW));
}

/// One client with an old password, behind the address of a whole office.
#[test]
fn one_bad_client_does_not_lock_its_neighbours_out() {
    let (throttle, mut now) = (throttle(), Instant::now());
    for _ in 0..100_000 {
        if !throttle.is_blocked("alice", HERE, now) {
            throttle.failed("alice", HERE, now);
        }
        assert!(!throttle.is_blocked("bob", HERE, now));
        now += LOGIN_FAILURES_WINDOW / 1000;
    }
}

#[test]
fn an_account_that_is_guessed_at_from_everywhere_is_closed_to_who_has_failed_only() {
    let (throttle, now) = (throttle(), Instant::now());
    for host in 0..LOGIN_FAILURES_PER_ACCOUNT_MAX {
        assert!(!throttle.is_blocked("alice", address(0), now) || host == 0);
        throttle.failed("alice", address(host), now);
    }
    assert!(throttle.is_blocked("alice", address(0), now), "a second guess from anywhere");
    assert!(!throttle.is_blocked("alice", THERE, now), "her own login from elsewhere");
    assert!(!throttle.is_blocked("bob", address(0), now));
}

#[test]
fn members_count_together() {
    let (one, two, now) = (throttle(), throttle(), Instant::now());
    let tell = |from: &LoginThrottle, to: &LoginThrottle| {
        for failed in from.take_untold() {
            to.learn(failed, now);
        }
        assert!(from.take_untold().is_empty(), "each is told once");
    };
    for _ in 0..LOGIN_FAILURES_MAX / 2 {
        one.failed("alice", HERE, now);
        two.failed("alice", HERE, now);
    }
    tell(&one, &two);
    tell(&two, &one);
    assert!(one.is_blocked("alice", HERE, now) && two.is_blocked("alice", HERE, now));
    // A success is news for whoever counts, and what follows it counts from nothing.
    one.succeeded("alice", HERE);
    one.failed("alice", HERE, now);
    tell(&one, &two);
    assert!(!two.is_blocked("alice", HERE, now));
    for _ in 1..LOGIN_FAILURES_MAX {
        assert!(!two.is_blocked("alice", HERE, now));
        two.failed("alice", HERE, now);
    }
    assert!(two.is_blocked("alice", HERE, now));
    one.succeeded("nobody", HERE);
    assert!(one.take_untold().is_empty(), "a login after no failure tells nobody anything");
}

#[test]
fn what_is_told_is_bounded() {
    let (throttle, now) = (throttle(), Instant::now());
    for index in 0..LOGIN_FAILURES_TOLD_MAX + 10 {
        throttle.failed(&format!("user{index}"), address(1), now);
    }
    assert_eq!(throttle.take_untold().len(), LOGIN_FAILURES_TOLD_MAX);
}
