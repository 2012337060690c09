//! Entity capabilities (XEP-0115): the hash that stands for what an entity answers to `disco#info`.
//!
//! Who has the hash of a known answer need not ask. A hash is believed only where the answer gives it: otherwise one client
//! could say for others what they can do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minidom::Element;
use sha1::{Digest as _, Sha1};
use xmpp_parsers::ns;

use crate::data_form::DATA;

/// What a presence says about its sender.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caps {
    /// Which software it is, a URI.
    pub node: String,
    /// The hash of its answer.
    pub ver: String,
    /// Whether the hash is one that can be checked here: SHA-1, which everybody sends.
    pub is_verifiable: bool,
}

impl Caps {
    /// What a presence says, if it does (XEP-0115 §4).
    pub fn of(presence: &Element) -> Option<Self> {
        let c = presence.get_child("c", ns::CAPS)?;
        Some(Self {
            node: c.attr("node")?.to_owned(),
            ver: c.attr("ver")?.to_owned(),
            // Before version 1.4 there was no hash, and `ver` was a version.
            is_verifiable: c.attr("hash") == Some("sha-1"),
        })
    }

    /// The node that the sender is asked for (XEP-0115 §6.2).
    pub fn query_node(&self) -> String {
        format!("{}#{}", self.node, self.ver)
    }
}

/// The hash of an answer to `disco#info` (XEP-0115 §5.1). `None` where the answer is not one that a hash can stand for:
/// something is in it twice (§5.4 step 3).
pub fn verification_hash(info: &Element) -> Option<String> {
    let text = verification_text(info)?;
    Some(STANDARD.encode(Sha1::digest(text.as_bytes())))
}

/// The nodes whose events an entity wants (XEP-0163 §4.3.2): its features that end with `+notify`, without that.
pub fn wanted_nodes(info: &Element) -> impl Iterator<Item = &str> {
    features(info).filter_map(|feature| feature.strip_suffix("+notify")).filter(|node| !node.is_empty())
}

fn features(info: &Element) -> impl Iterator<Item = &str> {
    info.children()
        .filter(|child| child.is("feature", ns::DISCO_INFO))
        .filter_map(|feature| feature.attr("var"))
}

fn verification_text(info: &Element) -> Option<String> {
    let identities = info.children().filter(|child| child.is("identity", ns::DISCO_INFO)).map(|identity| {
        let part = |name| identity.attr(name).unwrap_or_default();
        // `xml:lang` has a namespace of its own.
        let lang = identity.attr_ns("http://www.w3.org/XML/1998/namespace", "lang").unwrap_or_default();
        format!("{}/{}/{lang}/{}", part("category"), part("type"), part("name"))
    });
    let mut forms: Vec<(String, String)> =
        info.children().filter(|child| child.is("x", DATA)).filter_map(form_text).collect();
    forms.sort_unstable();
    let is_twice = forms.windows(2).any(|pair| matches!(pair, [one, other] if one.0 == other.0));
    if is_twice {
        return None;
    }
    let mut text = String::new();
    for part in sorted(identities)?.into_iter().chain(sorted(features(info).map(str::to_owned))?) {
        text.push_str(&part);
        text.push('<');
    }
    for (_, form) in &forms {
        text.push_str(form);
    }
    Some(text)
}

/// In the order of their bytes; `None` if one is there twice.
fn sorted(parts: impl Iterator<Item = String>) -> Option<Vec<String>> {
    let mut parts: Vec<String> = parts.collect();
    parts.sort_unstable();
    let is_twice = parts.windows(2).any(|pair| matches!(pair, [one, other] if one == other));
    (!is_twice).then_some(parts)
}

/// The type of a form and what stands for it (XEP-0128); a form without a hidden type is not looked at.
fn form_text(form: &Element) -> Option<(String, String)> {
    let values = |field: &Element| {
        let mut values: Vec<String> =
            field.children().filter(|child| child.is("value", DATA)).map(Element::text).collect();
        values.sort_unstable();
        values
    };
    let fields: Vec<&Element> = form.children().filter(|child| child.is("field", DATA)).collect();
    let is_type =
        |field: &&&Element| field.attr("var") == Some("FORM_TYPE") && field.attr("type") == Some("hidden");
    let kind = values(fields.iter().find(is_type)?).into_iter().next()?;
    let mut others: Vec<(&str, Vec<String>)> = fields
        .iter()
        .filter(|field| field.attr("var") != Some("FORM_TYPE"))
        .filter_map(|field| Some((field.attr("var")?, values(field))))
        .collect();
    others.sort_unstable();
    let mut text = format!("{kind}<");
    for (var, values) in others {
        for part in std::iter::once(var).chain(values.iter().map(String::as_str)) {
            text.push_str(part);
            text.push('<');
        }
    }
    Some((kind, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(inner: &str) -> Element {
        format!("<query xmlns='http://jabber.org/protocol/disco#info'>{inner}</query>").parse().expect("xml")
    }

    const EXODUS: &str = "<identity category='client' name='Exodus 0.9.1' type='pc'/>\
        <feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#items'/>\
        <feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/muc'/>";

    #[test]
    fn hashes_are_those_of_the_standard() {
        assert_eq!(verification_hash(&info(EXODUS)).as_deref(), Some("QgayPKawpkPSDYmwT/WM94uAlu0="));
        // §5.3, with names in two languages and a form.
        let psi = "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>\
             <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>\
             <feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>\
             <feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>\
             <x xmlns='jabber:x:data' type='result'>\
             <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
             <field var='ip_version'><value>ipv4</value><value>ipv6</value></field>\
             <field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>\
             <field var='software'><value>Psi</value></field><field var='software_version'><value>0.11</value></field></x>";
        assert_eq!(verification_hash(&info(psi)).as_deref(), Some("q07IKJEyjvHSyhy//CH0CxmKi8w="));
    }

    #[test]
    fn an_answer_with_something_twice_has_no_hash() {
        let feature = "<feature var='http://jabber.org/protocol/muc'/>";
        assert_eq!(verification_hash(&info(&format!("{EXODUS}{feature}"))), None);
        let identity = "<identity category='client' name='Exodus 0.9.1' type='pc'/>";
        assert_eq!(verification_hash(&info(&format!("{EXODUS}{identity}"))), None);
        let form = "<x xmlns='jabber:x:data' type='result'>\
             <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field></x>";
        assert_eq!(verification_hash(&info(&format!("{EXODUS}{form}{form}"))), None);
        let untyped =
            "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>x</value></field></x>";
        assert_eq!(verification_hash(&info(&format!("{EXODUS}{untyped}"))), verification_hash(&info(EXODUS)));
    }

    #[test]
    fn presence_says_whom_to_ask_and_the_answer_what_is_wanted() {
        let presence =
            |c: &str| format!("<presence xmlns='jabber:client'>{c}</presence>").parse().expect("xml");
        let caps = Caps::of(&presence(
            "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://spark' ver='abc='/>",
        ));
        let caps = caps.expect("caps");
        assert_eq!((caps.query_node().as_str(), caps.is_verifiable), ("http://spark#abc=", true));
        let old =
            Caps::of(&presence("<c xmlns='http://jabber.org/protocol/caps' node='http://old' ver='1.2'/>"));
        assert_eq!(old.map(|caps| caps.is_verifiable), Some(false));
        assert_eq!(
            Caps::of(&presence("<c xmlns='http://jabber.org/protocol/caps' node='http://old'/>")),
            None
        );
        assert_eq!(Caps::of(&presence("")), None);
        let wants = info(
            "<feature var='urn:xmpp:avatar:metadata+notify'/><feature var='+notify'/><feature var='x'/>",
        );
        assert_eq!(wanted_nodes(&wants).collect::<Vec<_>>(), ["urn:xmpp:avatar:metadata"]);
    }
}
