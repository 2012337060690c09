//! What was said: kept for those who enter (XEP-0045 §7.2.13), bounded by number and by bytes.

use std::collections::VecDeque;

use bytes::Bytes;
use cobnut_model::{UnixMillis, limits};
use jid::{BareJid, Jid};
use jiff::Timestamp;
use minidom::Element;
use serde::{Deserialize, Serialize};

use super::ns::{DELAY, MUC};
use crate::mam::stamp;
use crate::stanza::ElementExt as _;
use crate::xml::{ns::CLIENT, parse_stanza, stanza_bytes};

/// Something said, or a subject set: a line of Openfire's `ofMucConversationLog`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Who really said it; the room itself where the service did.
    pub sender: Jid,
    /// How the room knew them.
    pub nick: Option<String>,
    /// When.
    pub at: UnixMillis,
    /// The first `<subject/>`.
    pub subject: Option<String>,
    /// The first `<body/>`.
    pub body: Option<String>,
    /// The message as the occupants got it, without `to`.
    pub stanza: Bytes,
}

impl LogEntry {
    /// A message that the room sends to its occupants.
    pub(super) fn of(
        message: &Element,
        stanza: Bytes,
        sender: Jid,
        nick: Option<&str>,
        at: UnixMillis,
    ) -> Self {
        let text = |name: &str| message.get_child(name, CLIENT).map(Element::text);
        Self {
            sender,
            nick: nick.map(str::to_owned),
            at,
            subject: text("subject"),
            body: text("body"),
            stanza,
        }
    }

    /// Reads a row of `ofMucConversationLog`. `stanza` is missing in rows of old versions and where it was not kept.
    pub fn from_stored(
        room: &BareJid,
        sender: Jid,
        nick: Option<String>,
        at: UnixMillis,
        texts: (Option<String>, Option<String>),
        stanza: Option<&str>,
    ) -> Self {
        let (subject, body) = texts;
        let from = match nick.as_deref().map(|nick| room.with_resource_str(nick)) {
            Some(Ok(occupant)) => occupant.to_string(),
            _ => room.to_string(),
        };
        let parsed = stanza.and_then(|text| parse_stanza(text.as_bytes()).ok());
        let mut message = parsed.filter(|stanza| stanza.is("message", CLIENT)).unwrap_or_else(|| {
            let texts = [("subject", &subject), ("body", &body)];
            let mut message = Element::bare("message", CLIENT);
            for (name, text) in texts {
                if let Some(text) = text {
                    message.append_child(Element::bare(name, CLIENT).with_text(text));
                }
            }
            message
        });
        message.take_attr("to");
        message.put_attr("from", from);
        message.put_attr("type", "groupchat");
        // Older rows may hold the stamp that Openfire put there; ours is made when it is sent.
        while message.remove_child("delay", DELAY).is_some() {}
        Self { sender, nick, at, subject, body, stanza: stanza_bytes(&message) }
    }

    /// Whether it is for those who enter: a subject alone is not, they get the last one anyway (XEP-0045 §7.2.15).
    pub fn is_history(&self) -> bool {
        self.body.is_some()
    }

    /// The message for somebody who was not there.
    pub fn delayed(&self, room: &BareJid) -> Bytes {
        with_delay(&self.stanza, room, self.at)
    }
}

/// Appends the stamp of the room (XEP-0203) to a message in bytes. A message without children cannot be said.
pub(super) fn with_delay(stanza: &Bytes, room: &BareJid, at: UnixMillis) -> Bytes {
    const END: &[u8] = b"</message>";
    let Some(head) = stanza.strip_suffix(END) else { return stanza.clone() };
    let delay = Element::bare("delay", DELAY).with_attr("from", room.as_str()).with_attr("stamp", stamp(at));
    let delay = stanza_bytes(&delay);
    let mut out = Vec::with_capacity(stanza.len() + delay.len());
    out.extend_from_slice(head);
    out.extend_from_slice(&delay);
    out.extend_from_slice(END);
    Bytes::from(out)
}

/// What somebody who enters wants to see of the past (XEP-0045 §7.2.14). All bounds hold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct HistoryRequest {
    chars: Option<usize>,
    stanzas: Option<usize>,
    since: Option<UnixMillis>,
}

impl HistoryRequest {
    /// Reads `<history/>` in the presence; what cannot be read is not asked for.
    pub(super) fn of(presence: &Element, now: UnixMillis) -> Self {
        let muc = presence.get_child("x", MUC);
        let Some(history) = muc.and_then(|muc| muc.get_child("history", MUC)) else { return Self::default() };
        let number = |name: &str| history.attr(name).and_then(|text| text.trim().parse::<u64>().ok());
        let size = |name: &str| number(name).map(|value| usize::try_from(value).unwrap_or(usize::MAX));
        let seconds = number("seconds").map(|seconds| now.0.saturating_sub(seconds.saturating_mul(1000)));
        let since = history.attr("since").and_then(|text| text.trim().parse::<Timestamp>().ok());
        let since = since.map(|at| u64::try_from(at.as_millisecond()).unwrap_or(0));
        Self {
            chars: size("maxchars"),
            stanzas: size("maxstanzas"),
            since: seconds.max(since).map(UnixMillis),
        }
    }
}

/// The last messages of a room.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    entries: VecDeque<LogEntry>,
    bytes: usize,
}

impl History {
    pub(super) fn push(&mut self, entry: LogEntry, messages_max: usize) {
        if !entry.is_history() {
            return;
        }
        self.bytes += entry.stanza.len();
        self.entries.push_back(entry);
        let messages_max = messages_max.min(limits::ROOM_HISTORY_MESSAGES_MAX);
        while self.entries.len() > messages_max || self.bytes > limits::ROOM_HISTORY_BYTES_MAX {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.stanza.len();
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &LogEntry> {
        self.entries.iter()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The messages for somebody who enters, the oldest first; the newest are kept where not all fit.
    pub(super) fn replay(&self, request: HistoryRequest, room: &BareJid) -> Vec<Bytes> {
        let mut chars_left = request.chars.unwrap_or(usize::MAX);
        let mut chosen = Vec::new();
        for entry in self.entries.iter().rev() {
            if request.since.is_some_and(|since| entry.at < since)
                || request.stanzas.is_some_and(|stanzas| chosen.len() >= stanzas)
            {
                break;
            }
            let stanza = entry.delayed(room);
            // Characters of the whole stanza, not only of the text (§7.2.14).
            let chars = std::str::from_utf8(&stanza).map_or(stanza.len(), |text| text.chars().count());
            let Some(left) = chars_left.checked_sub(chars) else { break };
            chars_left = left;
            chosen.push(stanza);
        }
        chosen.reverse();
        chosen
    }
}
