//! Promises about messages: M1 and M2.

use std::collections::BTreeMap;

use super::{Case, Violation};
use crate::event::{Millis, Outcome, SessionId, What};
use crate::sessions::Session;

/// One message and what became of it.
struct Message<'a> {
    number: u64,
    sent: (Millis, Millis),
    sender: &'a Session,
    to: &'a str,
    is_accepted: bool,
    received: Vec<(Millis, SessionId)>,
    is_returned: bool,
}

pub(super) fn check(case: &Case<'_>) -> Vec<Violation> {
    let messages = collect(case);
    let mut violations = invented(case, &messages);
    for message in messages.values().filter(|message| message.is_accepted) {
        violations.extend(arrival(case, message));
    }
    violations.extend(order(case, &messages));
    violations
}

fn collect<'a>(case: &'a Case<'_>) -> BTreeMap<u64, Message<'a>> {
    let mut messages = BTreeMap::new();
    for event in case.history {
        let What::Send { session, to, message, outcome } = &event.what else { continue };
        let Some(sender) = case.sessions.get(*session) else { continue };
        let sent = (event.from, event.to);
        let is_accepted = *outcome == Outcome::Ok;
        let (received, is_returned) = (Vec::new(), false);
        let row = Message { number: *message, sent, sender, to, is_accepted, received, is_returned };
        messages.insert(*message, row);
    }
    for event in case.history {
        match &event.what {
            What::Received { session, message } => {
                if let Some(known) = messages.get_mut(message) {
                    known.received.push((event.to, *session));
                }
            }
            What::Returned { message, .. } => {
                if let Some(known) = messages.get_mut(message) {
                    known.is_returned = true;
                }
            }
            _ => {}
        }
    }
    messages
}

/// What arrives was sent, and to the account that it arrived at.
fn invented(case: &Case<'_>, messages: &BTreeMap<u64, Message<'_>>) -> Vec<Violation> {
    let account = |jid: &str| jid.split('/').next().map(str::to_owned);
    let wrong = case.history.iter().filter_map(|event| {
        let What::Received { session, message } = &event.what else { return None };
        let holder = case.sessions.get(*session);
        let known = messages.get(message);
        let is_right =
            known.zip(holder).is_some_and(|(known, holder)| account(known.to) == account(&holder.jid));
        let text = format!("message {message} arrived at session {session}, nobody sent it there");
        (!is_right).then_some(Violation { promise: "M1", at: event.to, text })
    });
    wrong.collect()
}

/// The session that a message was for, if it was there from before the sending and stays.
fn recipient<'a>(case: &'a Case<'_>, message: &Message<'_>) -> Option<&'a Session> {
    let to_end = case.bounds.quiet_from;
    case.sessions.all().find(|session| {
        let arrival_limit = (message.sent.1 + case.bounds.heal + case.bounds.settle).min(to_end);
        session.jid == message.to && session.lives_through(message.sent.0, arrival_limit)
    })
}

/// M1: exactly once between members. M2: otherwise at least once, or back to the sender.
fn arrival(case: &Case<'_>, message: &Message<'_>) -> Option<Violation> {
    let recipient = recipient(case, message)?;
    let nodes = [message.sender.node, recipient.node];
    let until = message.sent.1 + case.bounds.heal;
    let are_members =
        message.sender.node == recipient.node || case.are_members(&nodes, message.sent.0, until);
    let count = message.received.len();
    let (number, at) = (message.number, message.sent.1);
    let route = format!(
        "message {number} from {} on node {} to {} on node {}, sent from {} to {at} ms",
        message.sender.jid,
        nodes[0] + 1,
        message.to,
        nodes[1] + 1,
        message.sent.0
    );
    if are_members && count != 1 {
        let text = format!("{route}, arrived {count} times: {:?}", message.received);
        return Some(Violation { promise: "M1", at, text });
    }
    // The sender's node may have been killed with it; then nothing is promised.
    let sender_lived = message.sender.may_end_from > until;
    if !are_members && sender_lived && count == 0 && !message.is_returned {
        return Some(Violation { promise: "M2", at, text: format!("{route}, got lost") });
    }
    None
}

/// When a message arrived, when it was sent, and its number.
type Arrival = (Millis, Millis, u64);

/// M1: from one sender to one recipient in the order sent.
fn order(case: &Case<'_>, messages: &BTreeMap<u64, Message<'_>>) -> Vec<Violation> {
    let mut arrivals: BTreeMap<(SessionId, SessionId), Vec<Arrival>> = BTreeMap::new();
    for message in messages.values() {
        for (at, session) in &message.received {
            let Some(recipient) = case.sessions.get(*session) else { continue };
            let nodes = [message.sender.node, recipient.node];
            // What waited for somebody to come in is handed over when presence is sent, and that may be later.
            if recipient.bind.1 < message.sent.0 && case.are_members(&nodes, message.sent.0, *at) {
                let row = (*at, message.sent.0, message.number);
                arrivals.entry((message.sender.id, *session)).or_default().push(row);
            }
        }
    }
    let mut violations = Vec::new();
    for ((sender, session), mut rows) in arrivals {
        rows.sort_unstable();
        for pair in rows.windows(2) {
            let [(before, sent_first, first), (at, sent_second, second)] = pair else { continue };
            // Two that were read in the same millisecond may be noted in either order.
            if before < at && sent_first > sent_second {
                let text =
                    format!("session {sender} to {session}: message {first} overtook message {second}");
                violations.push(Violation { promise: "M1", at: *at, text });
            }
        }
    }
    violations
}
