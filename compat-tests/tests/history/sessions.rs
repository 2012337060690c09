//! What can be concluded from a record about each session: when it was surely there, and when surely not.

use std::collections::BTreeMap;

use crate::event::{Event, Millis, Outcome, SessionId, What};

/// One session, as its client knows it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) node: usize,
    pub(crate) jid: String,
    /// When the bind was begun and answered.
    pub(crate) bind: (Millis, Millis),
    pub(crate) is_bound: bool,
    /// From here on it may be over: it was being closed, taken over, or was last heard then. `MAX` while it lives.
    pub(crate) may_end_from: Millis,
    /// The same, as far as its own client can tell: others who took the full JID do not count.
    pub(crate) ends_from: Millis,
    /// When its client knew that it was over. `MAX` while it lives.
    pub(crate) gone_at: Millis,
    /// When it had been closed in good order.
    pub(crate) closed_at: Option<Millis>,
    /// Presence: serial, and when it was begun and known to be done (`MAX` if never).
    pub(crate) statuses: Vec<(u32, Millis, Millis)>,
}

impl Session {
    /// Whether it was there during the whole of an interval.
    pub(crate) fn lives_through(&self, from: Millis, to: Millis) -> bool {
        self.is_bound && self.bind.1 < from && to < self.may_end_from
    }

    /// Whether its client held it during the whole of an interval. For quiet times, when whoever lost the full JID has
    /// long been told: two logins at the same moment do not say by themselves who was the later one.
    pub(crate) fn is_held_through(&self, from: Millis, to: Millis) -> bool {
        self.is_bound && self.bind.1 < from && to < self.ends_from
    }

    /// Whether its client may have held it at some time of an interval.
    pub(crate) fn may_be_held(&self, from: Millis, to: Millis) -> bool {
        self.is_bound && self.bind.0 <= to && from <= self.gone_at
    }
}

/// The sessions of a record.
#[derive(Debug, Default)]
pub(crate) struct Sessions(BTreeMap<SessionId, Session>);

impl Sessions {
    pub(crate) fn of(history: &[Event]) -> Self {
        let mut sessions = Self::default();
        let mut heard: BTreeMap<SessionId, Millis> = BTreeMap::new();
        for Event { from, to, what } in history {
            sessions.take(*from, *to, what, &mut heard);
        }
        let binds: Vec<(SessionId, String, Millis)> =
            sessions.0.values().map(|held| (held.id, held.jid.clone(), held.bind.0)).collect();
        for session in sessions.0.values_mut() {
            let rivals = binds.iter().filter(|(id, jid, begun)| {
                *id != session.id && *jid == session.jid && *begun >= session.bind.0
            });
            let taken_over = rivals.map(|(_, _, begun)| *begun).min().unwrap_or(Millis::MAX);
            session.may_end_from = session.ends_from.min(taken_over);
        }
        sessions
    }

    fn take(&mut self, from: Millis, to: Millis, what: &What, heard: &mut BTreeMap<SessionId, Millis>) {
        match what {
            What::Bind { session, node, jid, outcome } if !matches!(outcome, Outcome::Fail(_)) => {
                let is_bound = *outcome == Outcome::Ok;
                // An attempt whose end nobody knows may be over at once.
                let ends_from = if is_bound { Millis::MAX } else { from };
                let held = Session {
                    id: *session,
                    node: *node,
                    jid: jid.clone(),
                    bind: (from, to),
                    is_bound,
                    may_end_from: ends_from,
                    ends_from,
                    gone_at: Millis::MAX,
                    closed_at: None,
                    statuses: Vec::new(),
                };
                self.0.insert(*session, held);
                heard.insert(*session, to);
            }
            What::Status { session, serial, outcome } => {
                let is_done = *outcome == Outcome::Ok;
                if let Some(held) = self.0.get_mut(session) {
                    held.statuses.push((*serial, from, if is_done { to } else { Millis::MAX }));
                }
                if is_done {
                    heard.insert(*session, from);
                }
            }
            What::Send { session, outcome: Outcome::Ok, .. } => {
                heard.insert(*session, from);
            }
            What::Unbind { session, outcome } => {
                if let Some(held) = self.0.get_mut(session) {
                    held.ends_from = held.ends_from.min(from);
                    held.gone_at = held.gone_at.min(to);
                    held.closed_at = (*outcome == Outcome::Ok).then_some(to);
                }
            }
            What::Lost { session, .. } => {
                let last = heard.get(session).copied().unwrap_or(from);
                if let Some(held) = self.0.get_mut(session) {
                    held.ends_from = held.ends_from.min(last);
                    held.gone_at = held.gone_at.min(to);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn get(&self, id: SessionId) -> Option<&Session> {
        self.0.get(&id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Session> {
        self.0.values()
    }
}
