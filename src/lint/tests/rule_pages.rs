//! Every rule's page is its test: the bad example gives exactly the findings that are printed under it, the good one gives
//! none, and the fixes of the bad one leave nothing to fix.
//!
//! `UPDATE_PAGES=1 cargo test -p cobnut-lint` writes the findings into the pages, to be reviewed like any other change.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]
#![expect(clippy::disallowed_methods, reason = "only the product is free of files, its pages are files")]

mod pages;

use std::fs;
use std::path::PathBuf;

use cobnut_diagnostics::render::{Colour, full};
use cobnut_diagnostics::{Diagnostic, Fix};
use cobnut_lint::{Input, Options, Probed, Selection, lint_probed, rules};
use pages::{blocks, example, mended, probed};

/// Findings that an example has beside its own: that it has no root or no namespace, what cobnut itself does with an
/// element, and that its key stores have the usual password.
const ASIDE: [&str; 6] = [
    "default-keystore-password",
    "fragment",
    "missing-namespace",
    "unsupported-block",
    "unsupported-joiner",
    "unused-element",
];

/// All findings but those.
fn findings(input: &Input, options: Options, probed: Option<&Probed>, rule: &str) -> Vec<Diagnostic> {
    let found = lint_probed(input, &options, &Selection::default(), probed);
    found.into_iter().filter(|found| found.rule() == rule || !ASIDE.contains(&found.rule())).collect()
}

fn page_path(rule: &str) -> PathBuf {
    let name = format!("{}.md", rule.replace('-', "_"));
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("rules");
    let groups =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let pages: Vec<PathBuf> = groups.map(|group| group.join(&name)).filter(|path| path.exists()).collect();
    assert_eq!(pages.len(), 1, "{rule} has one page named {name}");
    pages[0].clone()
}

#[test]
fn bad_examples_give_the_printed_findings() {
    let update = std::env::var_os("UPDATE_PAGES").is_some();
    let mut wrong = Vec::new();
    for rule in rules() {
        let path = page_path(rule.name);
        let page = fs::read_to_string(&path).unwrap();
        let blocks = blocks(&page);
        let (bad, options) = example(&blocks, "bad").expect(rule.name);
        let found = findings(&bad, options, probed(&blocks, "bad").as_ref(), rule.name);
        assert!(
            found.iter().any(|found| found.rule() == rule.name),
            "{}: not found in its own example",
            rule.name
        );
        let printed = full(&found, Colour::Never).trim_end().to_owned() + "\n";
        let block = blocks.iter().find(|block| block.kind == "diagnostics").expect(rule.name);
        if block.text != printed {
            if update {
                let mut page = page.clone();
                page.replace_range(block.range.clone(), &printed);
                fs::write(&path, page).unwrap();
            } else {
                wrong.push(format!("{}:\n{printed}", rule.name));
            }
        }
    }
    assert!(wrong.is_empty(), "pages to update:\n{}", wrong.join("\n"));
}

#[test]
fn good_examples_are_clean() {
    for rule in rules() {
        let page = blocks(rule.page);
        let Some((good, options)) = example(&page, "good") else {
            panic!("{} has no good example", rule.name);
        };
        let found = findings(&good, options, probed(&page, "good").as_ref(), rule.name);
        assert!(found.is_empty(), "{}:\n{}", rule.name, full(&found, Colour::Never));
    }
}

#[test]
fn fixes_leave_nothing_to_fix() {
    for rule in rules() {
        let page = blocks(rule.page);
        let (mut input, options) = example(&page, "bad").expect(rule.name);
        let facts = probed(&page, "bad");
        let had_fix = findings(&input, options, facts.as_ref(), rule.name)
            .iter()
            .all(|found| found.suggested_fix().is_some());
        for _ in 0..8 {
            let found = findings(&input, options, facts.as_ref(), rule.name);
            let fixes: Vec<&Fix> = found.iter().filter_map(Diagnostic::suggested_fix).collect();
            input = mended(&input, &fixes);
        }
        let left = findings(&input, options, facts.as_ref(), rule.name);
        let fixable = left.iter().filter(|found| found.suggested_fix().is_some()).count();
        assert_eq!(fixable, 0, "{}:\n{}", rule.name, full(&left, Colour::Never));
        assert!(!had_fix || left.is_empty(), "{}:\n{}", rule.name, full(&left, Colour::Never));
    }
}

#[test]
fn pages_have_their_parts_and_names() {
    for rule in rules() {
        assert!(rule.page.starts_with(&format!("# {}\n", rule.name)), "{}", rule.name);
        for heading in ["\n## Why it matters\n", "\n## Example\n", "\n## Use instead\n"] {
            assert_eq!(rule.page.matches(heading).count(), 1, "{}: {heading}", rule.name);
        }
        assert!(rule.summary.chars().count() < 80 && !rule.summary.ends_with('.'), "{}", rule.name);
    }
    let names: Vec<&str> = rules().iter().map(|rule| rule.name).collect();
    assert!(names.is_sorted(), "rules are sorted by name");
    let pages = fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("rules")).unwrap();
    let files = pages.filter_map(|group| fs::read_dir(group.unwrap().path()).ok()).flatten();
    let count =
        files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|ext| ext == "md")).count();
    assert_eq!(count, names.len(), "every page belongs to a registered rule");
}
