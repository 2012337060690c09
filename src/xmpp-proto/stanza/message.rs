//! What a message says about itself: its type, and whether it may be stored, copied or bounced.

use minidom::Element;
use xmpp_parsers::ns;

const NS_EVENT: &str = "jabber:x:event";
const NS_HINTS: &str = "urn:xmpp:hints";
const NS_OFFLINE: &str = "http://jabber.org/protocol/offline";
const NS_RTT: &str = "urn:xmpp:rtt:0";

/// RFC 6121 §5.2.2; an unknown type counts as `normal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// A single message.
    Normal,
    /// Part of a conversation.
    Chat,
    /// Group chat.
    Groupchat,
    /// An alert.
    Headline,
    /// An error about an earlier message.
    Error,
}

/// What routing needs to know of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageFacts {
    /// Its type.
    pub kind: MessageKind,
    /// Whether there is a non-empty body.
    pub has_body: bool,
    /// Whether it may be kept for an account that is offline (XEP-0160 and Openfire's rules).
    pub is_storable: bool,
    /// Whether the other resources of sender and recipient get copies (XEP-0280 §6).
    pub is_copied: bool,
}

impl MessageFacts {
    /// Looks at a message.
    pub fn of(message: &Element) -> Self {
        let kind = match message.attr("type") {
            Some("chat") => MessageKind::Chat,
            Some("groupchat") => MessageKind::Groupchat,
            Some("headline") => MessageKind::Headline,
            Some("error") => MessageKind::Error,
            _ => MessageKind::Normal,
        };
        let has_body = message
            .children()
            .any(|child| child.is("body", ns::JABBER_CLIENT) && child.nodes().next().is_some());
        Self {
            kind,
            has_body,
            is_storable: is_storable(message, kind, has_body),
            is_copied: is_copied(message, kind, has_body),
        }
    }

    /// Whether the sender is told when the message reaches nobody. An error about a message without text shows up
    /// as a line in Spark's chat window (Compat: Spark), and errors are never answered with errors.
    pub fn may_bounce(self) -> bool {
        match self.kind {
            MessageKind::Normal | MessageKind::Chat => self.has_body,
            MessageKind::Groupchat => true,
            MessageKind::Headline | MessageKind::Error => false,
        }
    }
}

fn is_storable(message: &Element, kind: MessageKind, has_body: bool) -> bool {
    if !matches!(kind, MessageKind::Normal | MessageKind::Chat)
        || message.has_child("no-store", NS_HINTS)
        || message.has_child("no-permanent-store", NS_HINTS)
        || message.has_child("offline", NS_OFFLINE)
        || message.has_child("received", ns::CARBONS)
        || message.has_child("sent", ns::CARBONS)
    {
        return false;
    }
    has_body || message.has_child("store", NS_HINTS) || message.children().any(is_lasting)
}

/// Whether a payload means something to somebody who reads it much later.
fn is_lasting(child: &Element) -> bool {
    let transient = child.has_ns(ns::JABBER_CLIENT)
        || child.has_ns(ns::CHATSTATES)
        || child.has_ns(NS_EVENT)
        || child.has_ns(NS_HINTS)
        || child.has_ns(NS_RTT)
        || child.has_ns(ns::DELAY);
    !transient
}

fn is_copied(message: &Element, kind: MessageKind, has_body: bool) -> bool {
    if message.has_child("private", ns::CARBONS) || message.has_child("no-copy", NS_HINTS) {
        return false;
    }
    if message.has_child("received", ns::CARBONS) || message.has_child("sent", ns::CARBONS) {
        return false;
    }
    match kind {
        MessageKind::Chat => true,
        MessageKind::Normal => {
            has_body
                || message.children().any(|child| child.has_ns(ns::RECEIPTS) || child.has_ns(ns::CHATSTATES))
        }
        // XEP-0280 §6.1: errors only travel with the conversation they belong to, which we do not track.
        MessageKind::Groupchat | MessageKind::Headline | MessageKind::Error => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(kind: &str, payload: &str) -> MessageFacts {
        MessageFacts::of(
            &format!("<message xmlns='jabber:client' type='{kind}'>{payload}</message>").parse().unwrap(),
        )
    }

    #[test]
    fn what_is_stored_and_copied() {
        let body = "<body>x</body>";
        let composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
        let table = [
            // type, payload, stored, copied, bounced
            ("chat", body.to_owned(), true, true, true),
            ("normal", body.to_owned(), true, true, true),
            ("unknown", body.to_owned(), true, true, true),
            ("groupchat", body.to_owned(), false, false, true),
            ("headline", body.to_owned(), false, false, false),
            ("error", body.to_owned(), false, false, false),
            ("chat", "<body/>".to_owned(), false, true, false),
            ("chat", composing.to_owned(), false, true, false),
            ("chat", format!("<thread>t</thread>{composing}"), false, true, false),
            ("chat", format!("{body}{composing}"), true, true, true),
            (
                "normal",
                "<x xmlns='jabber:x:event'><displayed/><id>1</id></x>".to_owned(),
                false,
                false,
                false,
            ),
            ("chat", "<received xmlns='urn:xmpp:receipts' id='1'/>".to_owned(), true, true, false),
            ("normal", "<received xmlns='urn:xmpp:receipts' id='1'/>".to_owned(), true, true, false),
            ("chat", format!("{body}<private xmlns='urn:xmpp:carbons:2'/>"), true, false, true),
            ("chat", format!("{body}<no-copy xmlns='urn:xmpp:hints'/>"), true, false, true),
            ("chat", format!("{body}<no-store xmlns='urn:xmpp:hints'/>"), false, true, true),
            ("chat", format!("{composing}<store xmlns='urn:xmpp:hints'/>"), true, true, false),
            ("chat", format!("{body}<sent xmlns='urn:xmpp:carbons:2'/>"), false, false, true),
            (
                "chat",
                format!("{body}<offline xmlns='http://jabber.org/protocol/offline'/>"),
                false,
                true,
                true,
            ),
        ];
        for (kind, payload, stored, copied, bounced) in table {
            let facts = facts(kind, &payload);
            assert_eq!(
                (facts.is_storable, facts.is_copied, facts.may_bounce()),
                (stored, copied, bounced),
                "{kind} {payload}"
            );
        }
    }
}
