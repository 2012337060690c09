//! Whether what arrived is what a client needs: a template of XML against a stanza.
//!
//! A template says what must be there; what else is there does not matter. `{name}` in a value takes what stands there, and
//! wants the same again the next time; `{_}` is anything but nothing; an attribute of `{none}` must be missing. A child
//! `<t:no>` names what must not be there.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use roxmltree::{Document, Node};

/// What the names in braces stand for.
pub(super) type Values = BTreeMap<String, String>;

/// The namespace of `<t:no>`.
const TEMPLATE: &str = "transcript";
/// The namespaces in which stanzas and templates are read.
const CONTEXT: &str =
    "<t:context xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:t='transcript'>";

/// Replaces the names in braces.
pub(super) fn fill(text: &str, values: &Values) -> Result<String> {
    let filled = fill_known(text, values);
    ensure!(!filled.contains('{'), "a name without a value in {filled}");
    Ok(filled)
}

/// The values afterwards, if a stanza is what the template wants.
pub(super) fn matches(template: &str, stanza: &str, values: &Values) -> Result<Option<Values>> {
    let (template, stanza) = (in_context(template), in_context(stanza));
    let template = Document::parse(&template).with_context(|| format!("the template {template}"))?;
    let stanza = Document::parse(&stanza).with_context(|| format!("what arrived: {stanza}"))?;
    let [wanted, found] = [&template, &stanza].map(|document| document.root_element().first_element_child());
    let wanted = wanted.context("an element in the template")?;
    Ok(found.and_then(|found| element(wanted, found, values)))
}

fn in_context(text: &str) -> String {
    // The header of a stream is an element that has not ended.
    let is_header = text.starts_with("<stream:stream") && !text.ends_with("/>");
    let end = if is_header { "</stream:stream>" } else { "" };
    format!("{CONTEXT}{text}{end}</t:context>")
}

fn element(wanted: Node<'_, '_>, found: Node<'_, '_>, values: &Values) -> Option<Values> {
    if wanted.tag_name() != found.tag_name() {
        return None;
    }
    let mut values = values.clone();
    for attribute in wanted.attributes() {
        let there = found
            .attributes()
            .find(|other| other.name() == attribute.name() && other.namespace() == attribute.namespace());
        match (attribute.value(), there) {
            ("{none}", None) => {}
            ("{none}", Some(_)) | (_, None) => return None,
            (wanted, Some(there)) => value(wanted, there.value(), &mut values)?,
        }
    }
    let text = own_text(wanted);
    if !text.is_empty() {
        value(&text, &own_text(found), &mut values)?;
    }
    let (forbidden, needed): (Vec<_>, Vec<_>) = wanted
        .children()
        .filter(Node::is_element)
        .partition(|child| child.tag_name().namespace() == Some(TEMPLATE));
    let there: Vec<_> = found.children().filter(Node::is_element).collect();
    let values = children(&needed, &there, &mut vec![false; there.len()], &values)?;
    let mut forbidden = forbidden.iter().flat_map(|no| no.children().filter(Node::is_element));
    let is_spoilt = forbidden.any(|no| there.iter().any(|child| element(no, *child, &values).is_some()));
    (!is_spoilt).then_some(values)
}

/// Finds a child of its own for each that is needed.
fn children(
    needed: &[Node<'_, '_>],
    there: &[Node<'_, '_>],
    taken: &mut [bool],
    values: &Values,
) -> Option<Values> {
    let Some((first, rest)) = needed.split_first() else { return Some(values.clone()) };
    for (index, child) in there.iter().enumerate() {
        if taken[index] {
            continue;
        }
        let Some(values) = element(*first, *child, values) else { continue };
        taken[index] = true;
        let all = children(rest, there, taken, &values);
        if all.is_some() {
            return all;
        }
        taken[index] = false;
    }
    None
}

fn own_text(node: Node<'_, '_>) -> String {
    let texts: Vec<&str> = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
    texts.concat().trim().to_owned()
}

/// A value with at most one name that has none yet.
fn value(wanted: &str, found: &str, values: &mut Values) -> Option<()> {
    let wanted = fill_known(wanted, values);
    let Some((before, name, after)) = next_name(&wanted) else { return (wanted == found).then_some(()) };
    let taken = found.strip_prefix(before)?.strip_suffix(after)?;
    if taken.is_empty() {
        return None;
    }
    if name != "_" {
        values.insert(name.to_owned(), taken.to_owned());
    }
    Some(())
}

fn fill_known(text: &str, values: &Values) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// What is before, in and after the first braces.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(template: &str, stanza: &str) -> Option<Values> {
        let known = Values::from([("known".to_owned(), "7".to_owned())]);
        matches(template, stanza, &known).expect("XML")
    }

    #[test]
    fn what_is_wanted_must_be_there_and_more_may() {
        let stanza = "<iq type='result' id='7' to='x'><query xmlns='q'><item jid='a'/><item jid='b'>text</item></query></iq>";
        for (template, is_match) in [
            ("<iq type='result'/>", true),
            ("<iq id='{known}'><query xmlns='q'><item jid='b'/></query></iq>", true),
            ("<iq><query xmlns='q'><item jid='b'>text</item><item jid='a'/></query></iq>", true),
            ("<iq id='{none}'/>", false),
            ("<iq from='{none}'/>", true),
            ("<iq from='{_}'/>", false),
            ("<iq><query/></iq>", false),
            ("<message/>", false),
            ("<iq><query xmlns='q'><item jid='a'>text</item></query></iq>", false),
            ("<iq><query xmlns='q'><item/><item/><item/></query></iq>", false),
            ("<iq><t:no><query xmlns='q'/></t:no></iq>", false),
            ("<iq><query xmlns='q'><t:no><item jid='c'/></t:no></query></iq>", true),
            ("<iq><query xmlns='q'><t:no><item><t:no><x/></t:no></item></t:no></query></iq>", false),
        ] {
            assert_eq!(matched(template, stanza).is_some(), is_match, "{template}");
        }
    }

    #[test]
    fn names_take_values_and_keep_them() {
        let stanza = "<a x='room@b/nick' y='nick'><c z='1'/><c z='2'/></a>";
        let values = matched("<a x='room@b/{who}' y='{who}'/>", stanza).expect("a match");
        assert_eq!(values["who"], "nick");
        assert!(matched("<a x='{all}' y='{all}'/>", stanza).is_none());
        // The first choice for a child may be the wrong one for the next.
        let values = matched("<a><c z='{one}'/><c z='1'/></a>", stanza).expect("a match");
        assert_eq!(values["one"], "2");
    }

    #[test]
    fn stream_headers_and_features_are_matched() {
        let header =
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='5'>";
        assert_eq!(matched("<stream:stream id='{stream}'/>", header).expect("a match")["stream"], "5");
        assert!(matched("<stream:features><x xmlns='y'/></stream:features>", header).is_none());
    }

    #[test]
    fn nothing_is_sent_with_a_name_in_it() {
        let values = Values::from([("a".to_owned(), "1".to_owned())]);
        assert_eq!(fill("<x y='{a}'/>", &values).expect("filled"), "<x y='1'/>");
        assert!(fill("<x y='{b}'/>", &values).is_err());
    }
}
