//! XEP-0203: Delayed Delivery, the stamp on stored messages.

use cobnut_xmpp_proto::stanza::ElementExt as _;
use jiff::Timestamp;
use minidom::{Element, Node};
use xmpp_parsers::ns;

/// The stamp; `at_ms` is milliseconds since 1970.
pub(crate) fn element(from: &str, at_ms: u64) -> Element {
    let at = i64::try_from(at_ms).ok().and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok());
    let stamp = at.unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    Element::bare("delay", ns::DELAY).with_attr("from", from).with_attr("stamp", stamp)
}

fn is_stamp(child: &Element, from: &str) -> bool {
    child.is("delay", ns::DELAY) && child.attr("from") == Some(from)
}

/// Whether `from` stamped the message.
pub(super) fn is_stamped(message: &Element, from: &str) -> bool {
    message.children().any(|child| is_stamp(child, from))
}

/// Removes stamps that claim to be ours from what a client sends (XEP-0203 §5).
pub(crate) fn remove_forged(message: &mut Element, domain: &str) {
    if !is_stamped(message, domain) {
        return;
    }
    for node in message.take_nodes() {
        match node {
            Node::Element(child) if is_stamp(&child, domain) => {}
            kept => message.append_node(kept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forged_stamps_are_removed_and_others_kept() {
        let mut message: Element = "<message xmlns='jabber:client'><body>x</body>\
             <delay xmlns='urn:xmpp:delay' from='example.net'/><delay xmlns='urn:xmpp:delay' from='room@x'/></message>"
            .parse()
            .unwrap();
        remove_forged(&mut message, "example.net");
        assert!(!is_stamped(&message, "example.net") && is_stamped(&message, "room@x"));
        assert_eq!(message.children().count(), 2);
    }

    #[test]
    fn the_stamp_is_utc() {
        let element = element("example.net", 1_000_000_000_123);
        assert_eq!(element.attr("stamp"), Some("2001-09-09T01:46:40.123Z"));
        assert_eq!(element.attr("from"), Some("example.net"));
    }
}
