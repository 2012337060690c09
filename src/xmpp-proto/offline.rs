//! Flexible offline message retrieval (XEP-0013): a client looks through what waits for it before it takes any of it.

use cobnut_model::limits;
use minidom::Element;
use xmpp_parsers::ns;

use crate::data_form::FormWriter;
use crate::stanza::{Condition, ElementExt as _};

/// The namespace, and the node that is asked for what waits.
pub const NS_OFFLINE: &str = "http://jabber.org/protocol/offline";

/// What a client wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfflineRequest {
    /// §2.5: be sent all.
    Fetch,
    /// §2.6: forget all.
    Purge,
    /// §2.3: be sent these.
    View(Vec<String>),
    /// §2.4: forget these.
    Remove(Vec<String>),
}

impl OfflineRequest {
    /// Reads a request of type `set` or `get`.
    pub fn of(offline: &Element, is_set: bool) -> Result<Self, Condition> {
        let first = offline.children().next().ok_or(Condition::BadRequest)?;
        match (first.name(), is_set) {
            ("fetch", false) => Ok(Self::Fetch),
            ("purge", true) => Ok(Self::Purge),
            ("item", false) => names(offline, "view").map(Self::View),
            ("item", true) => names(offline, "remove").map(Self::Remove),
            _ => Err(Condition::BadRequest),
        }
    }
}

fn names(offline: &Element, action: &str) -> Result<Vec<String>, Condition> {
    let name = |item: &Element| {
        let is_meant = item.is("item", NS_OFFLINE) && item.attr("action") == Some(action);
        item.attr("node").filter(|_| is_meant).map(str::to_owned).ok_or(Condition::BadRequest)
    };
    if offline.children().count() > limits::OFFLINE_NAMED_MAX {
        return Err(Condition::NotAcceptable);
    }
    offline.children().map(name).collect()
}

/// The answer to `disco#info` about what waits: how much (§2.1).
pub fn info(count: usize) -> Element {
    let mut form = FormWriter::new("result", NS_OFFLINE);
    form.field("number_of_messages", "text-single", None, [count.to_string().as_str()]);
    let feature = |var: &str| Element::bare("feature", ns::DISCO_INFO).with_attr("var", var);
    let identity = Element::bare("identity", ns::DISCO_INFO)
        .with_attr("category", "automation")
        .with_attr("type", "message-list");
    Element::bare("query", ns::DISCO_INFO)
        .with_attr("node", NS_OFFLINE)
        .with_child(identity)
        .with_child(feature(NS_OFFLINE))
        .with_child(form.finish())
}

/// The answer to `disco#items` about what waits: names and senders (§2.2).
pub fn list(account: &str, messages: impl IntoIterator<Item = (String, String)>) -> Element {
    let mut query = Element::bare("query", ns::DISCO_ITEMS).with_attr("node", NS_OFFLINE);
    for (node, sender) in messages {
        let item = Element::bare("item", ns::DISCO_ITEMS)
            .with_attr("jid", account)
            .with_attr("node", node)
            .with_attr("name", sender);
        query.append_child(item);
    }
    query
}

/// What a message that is sent says of its name (§2.3).
pub fn mark(node: &str) -> Element {
    Element::bare("offline", NS_OFFLINE).with_child(Element::bare("item", NS_OFFLINE).with_attr("node", node))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str, is_set: bool) -> Result<OfflineRequest, Condition> {
        let offline: Element =
            format!("<offline xmlns='{NS_OFFLINE}'>{inner}</offline>").parse().expect("xml");
        OfflineRequest::of(&offline, is_set)
    }

    #[test]
    fn requests_are_read() {
        let names = || vec!["a".to_owned(), "b".to_owned()];
        let items =
            |action: &str| format!("<item action='{action}' node='a'/><item action='{action}' node='b'/>");
        assert_eq!(read("<fetch/>", false), Ok(OfflineRequest::Fetch));
        assert_eq!(read("<purge/>", true), Ok(OfflineRequest::Purge));
        assert_eq!(read(&items("view"), false), Ok(OfflineRequest::View(names())));
        assert_eq!(read(&items("remove"), true), Ok(OfflineRequest::Remove(names())));
        for (refused, is_set) in [
            ("", false),
            ("<fetch/>", true),
            ("<purge/>", false),
            (items("view").as_str(), true),
            (items("remove").as_str(), false),
            ("<item action='view'/>", false),
            ("<item action='view' node='a'/><x/>", false),
            ("<other/>", true),
        ] {
            assert_eq!(read(refused, is_set), Err(Condition::BadRequest), "{refused} {is_set}");
        }
        let many = "<item action='view' node='a'/>".repeat(limits::OFFLINE_NAMED_MAX + 1);
        assert_eq!(read(&many, false), Err(Condition::NotAcceptable));
    }

    #[test]
    fn answers_are_those_of_the_standard() {
        let count = "<x xmlns='jabber:x:data' type='result'>\
             <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/offline</value></field>\
             <field var='number_of_messages' type='text-single'><value>66</value></field></x>";
        let expected = format!(
            "<query xmlns='http://jabber.org/protocol/disco#info' node='{NS_OFFLINE}'>\
             <identity category='automation' type='message-list'/><feature var='{NS_OFFLINE}'/>{count}</query>"
        );
        assert_eq!(info(66), expected.parse().expect("xml"));
        let expected = format!(
            "<query xmlns='http://jabber.org/protocol/disco#items' node='{NS_OFFLINE}'>\
             <item jid='romeo@montague.net' node='1' name='mercutio@shakespeare.lit/pda'/></query>"
        );
        let one = [("1".to_owned(), "mercutio@shakespeare.lit/pda".to_owned())];
        assert_eq!(list("romeo@montague.net", one), expected.parse().expect("xml"));
    }
}
