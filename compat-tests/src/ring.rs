//! People in a ring, each of whom writes numbered messages to the next one: whether each arrived, once.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::{DOMAIN, XmppClient, attribute};

/// What one of the people wrote and heard, with accounts as a [`crate::Fleet`] has them.
#[derive(Debug)]
pub struct Voice {
    /// The number of the account.
    pub number: usize,
    people: usize,
    sent: usize,
    heard: BTreeMap<String, usize>,
    returned: Vec<String>,
}

impl Voice {
    /// The voice of one of `people`.
    pub fn new(number: usize, people: usize) -> Self {
        Self { number, people, sent: 0, heard: BTreeMap::new(), returned: Vec::new() }
    }

    /// Writes the next message; returns whether the connection took it.
    pub fn write(&mut self, client: &mut XmppClient) -> bool {
        let to = format!("user{:06}@{DOMAIN}", (self.number + 1) % self.people);
        let is_taken = client.message(&to, &format!("{}-{}", self.number, self.sent)).is_ok();
        self.sent += usize::from(is_taken);
        is_taken
    }

    /// Notes a stanza; returns whether it was a message of somebody.
    pub fn note(&mut self, stanza: &str) -> bool {
        if attribute(stanza, "type") == Some("error") {
            self.returned.push(stanza.to_owned());
            return false;
        }
        let Some((_, rest)) = stanza.split_once("<body>") else { return false };
        let Some((body, _)) = rest.split_once("</body>") else { return false };
        *self.heard.entry(body.to_owned()).or_default() += 1;
        true
    }
}

/// Every message reached its reader once, and none came back. `voices` are all people, in the order of their numbers.
pub fn check_ring(voices: &[&Voice]) -> Result<()> {
    for (voice, reader) in voices.iter().zip(voices.iter().cycle().skip(1)) {
        for number in 0..voice.sent {
            let body = format!("{}-{number}", voice.number);
            let times = reader.heard.get(&body).copied().unwrap_or(0);
            ensure!(times == 1, "message {body} of {} arrived {times} times", voice.sent);
        }
        ensure!(voice.returned.is_empty(), "{:?}", voice.returned);
    }
    Ok(())
}
