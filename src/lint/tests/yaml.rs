//! The rules work on YAML files as they do on XML, and whatever a fix leaves is YAML that says what was meant.

use std::fmt::Write as _;

use cobnut_config::parse;
use cobnut_diagnostics::render::{Colour, full};
use cobnut_diagnostics::{Diagnostic, Source, apply};
use cobnut_lint::{lint_cluster, lint_file};
use proptest::prelude::*;

fn file(members: &str) -> Source {
    let text = format!(
        "hazelcast:\n  cluster-name: prod\n  network:\n    join:\n      multicast:\n        enabled: false\n      tcp-ip:\n        enabled: \
         true\n        member-list:\n{members}    interfaces:\n      enabled: true\n      interfaces:\n        - 192.168.5.1\n"
    );
    Source::new("hazelcast.yaml", text)
}

fn rules(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(Diagnostic::rule).collect()
}

/// Applies every fix, again and again, and returns the text that no rule wants to change any more.
fn mended(source: &Source) -> Source {
    let mut source = source.clone();
    for _ in 0..8 {
        let found = lint_file(&source);
        let (text, count) = apply(&source, found.iter().filter_map(Diagnostic::suggested_fix));
        if count == 0 {
            break;
        }
        source = Source::new(source.name(), text);
        assert!(parse(&source).0.is_some(), "a fix broke the file:\n{}", source.text());
    }
    source
}

#[test]
fn a_sound_file_has_no_finding() {
    let found = lint_file(&file("          - 192.168.5.1\n          - 192.168.5.2:5701\n"));
    assert!(found.is_empty(), "{}", full(&found, Colour::Never));
}

#[test]
fn slips_are_found_at_their_place_and_mended() {
    let cases = [
        ("192.168.5:2:5701", "192.168.5.2:5701"),
        ("\"192.168.5.2.\"", "\"192.168.5.2\""),
        ("192.168.5..2", "192.168.5.2"),
        ("192.168.5.2::5701", "192.168.5.2:5701"),
        ("'192.168.5.2:57O1'", "'192.168.5.2:5701'"),
    ];
    for (written, expected) in cases {
        let source = file(&format!("          - 192.168.5.1\n          - {written}   # node 2\n"));
        let found = lint_file(&source);
        let same = format!(
            "<hazelcast xmlns='http://www.hazelcast.com/schema/config'><cluster-name>prod</cluster-name><network><join>\
             <multicast enabled='false'/><tcp-ip enabled='true'><member-list><member>192.168.5.1</member><member>{}</member>\
             </member-list></tcp-ip></join><interfaces enabled='true'><interface>192.168.5.1</interface></interfaces>\
             </network></hazelcast>",
            written.trim_matches(['"', '\''])
        );
        assert_eq!(rules(&found), rules(&lint_file(&Source::new("h.xml", same))), "{written}");
        assert!(!found.is_empty() && found.iter().all(|found| found.line() == 11), "{written}: {found:?}");
        let after = mended(&source);
        let report = full(&found, Colour::Never);
        assert!(after.text().contains(&format!("- {expected}   # node 2\n")), "{}\n{report}", after.text());
    }
}

#[test]
fn rules_about_structure_speak_of_yaml_files_too() {
    let network = |text: &str| Source::new("h.yaml", format!("hazelcast:\n  network:\n{text}"));
    let cases = [
        (network("    join:\n      tcpip:\n        enabled: true\n"), "unknown-element"),
        (
            network("    join:\n      tcp-ip:\n        enable: true\n        member-list: [a]\n"),
            "unknown-element",
        ),
        (network("    join:\n      interfaces:\n        enabled: true\n"), "misplaced-element"),
        (
            network("    join:\n      tcp-ip:\n        enabled: yes\n        member-list: [a]\n"),
            "invalid-boolean",
        ),
        (network("    join:\n      tcp-ip:\n        member-list: [a]\n"), "joiner-without-enabled"),
        (
            network("    join:\n      tcp-ip:\n        enabled: true\n        member-list: [a, a]\n"),
            "duplicate-member",
        ),
        (network("    port:\n      port: 99999\n"), "invalid-number"),
        (network("    join:\n      aws:\n        enabled: true\n"), "unsupported-joiner"),
        (network("    interfaces:\n      interfaces: [10.0.0.300]\n"), "interfaces-not-enabled"),
    ];
    for (source, rule) in cases {
        let found = lint_file(&source);
        assert!(rules(&found).contains(&rule), "{rule}: {:?}\n{}", rules(&found), source.text());
        let _still_yaml = mended(&source);
    }
}

#[test]
fn rules_for_xml_text_stay_silent() {
    let found = lint_file(&file("          - 192.168.5.1\n          - 192.168.5.2\n"));
    for rule in
        ["fragment", "missing-namespace", "wrong-namespace", "stray-text", "malformed-schema-location"]
    {
        assert!(!rules(&found).contains(&rule), "{rule}");
    }
}

#[test]
fn no_fix_puts_tags_into_yaml() {
    // The other node lists both: XML would get a second `<member>`.
    let one = file("          - 192.168.5.1\n");
    let other = "<hazelcast xmlns='http://www.hazelcast.com/schema/config'><cluster-name>prod</cluster-name><network><join><multicast enabled='false'/><tcp-ip enabled='true'>\
                 <member>192.168.5.1</member><member>192.168.5.2</member></tcp-ip></join><interfaces enabled='true'>\
                 <interface>192.168.5.2</interface></interfaces></network></hazelcast>";
    let files = [(one.clone(), "a".to_owned()), (Source::new("b.xml", other), "b".to_owned())];
    let found = lint_cluster(&files);
    assert!(rules(&found).contains(&"member-not-listed"), "{:?}", rules(&found));
    for fix in found.iter().filter_map(Diagnostic::suggested_fix) {
        for edit in fix.edits.iter().filter(|edit| *edit.location.source() == one) {
            assert!(!edit.replacement.contains(['<', '=']), "{fix:?} {}", apply(&one, [fix]).0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn fixes_of_any_member_leave_yaml(members in proptest::collection::vec("[0-9a-f:.\\[\\]*# ,;%/\"'&!-]{1,20}", 1..4)) {
        let mut list = String::new();
        for member in &members {
            writeln!(list, "          - {member}").unwrap();
        }
        let source = file(&list);
        if parse(&source).0.is_some() {
            let _still_yaml = mended(&source);
        }
    }
}
