use cobnut_diagnostics::{Diagnostic, Source};

use super::scan::{Scope, scan};
use crate::{Input, NodeInput, Options, Selection, lint_file, lint_selected};

const TYPO: &str = "<member>192.168.5:1:5701</member>";

fn found(text: &str) -> Vec<String> {
    let found = lint_file(&Source::new("t.xml", text));
    let found = found.iter().filter(|found| found.rule() != "fragment");
    found.map(|found| format!("{}:{}", found.line(), found.rule())).collect()
}

fn tcp_ip(inner: &str) -> String {
    format!("<tcp-ip enabled=\"true\">\n{inner}\n<member>192.168.5.2</member></tcp-ip>")
}

#[test]
fn comments_silence_their_own_or_the_next_line() {
    let ignore = "<!-- cobnut-ignore misplaced-separator: known -->";
    for inner in [
        format!("{ignore}\n{TYPO}"),
        format!("{TYPO} {ignore}"),
        format!("{ignore}\n\n  {TYPO}"),
        format!("{ignore}\n<!-- more -->\n{TYPO}"),
        format!("<!--\n cobnut-ignore misplaced-separator,\n stray-text : two lines\n-->{TYPO}")
            .replace(",\n stray-text", ""),
        format!("<!-- cobnut-ignore-file misplaced-separator -->\n\n<member>a</member>\n{TYPO}"),
    ] {
        assert_eq!(found(&tcp_ip(&inner)), [""; 0], "{inner}");
    }
}

#[test]
fn other_lines_and_other_rules_are_still_reported() {
    let ignore = "<!-- cobnut-ignore misplaced-separator -->";
    let typo = "misplaced-separator";
    assert_eq!(
        found(&tcp_ip(&format!("{ignore}\n<member>a</member>\n{TYPO}"))),
        ["2:unused-ignore".to_owned(), format!("4:{typo}")]
    );
    assert_eq!(
        found(&tcp_ip(&format!("<member>a</member> {ignore}\n{TYPO}"))),
        ["2:unused-ignore".to_owned(), format!("3:{typo}")]
    );
    let in_cdata = format!("<member><![CDATA[{ignore}]]></member>");
    assert!(!found(&tcp_ip(&in_cdata)).contains(&"2:unused-ignore".to_owned()));
}

#[test]
fn what_is_misspelt_is_said() {
    let cases = [
        ("<!-- cobnut-ignore misplaced-seperator -->", "2:unknown-rule-in-ignore"),
        ("<!-- cobnut-ignore -->", "2:unknown-rule-in-ignore"),
        ("<!-- cobnut-ignroe stray-dot -->", "2:unknown-rule-in-ignore"),
        ("<!-- cobnut-ignore stray-dot: none here -->", "2:unused-ignore"),
    ];
    for (comment, expected) in cases {
        assert_eq!(found(&tcp_ip(comment)), [expected], "{comment}");
    }
    assert_eq!(
        found(&tcp_ip("<!-- cobnut-ignore-file unused-ignore -->\n<!-- cobnut-ignore stray-dot -->")),
        [""; 0]
    );
}

#[test]
fn a_tag_over_several_lines_is_one_place() {
    let source =
        Source::new("t.xml", "<a>\n<!-- cobnut-ignore stray-dot -->\n<b\n  c=\"1\"\n  d=\"2\">\n</b></a>");
    assert_eq!(scan(&source)[0].scope, Scope::Lines(2, 5));
}

#[test]
fn other_languages_comment_behind_a_hash() {
    let text = "a: b # cobnut-ignore stray-dot: why\n# cobnut-ignore-file extra-colon\n# cobnut-ignore port-zero\nc: 'x#cobnut-ignore'\n";
    let scopes: Vec<(Scope, String)> =
        scan(&Source::new("t.yaml", text)).into_iter().map(|d| (d.scope, d.names[0].text.clone())).collect();
    assert_eq!(
        scopes,
        [
            (Scope::Lines(1, 1), "stray-dot".to_owned()),
            (Scope::File, "extra-colon".to_owned()),
            (Scope::Lines(3, 4), "port-zero".to_owned()),
        ]
    );
}

#[test]
fn comments_for_rules_that_did_not_run_are_not_unused() {
    let source = Source::new("t.xml", tcp_ip("<!-- cobnut-ignore stray-dot, member-not-listed -->"));
    let input = Input { nodes: vec![NodeInput::of_file(source, "t")], balancers: Vec::new() };
    let mut selection = Selection::default();
    let count = |selection: &Selection| {
        let found = lint_selected(&input, &Options::default(), selection);
        found.iter().filter(|found| found.rule() == "unused-ignore").count()
    };
    // Rules across nodes have nothing to compare in a single file.
    assert_eq!(count(&selection), 1);
    selection.ignore("stray-dot").unwrap();
    assert_eq!(count(&selection), 0);
}

#[test]
fn the_fixes_of_unused_comments_leave_the_rest() {
    let text = tcp_ip(
        "  <!-- cobnut-ignore stray-dot, misplaced-separator: why -->\n  <member>192.168.5:1:5701</member>",
    );
    let found = lint_file(&Source::new("t.xml", text));
    let fix = found.iter().find_map(Diagnostic::suggested_fix).unwrap();
    let fixed = cobnut_diagnostics::apply_all([fix]);
    assert!(
        fixed.texts[0].1.contains("  <!-- cobnut-ignore misplaced-separator: why -->\n"),
        "{}",
        fixed.texts[0].1
    );
    let text = tcp_ip("  <!-- cobnut-ignore stray-dot -->\n  <member>a</member>");
    let found = lint_file(&Source::new("t.xml", text));
    let fix = found.iter().find_map(Diagnostic::suggested_fix).unwrap();
    let fixed = cobnut_diagnostics::apply_all([fix]);
    assert_eq!(fixed.texts[0].1, tcp_ip("  <member>a</member>"));
}
