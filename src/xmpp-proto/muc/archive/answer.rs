//! Writing the answer (XEP-0313 §4.2, §4.3 and §5).

use std::sync::Arc;

use bytes::Bytes;
use jid::Jid;
use minidom::Element;

use super::super::outcome::Outcome;
use super::super::{LogEntry, ns};
use super::{ArchiveLookup, ArchiveRequest, Speaker};
use crate::mam::{self, Ends, Found, Page, Position};
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::{parse_stanza, stanza_bytes};

/// An archived message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Openfire's `messageID`.
    pub number: i64,
    /// What was said.
    pub entry: LogEntry,
}

impl Archived {
    /// Its place in the archive.
    pub fn position(&self) -> Position {
        (self.entry.at, self.number)
    }
}

impl ArchiveRequest {
    /// Whether a message is among those that are asked for, its place aside.
    pub fn is_about(&self, message: &Archived) -> bool {
        let is_theirs = match &self.speaker {
            None => true,
            Some(Speaker::Nick(nick)) => message.entry.nick.as_ref() == Some(nick),
            Some(Speaker::User(user)) => message.entry.sender.to_bare() == *user,
        };
        is_theirs && message.entry.is_history()
    }
}

impl ArchiveLookup {
    /// Answers with what the store found; `None` if a message that the question names does not exist.
    pub fn answer(&self, request: &ArchiveRequest, found: Option<Page<Archived>>) -> Outcome {
        let Some(page) = found else { return self.refuse(Condition::ItemNotFound) };
        let mut out = Outcome::default();
        let to: Arc<[Jid]> = Arc::from([self.from.clone()]);
        let query_id = request.question.query_id.as_deref();
        let mut results: Vec<Bytes> =
            page.messages.iter().filter_map(|message| self.result(query_id, message)).collect();
        if request.question.is_flipped {
            results.reverse();
        }
        for result in results {
            out.send_bytes(Arc::clone(&to), result);
        }
        let fin = mam::fin(&request.question, &page, |message| self.ids.id(message.number));
        out.reply(&self.from, &self.iq, Some(fin));
        out
    }

    /// Answers where the archive begins and ends.
    pub fn answer_ends(&self, ends: Ends) -> Outcome {
        let mut out = Outcome::default();
        let metadata = mam::metadata(ends, |number| self.ids.id(number));
        out.reply(&self.from, &self.iq, Some(metadata));
        out
    }

    /// Answers that nothing can be looked up.
    pub fn refuse(&self, condition: Condition) -> Outcome {
        let mut out = Outcome::default();
        out.refuse(&self.from, &self.iq, condition);
        out
    }

    fn result(&self, query_id: Option<&str>, message: &Archived) -> Option<Bytes> {
        let mut said = parse_stanza(&message.entry.stanza).ok()?;
        if self.sees_addresses && message.entry.nick.is_some() {
            let item = Element::bare("item", ns::USER).with_attr("jid", message.entry.sender.as_str());
            said.append_child(Element::bare("x", ns::USER).with_child(item));
        }
        let id = self.ids.id(message.number);
        // Messages that Openfire stored carry the identifiers that it gave them; they are replaced.
        let found = Found { archive: self.room.as_str(), id: &id, at: message.entry.at };
        Some(stanza_bytes(&mam::result(&found, query_id, said)))
    }
}
