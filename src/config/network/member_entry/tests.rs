//! Hazelcast's reading of member entries, as a table and as properties.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cobnut_diagnostics::Span;
use proptest::prelude::*;

use super::*;

/// Host and port in one short form: what the entry was taken for.
fn reading(token: &str) -> String {
    let entry = MemberEntry::from_text(token);
    let host = match &entry.host {
        Host::Empty => "empty".to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv4Range { network: [a, b, c], first, last } => format!("{a}.{b}.{c}.{first}-{last}"),
        Host::UndiallablePattern(_) => "pattern".to_owned(),
        Host::Ipv6(address) => address.to_string(),
        Host::ShortForm(address) => format!("short {address}"),
        Host::Name(name) => format!("name {name}"),
        Host::Unresolvable(_) => "none".to_owned(),
    };
    let port = match &entry.port {
        EntryPort::Unset => "-".to_owned(),
        EntryPort::Number(port) => port.to_string(),
        EntryPort::OutOfRange(number) => format!("!{number}"),
        EntryPort::NotANumber(_) => "fatal".to_owned(),
    };
    format!("{host} / {port} / {:?}", entry.outcome())
}

/// Token, then host / port / outcome; configured port 5701, auto-increment on.
const READINGS: &[(&str, &str)] = &[
    ("192.168.5.1:5701", "192.168.5.1 / 5701 / Dialled"),
    ("192.168.5.1", "192.168.5.1 / - / Dialled"),
    ("192.168.5:1:5701", "none / - / Skipped"),
    ("1.2.3:4:5701", "none / - / Skipped"),
    ("192.168.5.1:5701:5702", "none / - / Skipped"),
    ("192.168.5.1::5701", "none / - / Skipped"),
    ("192:168:5:1", "none / - / Skipped"),
    ("192:168:5:1:5701", "none / - / Skipped"),
    ("192.168.5:5701", "short 192.168.0.5 / 5701 / DialledElsewhere(192.168.0.5)"),
    ("192.168.5", "short 192.168.0.5 / - / DialledElsewhere(192.168.0.5)"),
    ("192.168.5:1", "short 192.168.0.5 / 1 / DialledElsewhere(192.168.0.5)"),
    ("10.1", "short 10.0.0.1 / - / DialledElsewhere(10.0.0.1)"),
    ("5701", "short 0.0.22.69 / - / DialledElsewhere(0.0.22.69)"),
    ("192", "short 0.0.0.192 / - / DialledElsewhere(0.0.0.192)"),
    ("192.168.5.", "none / - / Skipped"),
    ("192.168.5.1.", "192.168.5.1 / - / Dialled"),
    ("192.168..5.1", "none / - / Skipped"),
    (".192.168.5.1", "none / - / Skipped"),
    ("192.168.05.01", "192.168.5.1 / - / Dialled"),
    ("010.0.0.1", "10.0.0.1 / - / Dialled"),
    ("192.168.5.256", "none / - / Skipped"),
    ("192.168.5.l", "none / - / Skipped"),
    ("192.168.5.-1", "none / - / Skipped"),
    ("192.168.5.1:", "192.168.5.1 / fatal / Stops"),
    ("192.168.5.1:abc", "192.168.5.1 / fatal / Stops"),
    (":5701", "none / - / Skipped"),
    ("192.168.5.1:+5701", "192.168.5.1 / 5701 / Dialled"),
    ("192.168.5.1:-1", "192.168.5.1 / - / Dialled"),
    ("192.168.5.1:-2", "192.168.5.1 / !-2 / Stops"),
    ("192.168.5.1:0", "192.168.5.1 / 0 / NeverConnects"),
    ("192.168.5.1:99999", "192.168.5.1 / !99999 / Stops"),
    ("192.168.5.1:65536", "192.168.5.1 / !65536 / Stops"),
    ("192.168.5.1:99999999999", "192.168.5.1 / fatal / Stops"),
    ("192.168.5.1-10", "192.168.5.1-10 / - / Dialled"),
    ("192.168.5.1-10:5701", "192.168.5.1-10 / 5701 / Dialled"),
    ("192.168.5.10-1", "192.168.5.10-1 / - / Nothing"),
    ("192.168.5.*", "192.168.5.0-255 / - / Dialled"),
    ("192.168.*.1", "pattern / - / Skipped"),
    ("192.168.5-6.1", "pattern / - / Skipped"),
    ("*.*.*.*", "pattern / - / Skipped"),
    ("*", "none / - / Skipped"),
    ("192.168.5.1/24", "none / - / Skipped"),
    ("http://192.168.5.1:5701", "none / - / Skipped"),
    ("http://node1", "name http / fatal / Stops"),
    ("node1", "name node1 / - / Dialled"),
    ("node1:5701", "name node1 / 5701 / Dialled"),
    ("node_1:5701", "name node_1 / 5701 / Dialled"),
    ("db.example.com.", "name db.example.com. / - / Dialled"),
    ("1a.example.com", "name 1a.example.com / - / Dialled"),
    ("node!", "none / - / Skipped"),
    ("localhost", "name localhost / - / Dialled"),
    ("127.0.0.1", "127.0.0.1 / - / Dialled"),
    ("0.0.0.0", "0.0.0.0 / - / Dialled"),
    ("::1", "::1 / - / Dialled"),
    ("[::1]", "::1 / - / Dialled"),
    ("[::1]:5701", "::1 / 5701 / Dialled"),
    ("::1:5701", "::1:5701 / - / Dialled"),
    ("2001:db8::1:5701", "2001:db8::1:5701 / - / Dialled"),
    ("2001:db8:0:0:0:0:0:1:5701", "none / - / Skipped"),
    ("fe80::1%eth0", "fe80::1 / - / Dialled"),
    ("[fe80::1%eth0]:5701", "fe80::1 / 5701 / Dialled"),
    ("[fe80::1]%eth0:5701", "fe80::1 / - / Dialled"),
    ("[fe80::1]:x", "fe80::1 / fatal / Stops"),
    ("::ffff:192.168.5.1", "192.168.5.1 / - / Dialled"),
    ("[192.168.5.1]", "none / - / Skipped"),
    ("[192.168.5.1]:5701", "none / 5701 / Skipped"),
    ("[::1", "none / - / Skipped"),
    ("192.168.5.1\u{a0}", "none / - / Skipped"),
    ("10.0.0.1\t10.0.0.2", "none / - / Skipped"),
    ("１９２.168.5.1", "none / - / Skipped"),
    ("192.168.5.1：5701", "none / - / Skipped"),
    ("192。168。5。1:5701", "none / 5701 / Skipped"),
    ("192.168.5.1:５７０１", "192.168.5.1 / 5701 / Dialled"),
    ("1O.0.0.1", "none / - / Skipped"),
    ("", "empty / - / Loopback"),
];

#[test]
fn tokens_are_read_as_hazelcast_reads_them() {
    for (token, expected) in READINGS {
        assert_eq!(reading(token), *expected, "{token:?}");
    }
}

#[test]
fn elements_split_at_commas_then_at_semicolons_and_single_blanks() {
    let cases: [(&str, &[&str]); 11] = [
        ("a,b", &["a", "b"]),
        (" a ,\n\tb , ", &["a", "b"]),
        (",,a,,b,,", &["a", "b"]),
        ("a;b", &["a", "b"]),
        ("a b", &["a", "b"]),
        ("a; b", &["a", "", "b"]),
        ("a  b", &["a", "", "b"]),
        ("a;", &["a"]),
        ("192,168,5,1", &["192", "168", "5", "1"]),
        ("192.168.5.1: 5701", &["192.168.5.1:", "5701"]),
        ("192.168.5.1 :5701", &["192.168.5.1", ":5701"]),
    ];
    for (text, expected) in cases {
        let entries = split_entries(text, EntryElement::Members, Span::default(), Span::from);
        let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(texts, expected, "{text:?}");
        for entry in &entries {
            assert_eq!(text.get(entry.span.range()), Some(entry.text.as_str()), "{text:?}");
        }
    }
}

fn address_like() -> impl Strategy<Value = String> {
    "[0-9a-fA-FlOx.:;, \\[\\]%*/_：。１\\-\u{a0}]{0,40}"
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_spans_fit(text in prop_oneof![".{0,80}", address_like()]) {
        for entry in split_entries(&text, EntryElement::Member, Span::default(), Span::from) {
            prop_assert_eq!(text.get(entry.span.range()), Some(entry.text.as_str()));
            let _judged = entry.outcome();
            prop_assert_eq!(MemberEntry::from_text(&entry.text).outcome(), entry.outcome());
        }
    }

    #[test]
    fn well_formed_entries_are_dialled_as_written(octets: [u8; 4], port in 1_u16..) {
        let address = Ipv4Addr::from(octets);
        let entry = MemberEntry::from_text(&format!("{address}:{port}"));
        prop_assert_eq!(entry.outcome(), Outcome::Dialled);
        prop_assert_eq!(entry.single_address(), Some(IpAddr::V4(address)));
        prop_assert_eq!(entry.written_port(), Some(port));
    }

    #[test]
    fn bracketed_ipv6_keeps_its_port(segments: [u16; 8], port in 1_u16..) {
        let address = Ipv6Addr::from(segments);
        // Rust writes mapped addresses with dots, which Hazelcast reads as IPv4.
        prop_assume!(address.to_ipv4().is_none() && !address.to_string().contains('.'));
        let entry = MemberEntry::from_text(&format!("[{address}]:{port}"));
        prop_assert_eq!(entry.single_address(), Some(IpAddr::V6(address)));
        prop_assert_eq!(entry.written_port(), Some(port));
    }

    #[test]
    fn an_address_with_two_colons_and_no_brackets_is_never_dialled(octets: [u8; 4], port in 1_u16.., dot in 0_usize..3) {
        let address = Ipv4Addr::from(octets).to_string();
        let at = address.match_indices('.').nth(dot).map(|(at, _)| at).unwrap();
        let typo = format!("{}:{}:{port}", &address[..at], &address[at + 1..]);
        prop_assert_eq!(MemberEntry::from_text(&typo).outcome(), Outcome::Skipped);
    }
}
