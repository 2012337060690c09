//! Messages during a fault, and what became of them.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{XmppClient, attribute};

use crate::stage::Stage;

/// How long the last message may take after the fault is over.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(30);
/// How long to look for a message that came twice.
const STRAGGLERS: Duration = Duration::from_millis(100);
/// Conversations at the same time; more would only take time.
const PAIRS_MAX: usize = 4;

/// Numbered messages from seats to seats on other nodes.
pub(crate) struct Conversation {
    topic: String,
    pairs: Vec<(usize, usize)>,
    sent: u32,
    marks: Vec<usize>,
}

impl Conversation {
    /// Between people on different nodes out of `nodes`, in both directions.
    pub(crate) fn among(stage: &mut Stage, nodes: &[usize]) -> Result<Self> {
        let topic = stage.topic();
        let seat_of = |node: usize| stage.seats.iter().position(|seat| seat.node == node);
        let places: Vec<usize> = nodes.iter().filter_map(|&node| seat_of(node)).collect();
        let mut pairs = Vec::new();
        for window in places.windows(2) {
            pairs.extend([(window[0], window[1]), (window[1], window[0])]);
        }
        // The ends of the list are where victims are; the middle may go.
        while pairs.len() > PAIRS_MAX {
            pairs.remove(pairs.len() / 2);
        }
        let nodes = stage.fleet.nodes.iter_mut();
        let marks =
            nodes.map(|node| node.process().map(|process| process.log_mark())).collect::<Result<_>>()?;
        Ok(Self { topic, pairs, sent: 0, marks })
    }

    /// One message for each pair.
    pub(crate) fn say(&mut self, stage: &mut Stage) -> Result<()> {
        for &(from, to) in &self.pairs {
            let to = stage.seats[to].client.jid().to_owned();
            let body = self.body(self.sent);
            stage.seats[from].client.message(&to, &body)?;
        }
        self.sent += 1;
        Ok(())
    }

    fn body(&self, number: u32) -> String {
        format!("{} number {number}.", self.topic)
    }

    /// Everything arrived: once and in order if no node removed another one meanwhile (M1), else at least once (M2).
    pub(crate) fn check(self, stage: &mut Stage) -> Result<()> {
        let Some(last) = self.sent.checked_sub(1) else { return Ok(()) };
        // First everybody hears what was for them: who looks for returned messages must not throw others away.
        let mut heard: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for &(from, to) in &self.pairs {
            let sender = stage.seats[from].client.jid().to_owned();
            let found = self.wait_for(&mut stage.seats[to].client, &sender, last)?;
            heard.entry(to).or_default().push(found);
        }
        for (&to, stanzas) in &mut heard {
            let recipient = &mut stage.seats[to].client;
            recipient.sync()?;
            let mut before = recipient.take_all(STRAGGLERS)?;
            before.append(stanzas);
            *stanzas = before;
        }
        // Asked last: a member may be removed while messages of the fault are still on their way.
        let is_intact = self.nobody_was_removed(stage)?;
        for &(from, to) in &self.pairs {
            let sender = stage.seats[from].client.jid().to_owned();
            let of_sender = heard[&to].iter().filter(|stanza| attribute(stanza, "from") == Some(&sender));
            let arrived: Vec<u32> = of_sender.filter_map(|stanza| self.number_of(stanza)).collect();
            let expected: Vec<u32> = (0..=last).collect();
            if is_intact {
                ensure!(arrived == expected, "{sender}, each message once and in order: {arrived:?}");
                continue;
            }
            // What was routed again may come last, or back to the sender as an error.
            for number in expected.into_iter().filter(|number| !arrived.contains(number)) {
                let body = self.body(number);
                let returned = heard.get(&from).into_iter().flatten();
                if !returned.into_iter().any(|stanza| is_error(stanza) && stanza.contains(&body)) {
                    self.wait_for(&mut stage.seats[to].client, &sender, number)?;
                }
            }
        }
        Ok(())
    }

    fn wait_for(&self, recipient: &mut XmppClient, sender: &str, number: u32) -> Result<String> {
        let body = self.body(number);
        recipient.wait_for(&format!("{body:?} of {sender}"), ARRIVAL_LIMIT, |stanza| {
            stanza.starts_with("<message")
                && attribute(stanza, "from") == Some(sender)
                && stanza.contains(&body)
        })
    }

    fn number_of(&self, stanza: &str) -> Option<u32> {
        let (_, rest) = stanza.split_once(&format!("{} number ", self.topic))?;
        rest.split_once('.')?.0.parse().ok()
    }

    fn nobody_was_removed(&self, stage: &mut Stage) -> Result<bool> {
        for (node, &mark) in stage.fleet.nodes.iter_mut().zip(&self.marks) {
            if node.process()?.log_since(mark).contains("member left") {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn is_error(stanza: &str) -> bool {
    attribute(stanza, "type") == Some("error")
}
