//! What the linter says about single member entries: the rule, and the text that the fix would write.

use cobnut_diagnostics::{Diagnostic, Safety, Source, apply};
use cobnut_lint::{lint_cluster, lint_file};

/// The entry beside another node's address and a sound peer; the findings at the entry itself.
fn judge(entry: &str) -> Vec<Diagnostic> {
    let own = format!(
        "<join><tcp-ip enabled=\"true\">\n<member>{entry}</member>\n<member>192.168.5.2:5701</member></tcp-ip></join>\
         <interfaces enabled=\"true\"><interface>192.168.5.2</interface></interfaces>"
    );
    let peer = "<join><tcp-ip enabled=\"true\"><member>192.168.5.1</member><member>192.168.5.2</member></tcp-ip></join>\
                <interfaces enabled=\"true\"><interface>192.168.5.1</interface></interfaces>";
    let files = [Source::new("own.xml", own), Source::new("peer.xml", peer)];
    let found = lint_cluster(&files.clone().map(|source| (source.clone(), source.name().to_owned())));
    found.into_iter().filter(|found| found.source() == &files[0] && found.line() == 2).collect()
}

/// `rule -> fixed entry`, with `?` behind a fix that is only a suggestion.
fn verdict(entry: &str) -> String {
    let found = judge(entry);
    let [found] = found.as_slice() else {
        return format!("{:?}", found.iter().map(Diagnostic::rule).collect::<Vec<_>>());
    };
    let Some(fix) = found.suggested_fix() else { return found.rule().to_owned() };
    let (text, _) = apply(found.source(), [fix]);
    let fixed =
        text.split("<member>").nth(1).and_then(|rest| rest.split("</member>").next()).unwrap_or_default();
    let mark = if fix.safety == Safety::Safe { "" } else { "?" };
    format!("{} -> {fixed}{mark}", found.rule())
}

const VERDICTS: &[(&str, &str)] = &[
    ("192.168.5.1:5701", "[]"),
    ("192.168.5.1", "[]"),
    ("node1", "[]"),
    ("node1:5701", "[]"),
    ("node_1:5701", "[]"),
    ("192.168.5:1:5701", "misplaced-separator -> 192.168.5.1:5701"),
    ("192:168:5:1:5701", "misplaced-separator -> 192.168.5.1:5701"),
    ("192:168:5:1", "misplaced-separator -> 192.168.5.1"),
    ("192.168.5.1.5701", "misplaced-separator -> 192.168.5.1:5701"),
    ("192.168.5-1:5701", "misplaced-separator -> 192.168.5.1:5701"),
    ("192.168.5,1:5701", "misplaced-separator -> 192.168.5.1:5701"),
    ("192,168,5,1", "misplaced-separator -> 192.168.5.1"),
    ("192.168.5;1:5701", "misplaced-separator -> 192.168.5.1:5701"),
    ("10.1.2:3:5701", "misplaced-separator -> 10.1.2.3:5701"),
    ("10:1:2:3:5701", "misplaced-separator -> 10.1.2.3:5701?"),
    ("10,1,2,3", "misplaced-separator -> 10.1.2.3?"),
    ("192.168.5.-1", "misplaced-separator -> 192.168.5.1"),
    ("192.168.5:5701", "missing-octet -> 192.168.5.1:5701"),
    ("192.168.5", "missing-octet -> 192.168.5.1"),
    ("192.168.5:1", "misplaced-separator -> 192.168.5.1"),
    ("10.9.9:8", "misplaced-separator -> 10.9.9.8?"),
    ("192.168:5:5701", "missing-octet -> 192.168.5.1:5701"),
    ("10.1", "missing-octet"),
    ("5701", "missing-octet"),
    ("192.168.5.1.9:5701", "extra-octet -> 192.168.5.1:5701"),
    ("192.168.5.5.1", "extra-octet -> 192.168.5.1"),
    ("192.168.5.1::5701", "extra-colon -> 192.168.5.1:5701"),
    ("192.168.5.1:5701:5701", "extra-colon -> 192.168.5.1:5701"),
    ("192.168.5.1:5701:5702", "extra-colon"),
    ("192.168..5.1", "stray-dot -> 192.168.5.1"),
    (".192.168.5.1", "stray-dot -> 192.168.5.1"),
    ("192.168.5.1.", "stray-dot -> 192.168.5.1"),
    ("192.168.5.", "missing-octet -> 192.168.5.1?"),
    ("192.168.5.256", "octet-out-of-range"),
    ("192.168.5.1999:5701", "octet-out-of-range"),
    ("192.168.55.256", "octet-out-of-range"),
    ("192.168.5.l:5701", "letter-in-address -> 192.168.5.1:5701"),
    ("I92.168.5.I", "letter-in-address -> 192.168.5.1"),
    ("1O.0.0.1", "letter-in-address -> 10.0.0.1"),
    ("10.0.O.l", "letter-in-address -> 10.0.0.1"),
    ("192.168.5:l:57O1", "letter-in-address -> 192.168.5.1:5701"),
    ("192.168.5.1：5701", "full-width-character -> 192.168.5.1:5701"),
    ("192。168。5。1:5701", "full-width-character -> 192.168.5.1:5701"),
    ("１９２.168.5.1", "full-width-character -> 192.168.5.1"),
    ("192.168.5：1：5701", "full-width-character -> 192.168.5.1:5701"),
    ("192.168.5.1，192.168.5.3", "full-width-character -> 192.168.5.1, 192.168.5.3"),
    ("192.168.5.1\u{a0}", "invisible-character -> 192.168.5.1"),
    ("192.168.5.1\u{200b}:5701", "invisible-character -> 192.168.5.1:5701"),
    ("http://192.168.5.1:5701", "url-as-member -> 192.168.5.1:5701"),
    ("tcp://admin@192.168.5.1:5701/x", "url-as-member -> 192.168.5.1:5701"),
    ("http://node1", "url-as-member -> node1"),
    ("192.168.5.1/24", "cidr-as-member"),
    ("192.168.5.1:", "invalid-port -> 192.168.5.1?"),
    ("192.168.5.1:abc", "invalid-port"),
    ("192.168.5.1:57O1", "invalid-port -> 192.168.5.1:5701"),
    ("192.168.5.1:99999999999", "invalid-port"),
    ("192.168.5.1:0", "port-zero"),
    ("192.168.5.1:-1", "port-zero"),
    ("192.168.5.1:65536", "port-out-of-range"),
    ("192.168.5.1:-2", "port-out-of-range"),
    ("192.168.5.1: 5701", "blank-in-member -> 192.168.5.1:5701"),
    ("192.168.5.1 :5701", "blank-in-member -> 192.168.5.1:5701"),
    ("192.168.5.1 : 5701", "blank-in-member -> 192.168.5.1:5701"),
    ("192.168.5.1 5701", "misplaced-separator -> 192.168.5.1:5701"),
    ("192.168.5.1, 5701", "misplaced-separator -> 192.168.5.1:5701"),
    ("192.168.5.1;5701", "misplaced-separator -> 192.168.5.1:5701"),
    ("192.168.5.1 192.168.5.3", "blank-in-member -> 192.168.5.1, 192.168.5.3"),
    ("node1;  node2", "blank-in-member -> node1, node2"),
    ("192.168.5.1\t192.168.5.3", "blank-in-member -> 192.168.5.1, 192.168.5.3"),
    ("192.168.5.10-1", "reversed-range -> 192.168.5.1-10"),
    ("192.168.*.1", "range-outside-last-octet"),
    ("192.168.5-6.1", "range-outside-last-octet"),
    ("*.*.*.*", "range-outside-last-octet"),
    ("*", "invalid-host-name"),
    ("192.168.5.*", "wide-range"),
    ("192.168.5.1-10", "[]"),
    ("0.0.0.0", "not-a-host-address"),
    ("255.255.255.255:5701", "not-a-host-address"),
    ("192.168.05.01", "leading-zero -> 192.168.5.1"),
    ("::1:5701", "ipv6-port-without-brackets -> [::1]:5701?"),
    ("2001:db8::1:5701", "ipv6-port-without-brackets -> [2001:db8::1]:5701?"),
    ("2001:db8:0:0:0:0:0:1:5701", "ipv6-port-without-brackets -> [2001:db8:0:0:0:0:0:1]:5701"),
    ("2001:db8::g", "invalid-host-name"),
    ("2001:db8::1::2", "malformed-ipv6"),
    ("fe80::1%eth0", "ipv6-scope"),
    ("[192.168.5.1]:5701", "misused-brackets -> 192.168.5.1:5701"),
    ("[192.168.5.1]", "misused-brackets -> 192.168.5.1"),
    ("[2001:db8::1", "misused-brackets -> [2001:db8::1]?"),
    ("${node}", "variable-in-member"),
    ("node!", "invalid-host-name"),
    (":5701", "missing-octet"),
    ("", "empty-member -> ?"),
];

#[test]
fn every_slip_has_its_rule_and_its_fix() {
    let mut wrong = Vec::new();
    for (entry, expected) in VERDICTS {
        let actual = verdict(entry);
        // A removed element leaves the next member in its place.
        let actual = actual.replace("192.168.5.2:5701?", "?");
        if actual != *expected {
            wrong.push(format!("{entry:?}: expected {expected}, is {actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Hazelcast splits at these separators; whoever wrote the entry sees one.
#[test]
fn an_entry_that_is_split_is_named_as_it_is_written() {
    for entry in ["192,168,5,1", "192.168.5,1:5701", "192.168.5.1 5701"] {
        let text = format!("<tcp-ip enabled=\"true\"><member>{entry}</member></tcp-ip>");
        let found = lint_file(&Source::new("t.xml", text));
        let slip = found.iter().find(|finding| finding.rule() == "misplaced-separator").unwrap();
        assert!(slip.message().contains(&format!("`{entry}`")), "{}", slip.message());
        assert_eq!(slip.location().text(), entry);
    }
}

#[test]
fn a_broken_required_member_stops_the_node_instead_of_being_skipped() {
    let cases = [
        ("192.168.5:1:5701", "Invalid target address"),
        ("192.168.5:5701", "waits for 192.168.0.5"),
        ("192.168.5.1:0", "waits for this one up to 300 s"),
    ];
    for (entry, expected) in cases {
        let text = |element: &str| {
            format!(
                "<tcp-ip enabled=\"true\"><{element}>{entry}</{element}><member>192.168.5.7</member></tcp-ip>"
            )
        };
        let notes = |element: &str| {
            let found = lint_file(&Source::new("t.xml", text(element)));
            found.iter().flat_map(|finding| finding.notes().to_vec()).collect::<Vec<_>>().join("\n")
        };
        let required = notes("required-member");
        assert!(
            required.contains(expected) && !required.contains("starts without it"),
            "{entry}: {required}"
        );
        assert!(!notes("member").contains(expected), "{entry}");
    }
}
