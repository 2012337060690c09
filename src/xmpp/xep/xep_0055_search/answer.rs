//! What the service says: the form to fill in, and who was found.

use cobnut_store::DirectoryEntry;
use cobnut_xmpp_proto::stanza::ElementExt as _;
use jid::BareJid;
use minidom::Element;
use xmpp_parsers::ns;

use super::NS;
use super::request::Wanted;
use crate::settings::SearchField;

const TITLE: &str = "Advanced User Search";
const INSTRUCTIONS: &str = "Fill in a text and choose where to look for it. A * stands for any characters.";

/// The answer to a `get`.
pub(super) fn form(fields: &[SearchField]) -> Element {
    let mut query =
        Element::bare("query", NS).with_child(Element::bare("instructions", NS).with_text(INSTRUCTIONS));
    for name in ["first", "last", "nick", "email"] {
        query.append_child(Element::bare(name, NS));
    }
    let search = data_field("search", Some("text-single"), Some("Search"))
        .with_child(Element::bare("required", ns::DATA_FORMS));
    let mut form = data_form("form")
        .with_child(text("title", TITLE))
        .with_child(text("instructions", INSTRUCTIONS))
        .with_child(form_type())
        .with_child(search);
    for field in fields {
        let switch = data_field(field.name(), Some("boolean"), Some(field.name()));
        form.append_child(switch.with_child(text("value", "1")));
    }
    query.with_child(form)
}

/// The answer to everything where clients may not search.
pub(super) fn switched_off() -> Element {
    let form = data_form("cancel")
        .with_child(text("title", TITLE))
        .with_child(text("instructions", "This service is unavailable."));
    Element::bare("query", NS).with_child(form)
}

/// The answer to a search, in the form in which it was asked.
pub(super) fn results(
    wanted: &Wanted,
    found: &[DirectoryEntry],
    fields: &[SearchField],
    domain: &str,
) -> Element {
    let people = found.iter().filter_map(|entry| Some((address(entry, domain)?, entry)));
    let mut query = Element::bare("query", NS);
    if let Some(told) = &wanted.legacy {
        for (address, entry) in people {
            let mut item = Element::bare("item", NS).with_attr("jid", address);
            for (name, field) in told {
                item.append_child(Element::bare(*name, NS).with_text(&shown(entry, *field)));
            }
            query.append_child(item);
        }
        return query;
    }
    let mut reported = Element::bare("reported", ns::DATA_FORMS).with_child(data_field(
        "jid",
        Some("jid-single"),
        Some("JID"),
    ));
    for field in fields {
        reported.append_child(data_field(field.name(), Some("text-single"), Some(field.name())));
    }
    let mut form = data_form("result").with_child(form_type()).with_child(reported);
    for (address, entry) in people {
        let cell = |var: &str, value: &str| data_field(var, None, None).with_child(text("value", value));
        let mut item = Element::bare("item", ns::DATA_FORMS).with_child(cell("jid", &address));
        for field in fields {
            item.append_child(cell(field.name(), &shown(entry, *field)));
        }
        form.append_child(item);
    }
    query.with_child(form)
}

/// Old tables may hold names that are no part of an address.
fn address(entry: &DirectoryEntry, domain: &str) -> Option<String> {
    BareJid::new(&format!("{}@{domain}", entry.username)).ok().map(|jid| jid.to_string())
}

fn shown(entry: &DirectoryEntry, field: SearchField) -> String {
    match field {
        SearchField::Username => unescape_node(&entry.username),
        SearchField::Name => entry.name.as_deref().unwrap_or_default().trim().to_owned(),
        SearchField::Email => entry.email.as_deref().unwrap_or_default().trim().to_owned(),
    }
}

/// What a person reads instead of an escaped localpart (XEP-0106 §4).
fn unescape_node(node: &str) -> String {
    const ESCAPES: [(&str, char); 10] = [
        ("\\20", ' '),
        ("\\22", '"'),
        ("\\26", '&'),
        ("\\27", '\''),
        ("\\2f", '/'),
        ("\\3a", ':'),
        ("\\3c", '<'),
        ("\\3e", '>'),
        ("\\40", '@'),
        ("\\5c", '\\'),
    ];
    let (mut text, mut rest) = (String::with_capacity(node.len()), node);
    while let Some(character) = rest.chars().next() {
        let escape = ESCAPES.iter().find(|(escape, _)| rest.starts_with(escape));
        let (meant, len) =
            escape.map_or((character, character.len_utf8()), |(escape, meant)| (*meant, escape.len()));
        text.push(meant);
        rest = rest.get(len..).unwrap_or_default();
    }
    text
}

fn data_form(kind: &str) -> Element {
    Element::bare("x", ns::DATA_FORMS).with_attr("type", kind)
}

fn form_type() -> Element {
    data_field("FORM_TYPE", Some("hidden"), None).with_child(text("value", NS))
}

fn data_field(var: &str, kind: Option<&str>, label: Option<&str>) -> Element {
    Element::bare("field", ns::DATA_FORMS)
        .with_attr("var", var)
        .with_attr_opt("type", kind)
        .with_attr_opt("label", label)
}

fn text(name: &str, text: &str) -> Element {
    Element::bare(name, ns::DATA_FORMS).with_text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_what_was_escaped() {
        for (node, want) in [
            ("ann", "ann"),
            ("d\\27artagnan", "d'artagnan"),
            ("user\\40corp", "user@corp"),
            ("a\\5c20b", "a\\20b"),
            ("tail\\2", "tail\\2"),
            ("李\\20x", "李 x"),
        ] {
            assert_eq!(unescape_node(node), want);
        }
    }
}
