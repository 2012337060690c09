//! Stream management (XEP-0198): counting stanzas, and keeping those that the client has not confirmed.
//!
//! Invariant: what was sent and is not confirmed is in the queue, in order; nothing else is.

use std::collections::VecDeque;

use bytes::Bytes;
use minidom::Element;

use super::{Condition, StreamError};
use crate::xml::XmlWriter;

const V2: &str = "urn:xmpp:sm:2";
const V3: &str = "urn:xmpp:sm:3";
/// The condition of the stream error for a count that is too high (XEP-0198 §4).
pub(super) const UNDEFINED: &str = "undefined-condition";

/// Versions of the protocol; they differ in the namespace only. Compat: Openfire offers both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManagementVersion {
    /// `urn:xmpp:sm:2`.
    Two,
    /// `urn:xmpp:sm:3`.
    Three,
}

impl ManagementVersion {
    /// All versions, the older first.
    pub const ALL: [Self; 2] = [Self::Two, Self::Three];

    /// The version in whose namespace an element is.
    pub fn of(element: &Element) -> Option<Self> {
        Self::ALL.into_iter().find(|version| element.ns() == version.namespace())
    }

    /// Its namespace.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Two => V2,
            Self::Three => V3,
        }
    }

    /// Appends `<failed/>` (XEP-0198 §3 and §5). `handled` is our count, where the session is still known.
    pub fn write_failed(self, condition: &str, handled: Option<u32>, out: &mut Vec<u8>) {
        let handled = handled.map(|handled| handled.to_string());
        let mut attributes = vec![("xmlns", self.namespace())];
        attributes.extend(handled.as_deref().map(|handled| ("h", handled)));
        let mut xml = XmlWriter::new(out);
        xml.start("failed", &attributes);
        xml.empty(condition, &[("xmlns", crate::xml::ns::STANZA_ERRORS)]);
        xml.end("failed");
    }
}

/// What a client says about stream management.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManagementRequest {
    /// It wants to count, and perhaps to resume within so many seconds.
    Enable {
        /// Whether it may want to resume.
        resume: bool,
        /// Seconds; `None` leaves it to the server.
        max: Option<u32>,
    },
    /// It wants to take up a session again.
    Resume {
        /// The id that [`Enabled`] gave.
        id: String,
        /// Stanzas that it has handled.
        handled: u32,
    },
    /// It asks what we have handled.
    Ask,
    /// It says what it has handled.
    Handled(u32),
    /// None of these, or one that lacks something.
    Malformed,
}

impl ManagementRequest {
    /// Reads an element of one of the namespaces.
    pub fn read(element: &Element) -> Self {
        let number = |name: &str| element.attr(name).and_then(|text| text.trim().parse().ok());
        match element.name() {
            "enable" => Self::Enable {
                resume: matches!(element.attr("resume"), Some("true" | "1")),
                max: number("max"),
            },
            "resume" => match (element.attr("previd"), number("h")) {
                (Some(id), Some(handled)) => Self::Resume { id: id.to_owned(), handled },
                _ => Self::Malformed,
            },
            "r" => Self::Ask,
            "a" => number("h").map_or(Self::Malformed, Self::Handled),
            _ => Self::Malformed,
        }
    }
}

/// What `<enabled/>` tells (XEP-0198 §3 and §5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enabled {
    /// The id for resumption, if that is possible.
    pub id: Option<String>,
    /// Seconds for which it is.
    pub max: Option<u64>,
    /// Where the client should connect to resume.
    pub location: Option<String>,
}

/// Bounds of one stream's bookkeeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManagementLimits {
    /// Stanzas that may wait for a confirmation.
    pub stanzas: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Stanzas after which the client is asked, even if it has not answered the last time.
    pub ask_every: u32,
}

/// The client confirms more than it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("take {handled} stanzas for handled, only {sent} were sent")]
pub struct TooHigh {
    /// What the client claims.
    pub handled: u32,
    /// What it was sent.
    pub sent: u32,
}

impl TooHigh {
    /// The stream error without its own condition, for logs and metrics.
    pub fn stream_error(self) -> StreamError {
        StreamError { condition: UNDEFINED, text: self.to_string() }
    }

    /// Appends the stream error and the end of the stream (XEP-0198 §4).
    pub fn write(self, version: ManagementVersion, out: &mut Vec<u8>) {
        let (handled, sent) = (self.handled.to_string(), self.sent.to_string());
        let mut xml = XmlWriter::new(out);
        xml.start("stream:error", &[]);
        xml.empty(UNDEFINED, &[("xmlns", crate::xml::ns::STREAM_ERRORS)]);
        let counts = [("xmlns", version.namespace()), ("h", &handled), ("send-count", &sent)];
        xml.empty("handled-count-too-high", &counts);
        xml.end("stream:error");
        xml.end("stream:stream");
    }
}

/// The counters and the queue of one session; they outlive its connections.
#[derive(Debug)]
pub struct Management {
    version: ManagementVersion,
    limits: ManagementLimits,
    /// Stanzas of the client that were handled, modulo 2^32.
    handled: u32,
    /// Stanzas that the client has confirmed, modulo 2^32.
    confirmed: u32,
    unconfirmed: VecDeque<Bytes>,
    /// Bytes in the queue.
    bytes: usize,
    /// Stanzas since the client was last asked.
    since_asked: u32,
    /// A message is among them.
    has_message: bool,
    /// The client was asked and has not answered.
    awaits_answer: bool,
}

impl Management {
    /// Begins to count.
    pub fn new(version: ManagementVersion, limits: ManagementLimits) -> Self {
        Self {
            version,
            limits,
            handled: 0,
            confirmed: 0,
            unconfirmed: VecDeque::new(),
            bytes: 0,
            since_asked: 0,
            has_message: false,
            awaits_answer: false,
        }
    }

    /// The version that the client chose.
    pub fn version(&self) -> ManagementVersion {
        self.version
    }

    /// Stanzas of the client that were handled, modulo 2^32.
    pub fn handled(&self) -> u32 {
        self.handled
    }

    /// Stanzas that were sent and not confirmed.
    pub fn unconfirmed(&self) -> usize {
        self.unconfirmed.len()
    }

    /// A stanza of the client was handled.
    pub fn count_handled(&mut self) {
        self.handled = self.handled.wrapping_add(1);
    }

    /// A stanza is on its way to the client, or would be if there were a connection.
    pub fn sent(&mut self, stanza: Bytes) {
        self.since_asked = self.since_asked.saturating_add(1);
        self.has_message |= stanza.starts_with(b"<message");
        self.bytes = self.bytes.saturating_add(stanza.len());
        self.unconfirmed.push_back(stanza);
    }

    /// Whether more waits for a confirmation than may.
    pub fn is_over_limit(&self) -> bool {
        self.unconfirmed.len() > self.limits.stanzas || self.bytes > self.limits.bytes
    }

    /// The client says what it has handled.
    ///
    /// # Errors
    /// The client confirms more than it was sent; nothing changes.
    pub fn confirm(&mut self, handled: u32) -> Result<(), TooHigh> {
        let fresh = self.fresh(handled)?;
        for stanza in self.unconfirmed.drain(..fresh) {
            self.bytes = self.bytes.saturating_sub(stanza.len());
        }
        if self.unconfirmed.is_empty() {
            // A burst must not leave its room behind.
            self.unconfirmed = VecDeque::new();
        }
        self.confirmed = handled;
        self.awaits_answer = false;
        Ok(())
    }

    /// How many of the queue a count confirms.
    fn fresh(&self, handled: u32) -> Result<usize, TooHigh> {
        let count = self.unconfirmed.len();
        let fresh = usize::try_from(handled.wrapping_sub(self.confirmed)).unwrap_or(usize::MAX);
        if fresh <= count {
            return Ok(fresh);
        }
        let sent = self.confirmed.wrapping_add(u32::try_from(count).unwrap_or(u32::MAX));
        Err(TooHigh { handled, sent })
    }

    /// Appends `<r/>` if it is time: after so many stanzas, and after a message unless an answer is due. A message that
    /// was read and not confirmed would be sent again to a client that comes back without resuming.
    pub fn ask(&mut self, out: &mut Vec<u8>) {
        let is_time = self.since_asked >= self.limits.ask_every || (self.has_message && !self.awaits_answer);
        if is_time {
            self.ask_now(out);
        }
    }

    /// Appends `<r/>` if anything waits for a confirmation.
    pub fn ask_now(&mut self, out: &mut Vec<u8>) {
        if self.unconfirmed.is_empty() {
            return;
        }
        (self.since_asked, self.has_message, self.awaits_answer) = (0, false, true);
        XmlWriter::new(out).empty("r", &[("xmlns", self.version.namespace())]);
    }

    /// Appends `<a/>`.
    pub fn answer(&self, out: &mut Vec<u8>) {
        let handled = self.handled.to_string();
        XmlWriter::new(out).empty("a", &[("xmlns", self.version.namespace()), ("h", &handled)]);
    }

    /// Appends `<enabled/>`.
    pub fn write_enabled(&self, enabled: &Enabled, out: &mut Vec<u8>) {
        let max = enabled.max.map(|max| max.to_string());
        let mut attributes = vec![("xmlns", self.version.namespace())];
        if let Some(id) = &enabled.id {
            attributes.extend([("id", id.as_str()), ("resume", "true")]);
            attributes.extend(max.as_deref().map(|max| ("max", max)));
            attributes.extend(enabled.location.as_deref().map(|location| ("location", location)));
        }
        XmlWriter::new(out).empty("enabled", &attributes);
    }

    /// Takes the session up on a new stream, where the client says what it has handled: appends `<resumed/>` and all
    /// that it lacks, in order (XEP-0198 §5).
    ///
    /// # Errors
    /// The client confirms more than it was sent; nothing changes.
    pub fn resume(&mut self, id: &str, handled: u32, out: &mut Vec<u8>) -> Result<(), TooHigh> {
        self.confirm(handled)?;
        let count = self.handled.to_string();
        let attributes = [("xmlns", self.version.namespace()), ("h", &count), ("previd", id)];
        XmlWriter::new(out).empty("resumed", &attributes);
        for stanza in &self.unconfirmed {
            out.extend_from_slice(stanza);
        }
        self.ask_now(out);
        Ok(())
    }

    /// Ends the bookkeeping: what has to find another way.
    pub fn take_unconfirmed(&mut self) -> Vec<Bytes> {
        self.bytes = 0;
        std::mem::take(&mut self.unconfirmed).into()
    }
}

/// The stream error for a client that confirms too little.
pub fn too_many_unconfirmed() -> StreamError {
    StreamError::new(Condition::PolicyViolation, "too many stanzas wait to be acknowledged")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ManagementLimits = ManagementLimits { stanzas: 3, bytes: 100, ask_every: 2 };
    const R: &str = "<r xmlns=\"urn:xmpp:sm:3\"/>";

    fn fresh() -> Management {
        Management::new(ManagementVersion::Three, LIMITS)
    }

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    fn read(text: &str) -> ManagementRequest {
        let element: Element = text.parse().expect("XML");
        assert_eq!(ManagementVersion::of(&element), Some(ManagementVersion::Three));
        ManagementRequest::read(&element)
    }

    #[test]
    fn requests_are_read() {
        use ManagementRequest::{Ask, Enable, Handled, Malformed, Resume};
        for (text, expected) in [
            ("<enable xmlns='urn:xmpp:sm:3'/>", Enable { resume: false, max: None }),
            ("<enable xmlns='urn:xmpp:sm:3' resume='1' max='60'/>", Enable { resume: true, max: Some(60) }),
            ("<enable xmlns='urn:xmpp:sm:3' resume='yes' max='-1'/>", Enable { resume: false, max: None }),
            ("<r xmlns='urn:xmpp:sm:3'/>", Ask),
            ("<a xmlns='urn:xmpp:sm:3' h='4294967295'/>", Handled(u32::MAX)),
            ("<a xmlns='urn:xmpp:sm:3' h='4294967296'/>", Malformed),
            ("<a xmlns='urn:xmpp:sm:3'/>", Malformed),
            ("<resume xmlns='urn:xmpp:sm:3' previd='x' h='7'/>", Resume { id: "x".into(), handled: 7 }),
            ("<resume xmlns='urn:xmpp:sm:3' previd='x'/>", Malformed),
            ("<resume xmlns='urn:xmpp:sm:3' h='7'/>", Malformed),
            ("<enabled xmlns='urn:xmpp:sm:3'/>", Malformed),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn confirmed_stanzas_leave_the_queue_in_order() {
        let mut management = fresh();
        for text in ["<presence/>", "<iq/>", "<message/>"] {
            management.sent(Bytes::from_static(text.as_bytes()));
        }
        assert_eq!(management.confirm(1), Ok(()));
        assert_eq!(management.confirm(1), Ok(()), "said twice");
        assert_eq!(management.confirm(4), Err(TooHigh { handled: 4, sent: 3 }));
        assert_eq!(management.confirm(0), Err(TooHigh { handled: 0, sent: 3 }), "taken back");
        assert_eq!(
            written(|out| management.resume("id", 2, out).expect("resumed")),
            format!("<resumed xmlns=\"urn:xmpp:sm:3\" h=\"0\" previd=\"id\"/><message/>{R}")
        );
        assert_eq!(management.take_unconfirmed(), ["<message/>"]);
        assert_eq!(management.unconfirmed(), 0);
    }

    #[test]
    fn counters_begin_again_after_two_to_the_thirty_second() {
        let mut management = fresh();
        (management.confirmed, management.handled) = (u32::MAX, u32::MAX);
        management.count_handled();
        assert_eq!(written(|out| management.answer(out)), "<a xmlns=\"urn:xmpp:sm:3\" h=\"0\"/>");
        management.sent(Bytes::from_static(b"<iq/>"));
        management.sent(Bytes::from_static(b"<iq/>"));
        assert_eq!(management.confirm(2), Err(TooHigh { handled: 2, sent: 1 }));
        assert_eq!(management.confirm(0), Ok(()));
        assert_eq!(management.unconfirmed(), 1);
        assert_eq!(management.confirm(1), Ok(()));
        assert_eq!(management.unconfirmed(), 0);
    }

    #[test]
    fn the_client_is_asked_after_messages_and_after_many_stanzas() {
        let mut management = fresh();
        let send = |management: &mut Management, text: &'static str| {
            management.sent(Bytes::from_static(text.as_bytes()));
            written(|out| management.ask(out))
        };
        assert_eq!(send(&mut management, "<presence/>"), "");
        assert_eq!(send(&mut management, "<message/>"), R);
        assert_eq!(send(&mut management, "<message/>"), "", "an answer is due");
        assert_eq!(send(&mut management, "<presence/>"), R, "after two");
        management.confirm(4).expect("confirmed");
        assert_eq!(send(&mut management, "<message/>"), R);
        management.confirm(5).expect("confirmed");
        assert_eq!(written(|out| management.ask_now(out)), "");
    }

    #[test]
    fn the_queue_is_bounded_in_number_and_bytes() {
        for (text, most) in [("<iq/>".to_owned(), 3), (format!("<a>{}</a>", "x".repeat(40)), 2)] {
            let mut management = fresh();
            for _ in 0..most {
                management.sent(Bytes::from(text.clone()));
                assert!(!management.is_over_limit());
            }
            management.sent(Bytes::from(text.clone()));
            assert!(management.is_over_limit(), "{text}");
            management.confirm(1).expect("confirmed");
            assert!(!management.is_over_limit(), "{text}");
        }
    }

    #[test]
    fn what_is_told_is_written_as_the_standard_says() {
        let enabled = |enabled: &Enabled| written(|out| fresh().write_enabled(enabled, out));
        assert_eq!(enabled(&Enabled::default()), "<enabled xmlns=\"urn:xmpp:sm:3\"/>");
        let all = Enabled { id: Some("i".into()), max: Some(600), location: Some("10.0.0.1:5222".into()) };
        assert_eq!(
            enabled(&all),
            "<enabled xmlns=\"urn:xmpp:sm:3\" id=\"i\" resume=\"true\" max=\"600\" location=\"10.0.0.1:5222\"/>"
        );
        assert_eq!(
            written(|out| ManagementVersion::Two.write_failed("item-not-found", Some(9), out)),
            "<failed xmlns=\"urn:xmpp:sm:2\" h=\"9\">\
             <item-not-found xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/></failed>"
        );
        assert_eq!(
            written(|out| TooHigh { handled: 10, sent: 8 }.write(ManagementVersion::Three, out)),
            "<stream:error><undefined-condition xmlns=\"urn:ietf:params:xml:ns:xmpp-streams\"/>\
             <handled-count-too-high xmlns=\"urn:xmpp:sm:3\" h=\"10\" send-count=\"8\"/>\
             </stream:error></stream:stream>"
        );
    }
}
