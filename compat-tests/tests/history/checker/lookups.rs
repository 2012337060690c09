//! Promises about what lookups show: S1 to S7.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Violation};
use crate::event::{Millis, Row, SessionId, What};
use crate::sessions::Session;

/// One answered lookup.
struct Lookup<'a> {
    from: Millis,
    to: Millis,
    node: usize,
    run: u32,
    rows: &'a [Row],
}

impl Lookup<'_> {
    fn row(&self, jid: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.jid == jid)
    }

    fn violation(&self, promise: &'static str, text: &str) -> Violation {
        let (node, from, to) = (self.node + 1, self.from, self.to);
        Violation { promise, at: to, text: format!("lookup on node {node} from {from} to {to} ms: {text}") }
    }
}

/// The session and serial of a status text.
fn status_of(row: &Row) -> Option<(SessionId, u32)> {
    let (session, serial) = row.status.as_deref()?.split_once('.')?;
    Some((session.parse().ok()?, serial.parse().ok()?))
}

pub(super) fn check(case: &Case<'_>) -> Vec<Violation> {
    let lookups: Vec<Lookup<'_>> = case
        .history
        .iter()
        .filter_map(|event| match &event.what {
            What::Lookup { node, run, rows: Some(rows) } => {
                Some(Lookup { from: event.from, to: event.to, node: *node, run: *run, rows })
            }
            _ => None,
        })
        .collect();
    let mut violations = Vec::new();
    for lookup in &lookups {
        violations.extend(shown(case, lookup));
        violations.extend(one_claim_each(lookup));
        violations.extend(nothing_invented(case, lookup));
        violations.extend(nothing_left_over(case, lookup));
        if lookup.from >= case.bounds.quiet_from {
            violations.extend(agreement(case, lookup));
        }
    }
    violations.extend(never_back(case, &lookups));
    violations
}

/// S1, S2, S3: who is surely there is shown, with presence that is not older than `settle`.
fn shown(case: &Case<'_>, lookup: &Lookup<'_>) -> Vec<Violation> {
    let there = case.sessions.all().filter(|session| session.lives_through(lookup.from, lookup.to));
    there.filter_map(|session| missing(case, lookup, session)).collect()
}

fn missing(case: &Case<'_>, lookup: &Lookup<'_>, session: &Session) -> Option<Violation> {
    let (bind_from, bound) = session.bind;
    let is_own = session.node == lookup.node;
    let took = bound - bind_from;
    let has_settled = lookup.from >= bound + case.bounds.settle;
    let is_untroubled = case.is_untroubled(&[session.node, lookup.node], bind_from, lookup.to);
    let is_due = is_own || (is_untroubled && (took < case.bounds.seen_wait || has_settled));
    if !is_due {
        return None;
    }
    let promise = if is_own { "S1" } else { "S2" };
    let jid = &session.jid;
    let Some(row) = lookup.row(jid) else {
        return Some(lookup.violation(
            promise,
            &format!("{jid} is missing, bound on node {} from {bind_from} to {bound} ms", session.node + 1),
        ));
    };
    if row.holder != Some(session.node) {
        let said = format!("{jid} is on node {} and said to be on {:?}", session.node + 1, row.holder);
        return Some(lookup.violation(promise, &said));
    }
    let settle = if is_own { 0 } else { case.bounds.settle };
    let is_due = |(_, _, done): &&(u32, Millis, Millis)| {
        done.saturating_add(settle) <= lookup.from
            && (is_own || case.is_untroubled(&[session.node, lookup.node], *done, lookup.to))
    };
    let (serial, _, _) = session.statuses.iter().rfind(is_due)?;
    let known = status_of(row).filter(|(id, _)| *id == session.id).map(|(_, serial)| serial);
    if known >= Some(*serial) {
        return None;
    }
    Some(lookup.violation("S3", &format!("{jid} has status {:?}, {serial} was answered before", row.status)))
}

/// S7: one claim for each full JID.
fn one_claim_each(lookup: &Lookup<'_>) -> Option<Violation> {
    let mut seen = BTreeSet::new();
    let twice = lookup.rows.iter().find(|row| !seen.insert(&row.jid))?;
    Some(lookup.violation("S7", &format!("{} is shown twice", twice.jid)))
}

/// S4: whatever is shown was bound there, and its presence was sent.
fn nothing_invented(case: &Case<'_>, lookup: &Lookup<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for row in lookup.rows {
        let was_bound = case.sessions.all().any(|session| {
            session.jid == row.jid && Some(session.node) == row.holder && session.bind.0 <= lookup.to
        });
        if !was_bound {
            violations.push(lookup.violation("S4", &format!("nobody ever bound {row:?}")));
            continue;
        }
        let Some(text) = &row.status else { continue };
        let was_sent = status_of(row).and_then(|(id, serial)| {
            let session = case.sessions.get(id).filter(|session| session.jid == row.jid)?;
            session.statuses.iter().find(|(sent, from, _)| *sent == serial && *from <= lookup.to)
        });
        if was_sent.is_none() {
            violations.push(lookup.violation("S4", &format!("{} never had the status {text}", row.jid)));
        }
    }
    violations
}

/// S1, S3: who closed the stream is not shown any more, on the own node at once and elsewhere after `settle`.
fn nothing_left_over(case: &Case<'_>, lookup: &Lookup<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for session in case.sessions.all() {
        let Some(closed) = session.closed_at else { continue };
        let is_own = session.node == lookup.node;
        let due = closed + if is_own { 0 } else { case.bounds.settle };
        let is_due = due < lookup.from
            && (is_own || case.is_untroubled(&[session.node, lookup.node], session.bind.0, lookup.to));
        let is_shown = lookup.row(&session.jid).is_some_and(|row| row.holder == Some(session.node));
        if is_due && is_shown && !was_bound_again(case, session, lookup.to) {
            let promise = if is_own { "S1" } else { "S3" };
            let text = format!("{} is shown, its stream was closed at {closed} ms", session.jid);
            violations.push(lookup.violation(promise, &text));
        }
    }
    violations
}

fn was_bound_again(case: &Case<'_>, session: &Session, until: Millis) -> bool {
    case.sessions.all().any(|other| {
        other.id != session.id
            && other.jid == session.jid
            && other.node == session.node
            && other.bind.1 >= session.bind.0
            && other.bind.0 <= until
    })
}

/// S5: in a quiet cluster everybody shows exactly what clients hold.
fn agreement(case: &Case<'_>, lookup: &Lookup<'_>) -> Vec<Violation> {
    let held = case.sessions.all().filter(|session| session.is_held_through(lookup.from, lookup.to));
    let truth: BTreeMap<&str, usize> = held.map(|session| (session.jid.as_str(), session.node)).collect();
    let may_be_held = |jid: &str| {
        case.sessions.all().any(|session| session.jid == jid && session.may_be_held(lookup.from, lookup.to))
    };
    let said: BTreeMap<&str, Option<usize>> =
        lookup.rows.iter().map(|row| (row.jid.as_str(), row.holder)).collect();
    let mut violations = Vec::new();
    for (jid, node) in &truth {
        if said.get(jid) != Some(&Some(*node)) {
            let text = format!("{jid} is on node {}, it says {:?}", node + 1, said.get(jid));
            violations.push(lookup.violation("S5", &text));
        }
    }
    for jid in said.keys().filter(|jid| !may_be_held(jid)) {
        violations.push(lookup.violation("S5", &format!("{jid} is left over, nobody holds it")));
    }
    violations
}

/// S6: after one change of a node was seen, nothing older of that node is shown on the same reader.
fn never_back(case: &Case<'_>, lookups: &[Lookup<'_>]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut readers: BTreeMap<(usize, u32), Vec<&Lookup<'_>>> = BTreeMap::new();
    for lookup in lookups {
        readers.entry((lookup.node, lookup.run)).or_default().push(lookup);
    }
    for mut of_reader in readers.into_values() {
        of_reader.sort_by_key(|lookup| lookup.to);
        // For each owner: the latest beginning of a change that some finished lookup has shown.
        let mut shown: BTreeMap<usize, Vec<(Millis, Millis)>> = BTreeMap::new();
        for lookup in of_reader {
            for row in lookup.rows {
                violations.extend(older_than_shown(case, lookup, row, &shown));
            }
            for row in lookup.rows {
                let Some((session, sent)) = change_of(case, row) else { continue };
                shown.entry(session.node).or_default().push((lookup.to, sent));
            }
            for of_owner in shown.values_mut() {
                keep_latest(of_owner);
            }
        }
    }
    violations
}

/// The session that a row's presence belongs to, and when that presence was begun.
fn change_of<'a>(case: &'a Case<'_>, row: &Row) -> Option<(&'a Session, Millis)> {
    let (id, serial) = status_of(row)?;
    let session = case.sessions.get(id)?;
    let (_, from, _) = session.statuses.iter().find(|(sent, ..)| *sent == serial)?;
    Some((session, *from))
}

/// The row shows a presence of its session that had been replaced before a change began which was already shown.
fn older_than_shown(
    case: &Case<'_>,
    lookup: &Lookup<'_>,
    row: &Row,
    shown: &BTreeMap<usize, Vec<(Millis, Millis)>>,
) -> Option<Violation> {
    let (session, _) = change_of(case, row)?;
    let (_, serial) = status_of(row)?;
    let latest = shown.get(&session.node)?.iter().filter(|(seen, _)| *seen < lookup.from);
    let latest = latest.map(|(_, sent)| *sent).max()?;
    let replaced = session.statuses.iter().find(|(later, _, done)| *later > serial && *done < latest)?;
    let text = format!(
        "{} has status {serial} again; {} of it was done at {} ms, before a change at {latest} ms that was shown",
        row.jid, replaced.0, replaced.2
    );
    Some(lookup.violation("S6", &text))
}

/// Keeps of each moment only what is later than everything seen before it.
fn keep_latest(of_owner: &mut Vec<(Millis, Millis)>) {
    of_owner.sort_unstable();
    let mut latest = 0;
    of_owner.retain(|(_, sent)| {
        let is_news = *sent > latest;
        latest = latest.max(*sent);
        is_news
    });
}
