//! Writing the answer (XEP-0313 §4.2 and §4.3).

use std::sync::Arc;

use jid::Jid;
use minidom::Element;

use super::super::history::stamp;
use super::super::outcome::Outcome;
use super::super::{Room, ns};
use super::{ArchiveLookup, Archived, FORWARD, MAM, RSM};
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::{ns::CLIENT, parse_stanza, stanza_bytes};

/// What a lookup found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchivePage {
    /// The messages of the page, the oldest first.
    pub messages: Vec<Archived>,
    /// Whether nothing lies beyond the page in the direction of the question.
    pub is_complete: bool,
    /// How many messages the filter lets through, all pages together, if that was counted.
    pub count: Option<u64>,
    /// How many of them come before the page, if that was counted.
    pub index: Option<u64>,
}

impl Room {
    /// Answers a question with what the store found; `None` if a message that the question names does not exist.
    pub fn answer_archive(&self, lookup: &ArchiveLookup, found: Option<ArchivePage>) -> Outcome {
        let mut out = Outcome::default();
        let Some(page) = found else {
            out.refuse(&lookup.from, &lookup.iq, Condition::ItemNotFound);
            return out;
        };
        let to: Arc<[Jid]> = Arc::from([lookup.from.clone()]);
        let mut results: Vec<Element> =
            page.messages.iter().filter_map(|message| self.archive_result(lookup, message)).collect();
        if lookup.request.is_flipped {
            results.reverse();
        }
        for result in results {
            out.send_bytes(Arc::clone(&to), stanza_bytes(&result));
        }
        out.reply(&lookup.from, &lookup.iq, Some(self.fin(lookup, &page)));
        out
    }

    fn archive_result(&self, lookup: &ArchiveLookup, message: &Archived) -> Option<Element> {
        let mut said = parse_stanza(&message.entry.stanza).ok()?;
        let room = self.record.room.as_str();
        let id = self.archive_id(message.number);
        // Messages that Openfire stored carry the identifiers that it gave them.
        for node in said.take_nodes() {
            let is_id = node
                .as_element()
                .is_some_and(|child| child.is("stanza-id", ns::STANZA_ID) && child.attr("by") == Some(room));
            if !is_id {
                said.append_node(node);
            }
        }
        let stanza_id = Element::bare("stanza-id", ns::STANZA_ID).with_attr("by", room).with_attr("id", &id);
        said.append_child(stanza_id);
        if lookup.sees_addresses && message.entry.nick.is_some() {
            let item = Element::bare("item", ns::USER).with_attr("jid", message.entry.sender.as_str());
            said.append_child(Element::bare("x", ns::USER).with_child(item));
        }
        let delay = Element::bare("delay", ns::DELAY).with_attr("stamp", stamp(message.entry.at));
        let forwarded = Element::bare("forwarded", FORWARD).with_child(delay).with_child(said);
        let result = Element::bare("result", MAM)
            .with_attr("id", id)
            .with_attr_opt("queryid", lookup.request.query_id.as_deref())
            .with_child(forwarded);
        Some(Element::bare("message", CLIENT).with_attr("from", room).with_child(result))
    }

    /// The end of the answer. `first` and `last` are the oldest and the newest, also on a flipped page (XEP-0059 §2.1).
    fn fin(&self, lookup: &ArchiveLookup, page: &ArchivePage) -> Element {
        let mut set = Element::bare("set", RSM);
        let text = |name: &str, text: &str| Element::bare(name, RSM).with_text(text);
        if let (Some(first), Some(last)) = (page.messages.first(), page.messages.last()) {
            let index = page.index.map(|index| index.to_string());
            set.append_child(text("first", &self.archive_id(first.number)).with_attr_opt("index", index));
            set.append_child(text("last", &self.archive_id(last.number)));
        }
        if let Some(count) = page.count {
            set.append_child(text("count", &count.to_string()));
        }
        Element::bare("fin", MAM)
            .with_attr_opt("queryid", lookup.request.query_id.as_deref())
            .with_attr_opt("complete", page.is_complete.then_some("true"))
            .with_child(set)
    }
}
