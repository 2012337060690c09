//! What belongs into the archive of an account (XEP-0313 §6.1.3), and what others claim about it.

use minidom::Element;

use super::STANZA_ID;
use crate::stanza::{MessageFacts, MessageKind};
use crate::xml::ns::CLIENT;

const HINTS: &str = "urn:xmpp:hints";
const CARBONS: &str = "urn:xmpp:carbons:2";
/// Namespaces of what is worth keeping without a readable text: encrypted text (OMEMO, OpenPGP of two generations, and
/// the mark that something is encrypted), and what is said about earlier messages (receipts, markers, reactions,
/// retractions).
const KEPT: [&str; 9] = [
    "eu.siacs.conversations.axolotl",
    "urn:xmpp:omemo:2",
    "urn:xmpp:openpgp:0",
    "jabber:x:encrypted",
    "urn:xmpp:eme:0",
    "urn:xmpp:receipts",
    "urn:xmpp:chat-markers:0",
    "urn:xmpp:reactions:0",
    "urn:xmpp:message-retract:1",
];

/// Whether a message between two accounts is kept in their archives. Hints (XEP-0334 §4) go before everything but the type.
pub fn is_archived(message: &Element) -> bool {
    let facts = MessageFacts::of(message);
    let is_told = |name: &str| message.has_child(name, HINTS);
    let is_conversation = matches!(facts.kind, MessageKind::Chat | MessageKind::Normal);
    let is_copy = message.has_child("received", CARBONS) || message.has_child("sent", CARBONS);
    if !is_conversation || is_copy || is_told("no-store") || is_told("no-permanent-store") {
        return false;
    }
    facts.has_body || is_told("store") || message.children().any(is_kept)
}

fn is_kept(child: &Element) -> bool {
    // Who asks for a receipt or a marker says nothing by it alone.
    let is_request = matches!(child.name(), "request" | "markable");
    !is_request && !child.has_ns(CLIENT) && KEPT.iter().any(|ns| child.has_ns(*ns))
}

/// Takes identifiers out of a message that only the archives of these accounts may give (XEP-0359 §5).
pub fn without_claims(message: &mut Element, accounts: &[&str]) {
    let is_claim = |child: &Element| {
        child.is("stanza-id", STANZA_ID) && child.attr("by").is_some_and(|by| accounts.contains(&by))
    };
    if !message.children().any(is_claim) {
        return;
    }
    for node in message.take_nodes() {
        if !node.as_element().is_some_and(is_claim) {
            message.append_node(node);
        }
    }
}

/// Says which identifier a message has in the archive of an account.
pub fn stamp_id(message: &mut Element, account: &str, id: &str) {
    message.append_child(super::answer::stanza_id(account, id));
}
