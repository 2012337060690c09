//! Client state indication (XEP-0352): what a client that nobody looks at need not get at once.
//!
//! Waiting never changes the order of what is delivered: as soon as something cannot wait, all that waits goes before it.
//! Of several presences of one sender only the last is worth waiting for.

use bytes::Bytes;
use minidom::Element;
use xmpp_parsers::ns;

use crate::stanza::{MessageFacts, MessageKind, PresenceKind};
use crate::xml::{ns as stream_ns, parse_stanza};

/// In the namespace of `status` codes that tell an occupant about itself (XEP-0045 §7.2.2).
const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
/// Payloads that tell what a sender is doing at the moment and nothing that lasts.
const MOMENTARY: &[&str] = &[ns::CHATSTATES, "urn:xmpp:hints", "urn:xmpp:rtt:0"];

/// What a client says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientState {
    /// Somebody looks at it.
    Active,
    /// Nobody does.
    Inactive,
}

impl ClientState {
    /// Reads `<active/>` and `<inactive/>`; nothing else is in their namespace.
    pub fn of(element: &Element) -> Option<Self> {
        match element.name() {
            _ if !element.has_ns(stream_ns::CLIENT_STATE) => None,
            "active" => Some(Self::Active),
            "inactive" => Some(Self::Inactive),
            _ => None,
        }
    }
}

/// What became of a stanza.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sifted {
    /// It goes out now, behind all that waited.
    Ready,
    /// It waits.
    Held,
    /// It waits in the place of an older one that is of no use any more.
    Replaced,
}

/// Stanzas that wait until the client is active again or something comes that cannot wait.
#[derive(Debug)]
pub struct HeldStanzas {
    stanzas: Vec<HeldStanza>,
    capacity: usize,
}

#[derive(Debug)]
struct HeldStanza {
    /// Whose presence it is, if it is one.
    presence_of: Option<String>,
    bytes: Bytes,
}

impl HeldStanzas {
    /// Holds up to `capacity` stanzas; one more lets all of them go.
    pub fn new(capacity: usize) -> Self {
        Self { stanzas: Vec::new(), capacity }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.stanzas.is_empty()
    }

    /// Sorts one stanza, as written by [`stanza_bytes`](crate::xml::stanza_bytes). What has to go out now is appended to
    /// `ready`, in the order in which it came.
    pub fn sift(&mut self, stanza: Bytes, ready: &mut Vec<Bytes>) -> Sifted {
        let waiting = parse_stanza(&stanza).ok().filter(can_wait);
        let Some(waiting) = waiting else {
            ready.extend(self.release());
            ready.push(stanza);
            return Sifted::Ready;
        };
        let sender = waiting.attr("from").filter(|_| waiting.name() == "presence").map(str::to_owned);
        let before = self.stanzas.len();
        if sender.is_some() {
            self.stanzas.retain(|held| held.presence_of != sender);
        }
        let is_replaced = self.stanzas.len() < before;
        self.stanzas.push(HeldStanza { presence_of: sender, bytes: stanza });
        if self.stanzas.len() > self.capacity {
            ready.extend(self.release());
            return Sifted::Ready;
        }
        if is_replaced { Sifted::Replaced } else { Sifted::Held }
    }

    /// Everything that waits, in the order in which it came.
    pub fn release(&mut self) -> impl Iterator<Item = Bytes> {
        std::mem::take(&mut self.stanzas).into_iter().map(|held| held.bytes)
    }
}

/// Whether somebody who does not look misses nothing without this stanza.
fn can_wait(stanza: &Element) -> bool {
    match stanza.name() {
        "presence" => {
            let is_availability =
                matches!(PresenceKind::of(stanza), Ok(PresenceKind::Available | PresenceKind::Unavailable));
            is_availability && !is_about_recipient(stanza)
        }
        "message" => {
            let facts = MessageFacts::of(stanza);
            let has_only_moments = stanza.children().all(|child| {
                child.is("thread", ns::JABBER_CLIENT) || MOMENTARY.iter().any(|ns| child.has_ns(*ns))
            });
            facts.kind != MessageKind::Error && stanza.children().next().is_some() && has_only_moments
        }
        _ => false,
    }
}

/// Whether a room tells its occupant what it is in the room: a client waits for that, to enter or to leave.
fn is_about_recipient(presence: &Element) -> bool {
    let Some(x) = presence.get_child("x", MUC_USER) else { return false };
    x.children().any(|child| child.name() == "status" && child.attr("code") == Some("110"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::xml::stanza_bytes;

    fn bytes(text: &str) -> Bytes {
        let (name, rest) = text.split_once(' ').expect("attributes");
        stanza_bytes(&format!("{name} xmlns='jabber:client' {rest}").parse().expect("a stanza"))
    }

    #[test]
    fn indications_are_read() {
        let read = |text: &str| ClientState::of(&text.parse().expect("an element"));
        assert_eq!(read("<active xmlns='urn:xmpp:csi:0'/>"), Some(ClientState::Active));
        assert_eq!(read("<inactive xmlns='urn:xmpp:csi:0'/>"), Some(ClientState::Inactive));
        assert_eq!(read("<asleep xmlns='urn:xmpp:csi:0'/>"), None);
        assert_eq!(read("<active xmlns='jabber:client'/>"), None);
    }

    #[test]
    fn what_can_wait_by_stanza() {
        let table = [
            ("<presence from='a@b/c'/>", Sifted::Held),
            ("<presence from='a@b/c' type='unavailable'/>", Sifted::Held),
            ("<presence from='a@b' type='subscribe'/>", Sifted::Ready),
            ("<presence from='a@b' type='error'/>", Sifted::Ready),
            (
                "<presence from='r@m/me'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>",
                Sifted::Ready,
            ),
            (
                "<presence from='r@m/other'><x xmlns='http://jabber.org/protocol/muc#user'/></presence>",
                Sifted::Held,
            ),
            (
                "<message from='a@b/c' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/>\
                 <no-store xmlns='urn:xmpp:hints'/><thread>t</thread></message>",
                Sifted::Held,
            ),
            (
                "<message from='a@b/c' type='chat'><active xmlns='http://jabber.org/protocol/chatstates'/>\
                 <body>hello</body></message>",
                Sifted::Ready,
            ),
            (
                "<message from='a@b/c' type='chat'><received xmlns='urn:xmpp:receipts'/></message>",
                Sifted::Ready,
            ),
            ("<message from='r@m' type='groupchat'><subject/></message>", Sifted::Ready),
            ("<message from='a@b/c' type='chat'></message>", Sifted::Ready),
            ("<iq from='a@b/c' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>", Sifted::Ready),
        ];
        for (text, expected) in table {
            let mut ready = Vec::new();
            assert_eq!(HeldStanzas::new(10).sift(bytes(text), &mut ready), expected, "{text}");
            assert_eq!(ready.len(), usize::from(expected == Sifted::Ready), "{text}");
        }
    }

    #[test]
    fn what_cannot_wait_takes_along_what_waits() {
        let mut held = HeldStanzas::new(10);
        let (ann, bob) = (bytes("<presence from='ann@b/c'/>"), bytes("<presence from='bob@b/c'/>"));
        let away = bytes("<presence from='ann@b/c'><show>away</show></presence>");
        let message = bytes("<message from='ann@b/c'><body>x</body></message>");
        let mut ready = Vec::new();
        assert_eq!(held.sift(ann, &mut ready), Sifted::Held);
        assert_eq!(held.sift(bob.clone(), &mut ready), Sifted::Held);
        assert_eq!(held.sift(away.clone(), &mut ready), Sifted::Replaced);
        assert!(ready.is_empty());
        assert_eq!(held.sift(message.clone(), &mut ready), Sifted::Ready);
        assert_eq!(ready, [bob, away, message]);
        assert!(held.is_empty());
    }

    #[test]
    fn a_full_queue_is_let_go() {
        let mut held = HeldStanzas::new(2);
        let mut ready = Vec::new();
        for number in 0..3 {
            held.sift(bytes(&format!("<presence from='user{number}@b/c'/>")), &mut ready);
        }
        assert_eq!((ready.len(), held.is_empty()), (3, true));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Beside a client that is always active: what comes is the same but for presences that another one of the same
        /// sender follows.
        #[test]
        fn nothing_is_lost_but_outdated_presence(
            stanzas in prop::collection::vec((0_u8..3, prop::bool::weighted(0.2)), 0..60), capacity in 0_usize..8,
        ) {
            let mut held = HeldStanzas::new(capacity);
            let (mut came, mut seen) = (Vec::new(), Vec::new());
            for (number, (sender, is_message)) in stanzas.into_iter().enumerate() {
                let text = if is_message {
                    format!("<message from='{sender}@b/c' id='{number}'><body>x</body></message>")
                } else {
                    format!("<presence from='{sender}@b/c' id='{number}'/>")
                };
                came.push((sender, is_message, bytes(&text)));
                held.sift(bytes(&text), &mut seen);
                prop_assert!(held.stanzas.len() <= capacity);
            }
            seen.extend(held.release());
            let position = |stanza: &Bytes| seen.iter().position(|other| other == stanza);
            let places: Vec<Option<usize>> = came.iter().map(|(_, _, stanza)| position(stanza)).collect();
            for (index, (sender, is_message, _)) in came.iter().enumerate() {
                let mut later = came.iter().skip(index + 1);
                let is_outdated = !is_message && later.any(|(other, is_message, _)| other == sender && !is_message);
                prop_assert!(places[index].is_some() || is_outdated);
            }
            let found: Vec<usize> = places.into_iter().flatten().collect();
            prop_assert!(found.is_sorted(), "the order is kept");
            prop_assert_eq!(found.len(), seen.len(), "nothing comes twice");
        }
    }
}
