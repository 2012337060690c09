//! Records made by hand: a good one passes, and each way to break a promise is found.

use super::{Bounds, check};
use crate::event::{Event, Millis, Outcome, Row, What};

const BOUNDS: Bounds = Bounds { seen_wait: 500, settle: 1000, heal: 10_000, quiet_from: 100_000 };

fn event(from: Millis, to: Millis, what: What) -> Event {
    Event { from, to, what }
}

fn bind(session: u64, node: usize, from: Millis, to: Millis) -> Event {
    bind_as("a@d/r", session, node, from, to)
}

fn bind_as(jid: &str, session: u64, node: usize, from: Millis, to: Millis) -> Event {
    event(from, to, What::Bind { session, node, jid: jid.to_owned(), outcome: Outcome::Ok })
}

fn unbind(session: u64, from: Millis, to: Millis) -> Event {
    event(from, to, What::Unbind { session, outcome: Outcome::Ok })
}

fn status(session: u64, serial: u32, from: Millis, to: Millis) -> Event {
    event(from, to, What::Status { session, serial, outcome: Outcome::Ok })
}

fn row(jid: &str, holder: usize, status: Option<&str>) -> Row {
    Row { jid: jid.to_owned(), holder: Some(holder), status: status.map(str::to_owned) }
}

fn lookup(node: usize, from: Millis, rows: &[Row]) -> Event {
    event(from, from + 10, What::Lookup { node, run: 1, rows: Some(rows.to_vec()) })
}

fn fault(nodes: &[usize], from: Millis, to: Millis, may_remove: bool) -> Event {
    event(from, to, What::Fault { name: "made up".to_owned(), nodes: nodes.to_vec(), may_remove })
}

fn send(message: u64, from: Millis) -> Event {
    let what = What::Send { session: 1, to: "b@d/r".to_owned(), message, outcome: Outcome::Ok };
    event(from, from + 10, what)
}

fn received(message: u64, session: u64, at: Millis) -> Event {
    event(at, at, What::Received { session, message })
}

/// The promises that a record breaks, each once.
#[track_caller]
fn broken(history: &[Event], expected: &[&str]) {
    let violations = check(history, &BOUNDS);
    let mut promises: Vec<&str> = violations.iter().map(|violation| violation.promise).collect();
    promises.sort_unstable();
    promises.dedup();
    assert_eq!(promises, expected, "{violations:#?}");
}

#[test]
fn a_good_record_passes() {
    let shown = [row("a@d/r", 0, Some("1.2"))];
    broken(
        &[
            bind(1, 0, 0, 100),
            lookup(1, 101, &[row("a@d/r", 0, None)]),
            status(1, 1, 200, 210),
            status(1, 2, 300, 310),
            lookup(1, 2000, &shown),
            lookup(0, 400, &shown),
            unbind(1, 3000, 3010),
            lookup(0, 3011, &[]),
            lookup(1, 4011, &[]),
            bind(2, 1, 5000, 5100),
            lookup(0, 100_000, &[row("a@d/r", 1, None)]),
        ],
        &[],
    );
}

#[test]
fn s1_own_sessions_are_shown_and_closed_ones_are_not() {
    broken(&[bind(1, 0, 0, 100), lookup(0, 101, &[])], &["S1"]);
    // Faults change nothing about the own sessions.
    broken(&[bind(1, 0, 0, 100), fault(&[0], 0, 500, true), lookup(0, 101, &[])], &["S1"]);
    broken(&[bind(1, 0, 0, 100), unbind(1, 200, 210), lookup(0, 211, &[row("a@d/r", 0, None)])], &["S1"]);
    // While the bind or the end is under way both answers are right.
    broken(&[bind(1, 0, 0, 100), lookup(0, 90, &[])], &[]);
    broken(&[bind(1, 0, 0, 100), lookup(0, 195, &[]), unbind(1, 200, 210)], &[]);
}

#[test]
fn s2_an_answered_bind_is_seen_elsewhere_unless_a_fault_or_the_bounded_wait_excuses_it() {
    broken(&[bind(1, 0, 0, 100), lookup(1, 101, &[])], &["S2"]);
    broken(&[bind(1, 0, 0, 100), lookup(1, 101, &[row("a@d/r", 1, None)])], &["S2", "S4"]);
    broken(&[bind(1, 0, 0, 100), fault(&[1], 50, 60, false), lookup(1, 101, &[])], &[]);
    broken(&[bind(1, 0, 0, 100), fault(&[2], 50, 60, false), lookup(1, 101, &[])], &["S2"]);
    // The answer came first after the longest wait; then the session follows within the time to settle.
    broken(&[bind(1, 0, 0, 600), lookup(1, 601, &[])], &[]);
    broken(&[bind(1, 0, 0, 600), lookup(1, 1601, &[])], &["S2"]);
}

#[test]
fn s3_changes_are_seen_within_the_time_to_settle() {
    let begin = [bind(1, 0, 0, 100), status(1, 1, 200, 210), status(1, 2, 300, 310)];
    let late = |at| [&begin[..], &[lookup(1, at, &[row("a@d/r", 0, Some("1.1"))])]].concat();
    broken(&late(400), &[]);
    broken(&late(1400), &["S3"]);
    let closed = |at| {
        let rows = [row("a@d/r", 0, None)];
        [bind(1, 0, 0, 100), unbind(1, 200, 210), lookup(1, at, &rows)]
    };
    broken(&closed(400), &[]);
    broken(&closed(1400), &["S3"]);
    let again = bind(2, 0, 900, 950);
    broken(&[&closed(1400)[..], &[again]].concat(), &[]);
}

#[test]
fn s4_nothing_is_invented() {
    broken(&[lookup(0, 10, &[row("a@d/r", 0, None)])], &["S4"]);
    broken(&[lookup(0, 10, &[row("a@d/r", 0, None)]), bind(1, 0, 200, 300)], &["S4"]);
    broken(&[bind(1, 0, 0, 100), lookup(0, 300, &[row("a@d/r", 0, Some("1.7"))])], &["S4"]);
    let unknown = Row { jid: "a@d/r".to_owned(), holder: None, status: None };
    broken(&[bind(1, 0, 0, 100), lookup(2, 50, &[unknown])], &["S4"]);
}

#[test]
fn s5_a_quiet_cluster_agrees_with_the_clients_to_the_last_entry() {
    let start = [bind(1, 0, 0, 100), fault(&[0, 1], 1000, 95_000, true)];
    let quiet = |rows: &[Row]| [&start[..], &[lookup(1, 100_500, rows)]].concat();
    broken(&quiet(&[row("a@d/r", 0, None)]), &[]);
    broken(&quiet(&[]), &["S5"]);
    let lost = event(50_000, 50_010, What::Lost { session: 1, why: "killed".to_owned() });
    broken(&[&quiet(&[row("a@d/r", 0, None)])[..], &[lost]].concat(), &["S5"]);
}

#[test]
fn s5_logins_at_the_same_moment_are_judged_by_who_was_told_to_go() {
    let start = [bind(1, 0, 0, 400), bind(2, 1, 100, 300), fault(&[0, 1], 1000, 95_000, true)];
    let told = |session| event(450, 450, What::Lost { session, why: "conflict".to_owned() });
    let quiet = |loser: &[Event], rows: &[Row]| [&start[..], loser, &[lookup(2, 100_500, rows)]].concat();
    for (winner, loser) in [(1, 2), (2, 1)] {
        let node = usize::from(winner == 2);
        broken(&quiet(&[told(loser)], &[row("a@d/r", node, None)]), &[]);
        broken(&quiet(&[told(loser)], &[row("a@d/r", 1 - node, None)]), &["S5"]);
        broken(&quiet(&[told(loser)], &[]), &["S5"]);
    }
    let nobody = [told(1), told(2)];
    broken(&quiet(&nobody, &[row("a@d/r", 0, None)]), &["S5"]);
    // Nobody was told, and only one can have it.
    broken(&quiet(&[], &[row("a@d/r", 0, None)]), &["S5"]);
    // An attempt that was given up takes nothing from who holds the full JID.
    let given_up = What::Bind {
        session: 3,
        node: 1,
        jid: "a@d/r".to_owned(),
        outcome: Outcome::Unknown("timeout".to_owned()),
    };
    let attempt = event(50_000, 60_000, given_up);
    broken(&quiet(&[told(2), attempt], &[row("a@d/r", 0, None)]), &[]);
}

#[test]
fn s6_a_reader_does_not_go_back_in_the_changes_of_a_node() {
    let start = [
        bind(1, 0, 0, 100),
        bind_as("b@d/r", 2, 0, 0, 100),
        status(1, 1, 200, 210),
        status(1, 2, 300, 310),
        status(2, 1, 400, 410),
    ];
    let both = |a: &str| [row("a@d/r", 0, Some(a)), row("b@d/r", 0, Some("2.1"))];
    let only_b = [row("a@d/r", 0, Some("1.2")), row("b@d/r", 0, Some("2.1"))];
    // A fault keeps S3 out of the way.
    let cut = fault(&[1], 0, 90_000, true);
    let seen = |second: &[Row]| {
        [&start[..], &[cut.clone(), lookup(1, 500, &only_b), lookup(1, 600, second)]].concat()
    };
    broken(&seen(&both("1.2")), &[]);
    broken(&seen(&both("1.1")), &["S6"]);
    // Whoever removed the other node meanwhile shows nothing of it.
    broken(&seen(&[]), &[]);
    // The change of another session of the same node counts as well.
    let across = [lookup(1, 500, &both("1.1")[1..]), lookup(1, 600, &both("1.1")[..1])];
    broken(&[&start[..], std::slice::from_ref(&cut), &across].concat(), &["S6"]);
}

#[test]
fn s7_one_claim_for_each_full_jid() {
    let rows = [row("a@d/r", 0, None), row("a@d/r", 1, None)];
    broken(&[bind(1, 0, 0, 100), bind(2, 1, 0, 100), lookup(2, 101, &rows)], &["S7"]);
}

#[test]
fn m1_between_members_each_message_arrives_once_and_in_order() {
    let two = [bind(1, 0, 0, 100), bind_as("b@d/r", 2, 1, 0, 100)];
    let with = |rest: &[Event]| [&two[..], rest].concat();
    broken(&with(&[send(1, 200), received(1, 2, 220)]), &[]);
    broken(&with(&[send(1, 200)]), &["M1"]);
    broken(&with(&[send(1, 200), received(1, 2, 220), received(1, 2, 230)]), &["M1"]);
    broken(&with(&[received(9, 2, 220)]), &["M1"]);
    broken(&with(&[send(1, 200), received(1, 1, 220)]), &["M1"]);
    broken(&with(&[send(1, 200), send(2, 300), received(2, 2, 320), received(1, 2, 330)]), &["M1"]);
    // Stored for somebody who was not there, and handed over behind what came directly.
    let late = [bind(1, 0, 0, 100), send(1, 200), bind_as("b@d/r", 2, 1, 250, 280), send(2, 300)];
    broken(&[&late[..], &[received(2, 2, 320), received(1, 2, 330)]].concat(), &[]);
    // Disturbances shorter than the time after which silence is death excuse nothing.
    broken(&with(&[send(1, 200), fault(&[0, 1], 150, 900, false)]), &["M1"]);
}

#[test]
fn m2_beyond_that_nothing_is_lost() {
    let start = [bind(1, 0, 0, 100), bind_as("b@d/r", 2, 1, 0, 100), fault(&[1], 150, 9000, true)];
    let with = |rest: &[Event]| [&start[..], rest].concat();
    broken(&with(&[send(1, 200)]), &["M2"]);
    broken(&with(&[send(1, 200), received(1, 2, 9500), received(1, 2, 9600)]), &[]);
    let returned = event(9500, 9500, What::Returned { session: 1, message: 1 });
    broken(&with(&[send(1, 200), returned]), &[]);
    // Excluded: the sender's node died, or the recipient's session did.
    let lost = |session| event(300, 310, What::Lost { session, why: "killed".to_owned() });
    broken(&with(&[send(1, 200), lost(1)]), &[]);
    broken(&with(&[send(1, 200), lost(2)]), &[]);
}
