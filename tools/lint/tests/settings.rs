//! What the linter is told: settings file, selection, levels, variables, baseline, comments.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod common;

use std::fs;

use common::{SERVER_1, SERVER_2, article, lint_in, places, stderr, stdout, write};

const FRAGMENTS: [&str; 2] = ["server1.xml:1 fragment", "server2.xml:1 fragment"];

#[test]
fn rules_are_selected_and_left_out_by_name_and_by_group() {
    let folder = article();
    let places_of = |arguments: &[&str]| {
        let run =
            lint_in(folder.path(), &[&["--format", "concise", "--fail-on", "info", "."], arguments].concat());
        places(&stdout(&run).replace("./", ""))
    };
    let typo = "server2.xml:7 misplaced-separator".to_owned();
    assert_eq!(places_of(&["--select", "member"]), std::slice::from_ref(&typo));
    assert_eq!(places_of(&["--select", "fragment,stray-dot"]), FRAGMENTS);
    assert_eq!(places_of(&["--select", "fragment", "--select", "member", "--ignore", "fragment"]), [typo]);
    let run = lint_in(folder.path(), &["--select", "misplaced-seperator", "."]).code(2);
    assert_eq!(
        stderr(&run),
        "error: there is no rule `misplaced-seperator`; did you mean `misplaced-separator`?\n"
    );
}

#[test]
fn levels_change_what_counts() {
    let folder = article();
    let select = ["--select", "fragment,misplaced-separator", "--format", "concise", "."];
    let with = |arguments: &[&str]| lint_in(folder.path(), &[&select[..], arguments].concat());
    with(&[]).code(1);
    let run = with(&["--severity", "misplaced-separator=warning"]).code(0);
    assert!(stdout(&run).contains("warning[misplaced-separator]"), "{}", stdout(&run));
    with(&["--severity", "misplaced-separator=off,fragment=error"]).code(1);
    with(&["--severity", "misplaced-separator=loud"]).code(2);
    with(&["--severity", "misplaced-separator=off", "--severity", "fragment=off", "--fail-on", "info"])
        .code(0);
}

#[test]
fn the_settings_file_is_found_above_the_first_path() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "sites/a/server2.xml", SERVER_2);
    write(folder.path(), "cobnut-lint.toml", "select = [\"fragment\"]\nfail-on = \"info\"\n");
    let run = lint_in(folder.path(), &["--format", "concise", "sites/a"]).code(1);
    assert_eq!(places(&stdout(&run)), ["sites/a/server2.xml:1 fragment"]);
    // The command line wins, another file takes its place.
    lint_in(folder.path(), &["--fail-on", "error", "sites/a"]).code(0);
    let run = lint_in(folder.path(), &["--select", "misplaced-separator", "--format", "concise", "sites/a"])
        .code(1);
    assert_eq!(places(&stdout(&run)), ["sites/a/server2.xml:7 misplaced-separator"]);
    write(folder.path(), "other.toml", "select = [\"stray-dot\"]\n");
    lint_in(folder.path(), &["--config", "other.toml", "sites/a"]).code(0);
    lint_in(folder.path(), &["--config", "none.toml", "sites/a"]).code(3);
}

#[test]
fn a_mistake_in_the_settings_is_shown_in_its_line() {
    let folder = article();
    write(folder.path(), "cobnut-lint.toml", "ignore = [\"fragmnet\"]\nselct = []\n");
    let run = lint_in(folder.path(), &["server1.xml"]).code(2).stdout_eq("");
    run.stderr_eq(snapbox::str![[r#"
error[lint-settings]: there is no rule `fragmnet`
 --> cobnut-lint.toml:1:11
  |
1 | ignore = ["fragmnet"]
  |           ^^^^^^^^^^
  |
help: did you mean `fragment`?
  |
1 - ignore = ["fragmnet"]
1 + ignore = ["fragment"]
  |

error[lint-settings]: there is no setting `selct`
 --> cobnut-lint.toml:2:1
  |
2 | selct = []
  | ^^^^^
  |
help: did you mean `select`?
  |
2 | select = []
  |    +


"#]]);
}

#[test]
fn known_findings_stay_known_when_their_lines_move() {
    let folder = article();
    let select = ["--format", "concise", "--select", "misplaced-separator"];
    let with = |arguments: &[&str]| lint_in(folder.path(), &[&select[..], arguments].concat());
    let run = with(&["--baseline", "known.json", "server2.xml"]).code(3);
    assert!(stderr(&run).contains("--write-baseline known.json would write it"), "{}", stderr(&run));
    let run = with(&["--write-baseline", "known.json", "server2.xml"]).code(0).stdout_eq("");
    assert_eq!(stderr(&run), "known.json: 1 finding written\n");
    let run = with(&["--baseline", "known.json", "server2.xml"]).code(0).stdout_eq("");
    assert_eq!(stderr(&run), "note: 1 known finding left out, see known.json\n");
    // Moved, and under another name of the same file.
    let moved = format!("<!-- more -->\n\n{SERVER_2}");
    write(folder.path(), "server2.xml", &moved);
    let whole = folder.path().join("server2.xml");
    with(&["--baseline", "known.json", whole.to_str().unwrap()]).code(0).stdout_eq("");
    // A second mistake of the kind is new, although the rule is listed for the file.
    write(folder.path(), "server2.xml", moved.replace("192.168.5.2:5701", "192.168.5:2:5701"));
    let run = with(&["--baseline", "known.json", "server2.xml"]).code(1);
    assert_eq!(places(&stdout(&run)), ["server2.xml:10 misplaced-separator"]);
    write(folder.path(), "server2.xml", SERVER_1);
    let run = with(&["--baseline", "known.json", "server2.xml"]).code(0);
    assert!(stderr(&run).contains("1 finding of known.json no longer there"), "{}", stderr(&run));
    write(folder.path(), "known.json", "{}");
    with(&["--baseline", "known.json", "server2.xml"]).code(3);
}

#[test]
fn comments_silence_findings_from_the_command_line_too() {
    let folder = article();
    let comment = "<!-- cobnut-ignore misplaced-separator: as printed -->";
    write(folder.path(), "server2.xml", SERVER_2.replacen("<member>", &format!("{comment}<member>"), 1));
    let run =
        lint_in(folder.path(), &["--format", "concise", "--select", "member,ignore", "server2.xml"]).code(0);
    run.stdout_eq("");
    write(folder.path(), "server2.xml", format!("{comment}\n{SERVER_1}"));
    let run =
        lint_in(folder.path(), &["--format", "concise", "--select", "member,ignore", "server2.xml"]).code(0);
    assert_eq!(places(&stdout(&run)), ["server2.xml:1 unused-ignore"]);
    lint_in(folder.path(), &["--fix", "--select", "member,ignore", "server2.xml"]).code(0);
    assert_eq!(fs::read_to_string(folder.path().join("server2.xml")).unwrap(), SERVER_1);
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let names = stdout(&lint_in(folder.path(), &["--list-rules"]).code(0));
    assert!(names.lines().count() > 60 && names.lines().is_sorted());
    let json = stdout(&lint_in(folder.path(), &["rules", "--format", "json"]).code(0));
    let rules: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(rules.len(), names.lines().count());
    assert!(rules.iter().all(|rule| !rule["group"].as_str().unwrap().is_empty()));
    let table = stdout(&lint_in(folder.path(), &["rules", "--format", "markdown"]).code(0));
    assert_eq!(table.lines().filter(|line| line.starts_with("| `")).count(), rules.len());
    let page = stdout(&lint_in(folder.path(), &["explain", "stray-dot"]).code(0));
    assert!(page.starts_with("# stray-dot\n"), "{page}");
    let run = lint_in(folder.path(), &["explain", "stray-dto"]).code(2);
    assert_eq!(stderr(&run), "error: there is no rule `stray-dto`; did you mean `stray-dot`?\n");
    let unlike = lint_in(folder.path(), &["explain", "xyzzy-plugh"]).code(2);
    let said = String::from_utf8(unlike.get_output().stderr.clone()).unwrap();
    assert_eq!(said.trim(), "error: there is no rule `xyzzy-plugh`; `cobnut-lint rules` lists them");
}

#[test]
fn the_command_describes_itself_to_shells_and_manuals() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&lint_in(folder.path(), &["completions", shell]).code(0));
        assert!(script.contains("unsafe-fixes"), "{shell}");
    }
    let page = stdout(&lint_in(folder.path(), &["man"]).code(0));
    assert!(page.contains(".TH cobnut-lint") && page.contains("Exit status: 0 clean"), "{page}");
}
