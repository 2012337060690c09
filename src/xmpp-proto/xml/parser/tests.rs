//! The parser over whole and chopped input, and everything that it must refuse.

use cobnut_model::limits::XML_TOKEN_BYTES_MAX;
use minidom::Element;
use proptest::prelude::*;

use super::*;
use crate::xml::{ns, parse_stanza, stanza_bytes};

const LIMITS: XmlLimits = XmlLimits { stanza_bytes: 1000, depth: 4 };
const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='example.org' version='1.0' \
                      xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en'>";

fn feed(parser: &mut StreamParser, input: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), XmlError> {
    let mut rest = input;
    while let Some(event) = parser.next_event(&mut rest)? {
        events.push(event);
    }
    assert!(rest.is_empty());
    Ok(())
}

/// Parses `text` in pieces of `piece` bytes.
fn parse(text: &[u8], piece: usize) -> (Vec<StreamEvent>, Option<XmlError>) {
    let mut parser = StreamParser::new(LIMITS);
    let mut events = Vec::new();
    for chunk in text.chunks(piece) {
        if let Err(err) = feed(&mut parser, chunk, &mut events) {
            return (events, Some(err));
        }
    }
    (events, None)
}

fn condition(text: &str) -> Option<&'static str> {
    let whole = parse(text.as_bytes(), usize::MAX).1.map(|err| err.condition().name());
    let bytewise = parse(text.as_bytes(), 1).1.map(|err| err.condition().name());
    assert_eq!(whole, bytewise, "{text}");
    whole
}

#[test]
fn a_stream_is_the_same_in_any_pieces() {
    let text = format!(
        " \n{HEADER}\n <iq id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq> \n<message><body>a &amp; b</body>\
         </message></stream:stream>"
    );
    let (events, err) = parse(text.as_bytes(), usize::MAX);
    assert_eq!(err, None);
    let [
        StreamEvent::Header(header),
        StreamEvent::Stanza(iq),
        StreamEvent::Stanza(message),
        StreamEvent::End,
    ] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!(
        *header,
        StreamHeader {
            to: Some("example.org".into()),
            from: None,
            version: Some("1.0".into()),
            lang: Some("en".into())
        }
    );
    assert!(iq.is("iq", ns::CLIENT) && iq.has_child("ping", ns::PING));
    assert_eq!(message.get_child("body", ns::CLIENT).expect("body").text(), "a & b");
    for piece in 1..30 {
        assert_eq!(parse(text.as_bytes(), piece), (events.clone(), None), "{piece}");
    }
}

#[test]
fn what_rfc_6120_forbids_is_refused_with_its_condition() {
    for (after_header, expected) in [
        ("<message/>", None),
        ("   \n\t ", None),
        ("<message></iq>", Some("not-well-formed")),
        ("<message a='1' a='2'/>", Some("not-well-formed")),
        ("<message a=1/>", Some("not-well-formed")),
        ("<message>\u{1}</message>", Some("not-well-formed")),
        ("<message>&#0;</message>", Some("not-well-formed")),
        ("<!-- comment -->", Some("restricted-xml")),
        ("<message><!-- comment --></message>", Some("restricted-xml")),
        ("<?php echo ?>", Some("restricted-xml")),
        ("<message><?php echo ?></message>", Some("restricted-xml")),
        ("<message>&nbsp;</message>", Some("restricted-xml")),
        ("<message a='&nbsp;'/>", Some("restricted-xml")),
        ("<x:message/>", Some("bad-namespace-prefix")),
        ("<message x:a='1'/>", Some("bad-namespace-prefix")),
        ("hello", Some("bad-format")),
        ("<stream:stream>", Some("bad-format")),
        ("<stream:stream xmlns='jabber:client' to='example.org'>", Some("bad-format")),
        ("<a><b><c><d/></c></b></a>", None),
        ("<a><b><c><d><e/></d></c></b></a>", Some("policy-violation")),
    ] {
        assert_eq!(condition(&format!("{HEADER}{after_header}")), expected, "{after_header}");
    }
}

#[test]
fn what_is_not_a_stream_is_refused_with_its_condition() {
    for (text, expected) in [
        ("GET / HTTP/1.1\r\n\r\n", "not-well-formed"),
        ("\u{16}\u{3}\u{1}\u{2}", "not-well-formed"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><stream:stream", "restricted-xml"),
        ("<?xml version='1.0'?><!DOCTYPE a>", "restricted-xml"),
        ("<?xml version='1.0'?><!-- a --><a/>", "restricted-xml"),
        ("<?xml version='1.0' encoding='iso-8859-1'?><a/>", "restricted-xml"),
        ("<?php echo ?>", "restricted-xml"),
        ("<stream xmlns='jabber:client'>", "invalid-namespace"),
        ("<a/>", "invalid-namespace"),
        ("<s:stream xmlns:s='http://example.org'>", "invalid-namespace"),
        ("<stream:stream>", "bad-namespace-prefix"),
        ("<s:other xmlns:s='http://etherx.jabber.org/streams'>", "bad-format"),
    ] {
        assert_eq!(condition(text), Some(expected), "{text}");
    }
    assert_eq!(
        parse(b"<a b='\xff\xfe'", 1).1.map(|err| err.condition().name()),
        Some("not-well-formed"),
        "bytes that are not UTF-8"
    );
}

#[test]
fn sizes_are_counted_for_each_stanza() {
    let fits = format!("<message><body>{}</body></message>", "x".repeat(900));
    assert_eq!(condition(&format!("{HEADER}{fits}{fits}{fits}")), None);
    let too_large = format!("<message><body>{}</body></message>", "x".repeat(1000));
    assert_eq!(condition(&format!("{HEADER}{fits}{too_large}")), Some("policy-violation"));
    assert_eq!(
        condition(&format!("{HEADER}<a b='{}'/>", "x".repeat(1000))),
        Some("policy-violation"),
        "one attribute"
    );
    assert_eq!(condition(&format!("<a b='{}'", "x".repeat(1000))), Some("policy-violation"), "header");
    assert_eq!(condition(&format!("{HEADER}{}", " ".repeat(5000))), None, "keep-alives are no stanza");
}

#[test]
fn names_and_values_have_a_limit_of_their_own_and_text_has_not() {
    let roomy = XmlLimits { stanza_bytes: 16 * XML_TOKEN_BYTES_MAX, depth: 4 };
    let parse = |stanza: String, piece: usize| {
        let mut parser = StreamParser::new(roomy);
        let mut events = Vec::new();
        let text = format!("{HEADER}{stanza}");
        let result =
            text.as_bytes().chunks(piece).try_for_each(|chunk| feed(&mut parser, chunk, &mut events));
        (events.pop(), result.err())
    };
    for piece in [1000, usize::MAX] {
        let too_long = "x".repeat(XML_TOKEN_BYTES_MAX + 1);
        for stanza in [format!("<message a='{too_long}'/>"), format!("<{too_long}/>")] {
            assert_eq!(parse(stanza, piece).1, Some(XmlError::TooLarge { limit: XML_TOKEN_BYTES_MAX }));
        }
        let value = "x".repeat(XML_TOKEN_BYTES_MAX - 1);
        assert_eq!(parse(format!("<message a='{value}'/>"), piece).1, None);
        // The lexer passes long text in pieces; a character of several bytes may lie on the border.
        for shift in 0..3 {
            let text = format!("{}{}", "-".repeat(shift), "\u{20ac}".repeat(XML_TOKEN_BYTES_MAX));
            let (last, err) = parse(format!("<message>{text}</message>"), piece);
            assert_eq!(err, None);
            let Some(StreamEvent::Stanza(message)) = last else { panic!("no stanza") };
            assert_eq!(message.nodes().count(), 1, "one text");
            assert_eq!(message.text(), text);
        }
    }
}

#[test]
fn stanzas_are_written_as_a_client_stream_expects() {
    for (read, written) in [
        (
            "<message xmlns='jabber:client' to='a@b'><body>x</body></message>",
            r#"<message to="a@b"><body>x</body></message>"#,
        ),
        ("<iq><query xmlns='jabber:iq:roster'/></iq>", r#"<iq><query xmlns="jabber:iq:roster"/></iq>"#),
        (
            "<message><f:forwarded xmlns:f='urn:xmpp:forward:0'><message><body/></message></f:forwarded></message>",
            "<message><forwarded xmlns=\"urn:xmpp:forward:0\"><message xmlns=\"jabber:client\"><body/></message>\
             </forwarded></message>",
        ),
        ("<message xml:lang='de'/>", r#"<message xml:lang="de"/>"#),
        ("<a xmlns:p='urn:p' p:x='1'/>", r#"<a xmlns:a0="urn:p" a0:x="1"/>"#),
        ("<a><b xmlns=''/></a>", r#"<a><b xmlns=""/></a>"#),
        ("<a b=\"'&lt;&#10;\">&lt;>&amp;\r\n</a>", "<a b=\"&apos;&lt;&#10;\">&lt;&gt;&amp;\n</a>"),
    ] {
        let stanza = parse_stanza(read.as_bytes()).expect(read);
        assert_eq!(stanza_bytes(&stanza), written);
        assert_eq!(parse_stanza(written.as_bytes()).expect(written), stanza);
    }
}

#[test]
fn fragments_are_single_stanzas() {
    assert!(parse_stanza(b" <message/>\n").is_ok());
    for bad in ["", "<message>", "<message/><message/>", "text", "</stream:stream>", "<a></b>"] {
        assert!(parse_stanza(bad.as_bytes()).is_err(), "{bad}");
    }
}

fn element() -> impl Strategy<Value = Element> {
    let text = "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{7f}-\u{9f}\u{fffe}\u{ffff}]{1,12}";
    let namespace = prop_oneof![Just(ns::CLIENT), Just("urn:a"), Just("urn:b")];
    let leaf = (namespace.clone(), "[a-z]{1,5}", text).prop_map(|(ns, name, value)| {
        let mut element = Element::bare(name, ns);
        element.set_attr(rxml::Namespace::NONE, "a".try_into().expect("name"), value);
        element
    });
    leaf.prop_recursive(3, 12, 3, move |inner| {
        (namespace.clone(), "[a-z]{1,5}", text, prop::collection::vec(inner, 0..3)).prop_map(
            |(ns, name, text, children)| {
                let mut element = Element::bare(name, ns);
                element.append_text(text);
                for child in children {
                    element.append_child(child);
                }
                element
            },
        )
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(element in element()) {
        let written = stanza_bytes(&element);
        prop_assert_eq!(parse_stanza(&written).expect("own output"), element);
    }

    #[test]
    fn no_input_panics(input in prop::collection::vec(any::<u8>(), 0..200), piece in 1_usize..20) {
        parse(&input, piece);
        let mut inside = HEADER.as_bytes().to_vec();
        inside.extend(input);
        parse(&inside, piece);
    }
}
