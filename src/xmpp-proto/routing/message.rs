//! Messages to accounts and to sessions that are gone (RFC 6121 §8.5.2, §8.5.3.2), with Openfire's default choices:
//! one resource, the one of highest priority, then of the best show, then the most recently active one.

use std::cmp::Reverse;

use cobnut_model::Show;

use crate::stanza::{Condition, MessageFacts, MessageKind};

/// What the decision needs to know of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionView {
    /// Priority if the session is available.
    pub priority: Option<i8>,
    /// Availability sub-state.
    pub show: Show,
    /// When the client was last active, milliseconds.
    pub active_at: u64,
}

/// Which resources of an account get a message that names none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// Openfire's default: one, the one of highest priority, then of the best show, then the most recently active one.
    #[default]
    Best,
    /// All of the highest priority: Openfire's `route.all-resources`.
    AllOfHighestPriority,
    /// All that take messages: Openfire's `route.really-all-resources`.
    All,
}

/// What to do with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Deliver to these sessions, indices of the given slice.
    Deliver(Vec<usize>),
    /// Nobody can take it: keep it for later, if the account exists.
    Store,
    /// Tell the sender.
    Bounce(Condition),
    /// Forget it.
    Drop,
}

/// The session that a message to the bare JID goes to.
fn best(sessions: &[SessionView]) -> Option<usize> {
    sessions
        .iter()
        .enumerate()
        .filter_map(|(index, session)| {
            let priority = session.priority.filter(|&priority| priority >= 0)?;
            Some((index, (priority, Reverse(session.show), session.active_at)))
        })
        .max_by_key(|&(_, rank)| rank)
        .map(|(index, _)| index)
}

/// The sessions that a message to the bare JID goes to; empty if none takes it.
fn chosen(sessions: &[SessionView], strategy: Strategy) -> Vec<usize> {
    let able = (0_usize..).zip(sessions);
    let able = able
        .filter_map(|(index, session)| Some((index, session.priority.filter(|&priority| priority >= 0)?)));
    match strategy {
        Strategy::Best => best(sessions).into_iter().collect(),
        Strategy::All => able.map(|(index, _)| index).collect(),
        Strategy::AllOfHighestPriority => {
            let highest = able.clone().map(|(_, priority)| priority).max();
            able.filter(|(_, priority)| Some(*priority) == highest).map(|(index, _)| index).collect()
        }
    }
}

fn nobody(facts: MessageFacts) -> Route {
    if facts.is_storable {
        Route::Store
    } else if facts.may_bounce() {
        Route::Bounce(Condition::ServiceUnavailable)
    } else {
        Route::Drop
    }
}

/// A message addressed to the bare JID (§8.5.2).
pub fn route_to_account(facts: MessageFacts, sessions: &[SessionView], strategy: Strategy) -> Route {
    match facts.kind {
        MessageKind::Normal | MessageKind::Chat => {
            let chosen = chosen(sessions, strategy);
            if chosen.is_empty() { nobody(facts) } else { Route::Deliver(chosen) }
        }
        MessageKind::Headline => {
            let able = chosen(sessions, Strategy::All);
            if able.is_empty() { Route::Drop } else { Route::Deliver(able) }
        }
        MessageKind::Groupchat => Route::Bounce(Condition::ServiceUnavailable),
        MessageKind::Error => Route::Drop,
    }
}

/// A message addressed to a full JID that has no session (§8.5.3.2.1). `was_accepted` says that it was on its way to a
/// live session that died meanwhile: then it is not lost, whatever its type would say for a stale address.
pub fn route_to_lost_session(
    facts: MessageFacts,
    was_accepted: bool,
    sessions: &[SessionView],
    strategy: Strategy,
) -> Route {
    match facts.kind {
        MessageKind::Chat => route_to_account(facts, sessions, strategy),
        MessageKind::Normal if was_accepted => route_to_account(facts, sessions, strategy),
        MessageKind::Normal | MessageKind::Groupchat if facts.may_bounce() => {
            Route::Bounce(Condition::ServiceUnavailable)
        }
        MessageKind::Normal | MessageKind::Groupchat | MessageKind::Headline | MessageKind::Error => {
            Route::Drop
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route_to_account(facts: MessageFacts, sessions: &[SessionView]) -> Route {
        super::route_to_account(facts, sessions, Strategy::Best)
    }

    fn route_to_lost_session(facts: MessageFacts, was_accepted: bool, sessions: &[SessionView]) -> Route {
        super::route_to_lost_session(facts, was_accepted, sessions, Strategy::Best)
    }

    fn facts(kind: MessageKind) -> MessageFacts {
        let is_storable = matches!(kind, MessageKind::Chat | MessageKind::Normal);
        MessageFacts { kind, has_body: true, is_storable, is_copied: is_storable }
    }

    const CHAT_STATE: MessageFacts =
        MessageFacts { kind: MessageKind::Chat, has_body: false, is_storable: false, is_copied: true };

    fn session(priority: Option<i8>, show: Show, active_at: u64) -> SessionView {
        SessionView { priority, show, active_at }
    }

    #[test]
    fn the_best_resource_gets_the_message() {
        let table: [(&[SessionView], Option<usize>); 6] = [
            (&[], None),
            (&[session(None, Show::Chat, 9), session(Some(-1), Show::Chat, 9)], None),
            (&[session(Some(1), Show::DoNotDisturb, 0), session(Some(0), Show::Chat, 9)], Some(0)),
            (&[session(Some(1), Show::Away, 9), session(Some(1), Show::Available, 0)], Some(1)),
            (&[session(Some(1), Show::Available, 9), session(Some(1), Show::Chat, 0)], Some(1)),
            (
                &[
                    session(Some(1), Show::Away, 3),
                    session(Some(1), Show::Away, 7),
                    session(Some(-3), Show::Chat, 9),
                ],
                Some(1),
            ),
        ];
        for (sessions, expected) in table {
            let expected = expected.map_or(Route::Store, |index| Route::Deliver(vec![index]));
            assert_eq!(route_to_account(facts(MessageKind::Chat), sessions), expected);
            assert_eq!(route_to_account(facts(MessageKind::Normal), sessions), expected);
        }
    }

    #[test]
    fn more_resources_get_it_where_the_operator_says_so() {
        let sessions = [
            session(Some(5), Show::Away, 1),
            session(Some(5), Show::Chat, 1),
            session(Some(0), Show::Chat, 9),
            session(Some(-1), Show::Chat, 9),
            session(None, Show::Chat, 9),
        ];
        for (strategy, expected) in [
            (Strategy::Best, vec![1]),
            (Strategy::AllOfHighestPriority, vec![0, 1]),
            (Strategy::All, vec![0, 1, 2]),
        ] {
            let route = super::route_to_account(facts(MessageKind::Chat), &sessions, strategy);
            assert_eq!(route, Route::Deliver(expected), "{strategy:?}");
            let nobody = super::route_to_account(facts(MessageKind::Chat), &sessions[3..], strategy);
            assert_eq!(nobody, Route::Store, "{strategy:?}");
        }
    }

    #[test]
    fn the_account_by_type() {
        let online = [
            session(Some(0), Show::Away, 1),
            session(Some(5), Show::Chat, 1),
            session(Some(-1), Show::Chat, 1),
        ];
        let bounce = Route::Bounce(Condition::ServiceUnavailable);
        assert_eq!(route_to_account(facts(MessageKind::Headline), &online), Route::Deliver(vec![0, 1]));
        assert_eq!(route_to_account(facts(MessageKind::Headline), &[]), Route::Drop);
        assert_eq!(route_to_account(facts(MessageKind::Groupchat), &online), bounce);
        assert_eq!(route_to_account(facts(MessageKind::Error), &online), Route::Drop);
        assert_eq!(route_to_account(CHAT_STATE, &[]), Route::Drop);
        assert_eq!(route_to_account(CHAT_STATE, &online), Route::Deliver(vec![1]));
        let hinted = MessageFacts { is_storable: false, ..facts(MessageKind::Chat) };
        assert_eq!(route_to_account(hinted, &[]), bounce);
    }

    #[test]
    fn a_lost_session_by_type() {
        let online = [session(Some(0), Show::Away, 1)];
        let bounce = Route::Bounce(Condition::ServiceUnavailable);
        for (kind, stale, accepted) in [
            (MessageKind::Chat, Route::Deliver(vec![0]), Route::Deliver(vec![0])),
            (MessageKind::Normal, bounce.clone(), Route::Deliver(vec![0])),
            (MessageKind::Groupchat, bounce.clone(), bounce),
            (MessageKind::Headline, Route::Drop, Route::Drop),
            (MessageKind::Error, Route::Drop, Route::Drop),
        ] {
            assert_eq!(route_to_lost_session(facts(kind), false, &online), stale, "{kind:?}");
            assert_eq!(route_to_lost_session(facts(kind), true, &online), accepted, "{kind:?}");
        }
        assert_eq!(route_to_lost_session(facts(MessageKind::Chat), false, &[]), Route::Store);
        assert_eq!(route_to_lost_session(facts(MessageKind::Normal), true, &[]), Route::Store);
    }
}
