//! What subscribers are told (XEP-0060 §7.1.2, §7.2.2, §8.2.5, §8.4.2, §8.5.2).

use minidom::Element;
use xmpp_parsers::ns;

use super::NS_EVENT;
use super::config::NodeConfig;
use crate::stanza::ElementExt as _;

/// The message that carries an event, without `to`. It is an alert: nobody keeps it for who is away (XEP-0060 §7.1.2.3).
pub fn notification(from: &str, event: Element) -> Element {
    Element::bare("message", ns::JABBER_CLIENT)
        .with_attr("type", "headline")
        .with_attr("from", from)
        .with_child(Element::bare("event", NS_EVENT).with_child(event))
}

/// Items were published, or are told again: names and payloads.
pub fn items_event<'i>(
    node: &str,
    items: impl IntoIterator<Item = (&'i str, Option<&'i Element>)>,
) -> Element {
    let mut event = about("items", node);
    for (id, payload) in items {
        let mut item = Element::bare("item", NS_EVENT).with_attr("id", id);
        if let Some(payload) = payload {
            item.append_child(payload.clone());
        }
        event.append_child(item);
    }
    event
}

/// An item was taken back.
pub fn retracted_event(node: &str, id: &str) -> Element {
    about("items", node).with_child(Element::bare("retract", NS_EVENT).with_attr("id", id))
}

/// All items were taken back.
pub fn purged_event(node: &str) -> Element {
    about("purge", node)
}

/// The node is no more.
pub fn deleted_event(node: &str) -> Element {
    about("delete", node)
}

/// The node has another configuration.
pub fn configured_event(node: &str, config: &NodeConfig) -> Element {
    about("configuration", node).with_child(config.to_form("result"))
}

fn about(what: &str, node: &str) -> Element {
    Element::bare(what, NS_EVENT).with_attr("node", node)
}
