//! Whatever the files hold: no panic, findings within their file, and safe fixes that come to an end and break nothing.

use cobnut_config::parse;
use cobnut_diagnostics::render::{Colour, full};
use cobnut_diagnostics::{Diagnostic, Fix, Safety, Source, apply};
use cobnut_lint::{lint_cluster, lint_file};
use proptest::prelude::*;

const SERVER_1: &str = include_str!("../../../conf/article/server1.xml");
const SERVER_2: &str = include_str!("../../../conf/article/server2.xml");

fn mutate(text: &str, edits: &[(usize, usize, String)]) -> String {
    let mut text = text.to_owned();
    for (at, length, with) in edits {
        let start = text.floor_char_boundary(*at);
        let end = text.floor_char_boundary(start + length);
        text.replace_range(start..end, with);
    }
    text
}

fn edits() -> impl Strategy<Value = Vec<(usize, usize, String)>> {
    let insert = "[<>/&;'\"a1lO.:,\\-!\\[\\] \n\t\u{a0}：。*%]{0,3}";
    proptest::collection::vec((0_usize..700, 0_usize..6, insert), 0..5)
}

fn files(first: String, second: String) -> Vec<(Source, String)> {
    vec![
        (Source::new("one.xml", first), "one".to_owned()),
        (Source::new("two.xml", second), "two".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn mutated_files_are_linted_without_panic(one in edits(), two in edits()) {
        let files = files(mutate(SERVER_1, &one), mutate(SERVER_2, &two));
        let found = lint_cluster(&files);
        for diagnostic in &found {
            prop_assert!(diagnostic.line() <= diagnostic.source().line_count().max(1) + 1);
            for edit in diagnostic.suggested_fix().iter().flat_map(|fix| &fix.edits) {
                prop_assert!(edit.location.source().text().get(edit.location.span().range()).is_some());
            }
        }
        prop_assert!(full(&found, Colour::Never).len() >= found.len());
        prop_assert_eq!(found, lint_cluster(&files), "the same input gives the same findings");
    }

    #[test]
    fn safe_fixes_end_and_keep_files_readable(one in edits(), two in edits()) {
        let mut files = files(mutate(SERVER_1, &one), mutate(SERVER_2, &two));
        let was_readable: Vec<bool> = files.iter().map(|(source, _)| parse(source).0.is_some()).collect();
        for round in 0..20 {
            let found = lint_cluster(&files);
            let fixes: Vec<&Fix> = found
                .iter()
                .filter_map(Diagnostic::suggested_fix)
                .filter(|fix| fix.safety == Safety::Safe)
                .collect();
            if fixes.is_empty() {
                break;
            }
            prop_assert!(round < 19, "fixes do not end: {:?}", fixes);
            files = files
                .iter()
                .map(|(source, label)| {
                    (Source::new(source.name(), apply(source, fixes.iter().copied()).0), label.clone())
                })
                .collect();
        }
        for ((source, _), was_readable) in files.iter().zip(was_readable) {
            prop_assert!(!was_readable || parse(source).0.is_some(), "{}", source.text());
        }
    }

    #[test]
    fn any_member_text_is_judged(entry in "[0-9a-fA-FlOx.:;, \\[\\]%*/_：。１\\-\u{a0}$\\{\\}]{0,30}") {
        let text = format!("<tcp-ip enabled=\"true\"><member>{entry}</member></tcp-ip>");
        let source = Source::new("t.xml", text);
        for found in lint_file(&source) {
            let _frame = full(&[found], Colour::Never);
        }
    }
}
