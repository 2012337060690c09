//! Every payload of the whole run: delivered once and in order, confirmed only when taken, never lost.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use cobnut_mesh_proto::Origin;

use crate::application::Application;

#[derive(Default)]
pub(crate) struct Ledger {
    /// Number → sending process.
    pub(crate) sent: BTreeMap<u64, u64>,
    pub(crate) delivered: BTreeSet<u64>,
    /// In safe hands at the receiver.
    pub(crate) accepted: BTreeSet<u64>,
    /// Number → the last number that was sent when it came back to its sender.
    pub(crate) returned: BTreeMap<u64, u64>,
    last: BTreeMap<(Origin, Origin), u64>,
    last_number: u64,
}

/// The number that each payload begins with.
pub(crate) fn payload_number(payload: &Bytes) -> u64 {
    payload.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

impl Ledger {
    pub(crate) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(crate) fn send(
        &mut self,
        application: &mut Application,
        run: u64,
        to: Origin,
        number: u64,
        cost: usize,
    ) {
        self.sent.insert(number, run);
        application.outgoing.entry(to).or_default().push_back((number, cost));
    }

    /// Each payload comes once, and in the order of sending.
    pub(crate) fn deliver(&mut self, from: Origin, to: Origin, number: u64) -> Result<(), String> {
        if !self.delivered.insert(number) {
            return Err(format!("payload {number} from {from:?} to {to:?} was delivered twice"));
        }
        let last = self.last.insert((from, to), number).unwrap_or(0);
        if last >= number {
            return Err(format!("payload {number} from {from:?} to {to:?} came after {last}"));
        }
        Ok(())
    }

    /// A payload is in safe hands. Until its receiver knows that its sender has it back: it would go two ways.
    pub(crate) fn accept(&mut self, receiver: &Application, from: Origin, number: u64) -> Result<(), String> {
        self.accepted.insert(number);
        let me = receiver.me;
        let Some(&last_before) = self.returned.get(&number) else { return Ok(()) };
        let last = self.last.get(&(from, me)).copied().unwrap_or(0);
        if last > last_before || receiver.heard_goodbye.contains(&from) {
            return Err(format!("{me:?} took payload {number}, which {from:?} has back, as it knows"));
        }
        Ok(())
    }

    /// Only what the receiver took is confirmed, from the oldest on.
    pub(crate) fn confirm(
        &self,
        application: &mut Application,
        to: Origin,
        mut cost: usize,
    ) -> Result<(), String> {
        let me = application.me;
        let outgoing = application.outgoing.entry(to).or_default();
        while cost > 0 {
            let Some((number, its_cost)) = outgoing.pop_front().filter(|&(_, its_cost)| its_cost <= cost)
            else {
                return Err(format!("{to:?} confirmed more to {me:?} than it was sent"));
            };
            if !self.accepted.contains(&number) {
                return Err(format!(
                    "{to:?} confirmed payload {number} to {me:?} before it was in safe hands"
                ));
            }
            cost -= its_cost;
        }
        Ok(())
    }

    /// What a lost member did not confirm comes back: all of it, in order, once.
    pub(crate) fn give_back(
        &mut self,
        me: Origin,
        expected: &[u64],
        unconfirmed: &[Bytes],
    ) -> Result<(), String> {
        let returned: Vec<u64> = unconfirmed.iter().map(payload_number).collect();
        if returned != expected {
            return Err(format!("{me:?} was given back {returned:?}, and {expected:?} was unconfirmed"));
        }
        let last = self.last_number;
        match returned.into_iter().find(|&number| self.returned.insert(number, last).is_some()) {
            Some(number) => Err(format!("payload {number} was given back to {me:?} twice")),
            None => Ok(()),
        }
    }

    /// A payload of a process that still runs was taken or came back.
    pub(crate) fn all_accounted(&self, running: &BTreeSet<u64>) -> Result<(), String> {
        let lost = self.sent.iter().find(|(number, run)| {
            running.contains(run) && !self.accepted.contains(number) && !self.returned.contains_key(number)
        });
        match lost {
            Some((number, run)) => Err(format!("payload {number} of run {run} was lost")),
            None => Ok(()),
        }
    }
}
