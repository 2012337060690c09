//! The list of all rules beside their pages is what the command prints.
//!
//! `UPDATE_PAGES=1 cargo test -p cobnut-lint-cli --test rule_index` writes it.

use std::fs;
use std::path::Path;

use cobnut_lint_cli::{ListFormat, list_rules};

#[test]
fn the_index_of_the_rules_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/lint/rules/README.md");
    let head = "# Rules\n\nEach has a page beside its code; `cobnut explain RULE` prints it. This list is made by \
                `UPDATE_PAGES=1 cargo test -p cobnut-lint-cli --test rule_index`.\n\n";
    let list = format!("{head}{}", list_rules(ListFormat::Markdown));
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, &list).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), list, "UPDATE_PAGES=1 writes {}", path.display());
}
