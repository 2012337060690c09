//! Fixes: which are applied, what they leave alone, and that a run which fails has changed nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod common;

use std::fs;

use common::{SERVER_2, article, lint_in, places, stderr, stdout, write};

const GUESS: &str =
    "<tcp-ip enabled=\"true\"><member>192.168.5.1</member><member>192.168.5.2</member></tcp-ip>\n";

/// An element whose name is one letter away from a known one: its fix is a guess.
fn misspelt() -> String {
    format!("<join>{GUESS}<multicst enabled=\"false\"/></join>\n")
}

#[test]
fn guesses_need_a_word_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.xml", misspelt());
    let select = ["--select", "unknown-element", "--format", "concise"];
    let run = lint_in(folder.path(), &[&select[..], &["--fix", "a.xml"]].concat()).code(1);
    assert_eq!(places(&stdout(&run)), ["a.xml:2 unknown-element"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), misspelt());
    let run = lint_in(folder.path(), &[&select[..], &["--diff", "--unsafe-fixes", "a.xml"]].concat()).code(1);
    assert!(stdout(&run).contains("+<multicast enabled=\"false\"/></join>"), "{}", stdout(&run));
    let run = lint_in(folder.path(), &[&select[..], &["--fix", "--unsafe-fixes", "a.xml"]].concat()).code(0);
    assert_eq!(stderr(&run), "fixed 1 in 1 file\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), misspelt().replace("multicst", "multicast"));
}

#[test]
fn files_of_other_encodings_and_line_ends_stay_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let text = SERVER_2.replace('\n', "\r\n");
    let utf16 = |text: &str| -> Vec<u8> {
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
    };
    let file = write(folder.path(), "a.xml", utf16(&text));
    lint_in(folder.path(), &["--fix", "--select", "misplaced-separator", "a.xml"]).code(0);
    assert_eq!(fs::read(&file).unwrap(), utf16(&text.replace("5:1:", "5.1:")));
}

#[cfg(unix)]
#[test]
fn a_write_protected_file_is_named_and_the_others_are_mended() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = article();
    write(folder.path(), "server3.xml", SERVER_2);
    let protected = folder.path().join("server2.xml");
    fs::set_permissions(&protected, fs::Permissions::from_mode(0o444)).unwrap();
    let arguments =
        ["--fix", "--select", "misplaced-separator", "--format", "concise", "server2.xml", "server3.xml"];
    let run = lint_in(folder.path(), &arguments).code(3);
    assert!(stderr(&run).contains("error: server2.xml: the file is write-protected"), "{}", stderr(&run));
    assert!(stderr(&run).contains("fixed 1 in 1 file\n"), "{}", stderr(&run));
    assert_eq!(places(&stdout(&run)), ["server2.xml:7 misplaced-separator"]);
    assert_eq!(fs::read_to_string(&protected).unwrap(), SERVER_2);
    let mended = fs::read_to_string(folder.path().join("server3.xml")).unwrap();
    assert_eq!(mended, SERVER_2.replace("5:1:", "5.1:"));
}

#[test]
fn when_one_file_cannot_be_written_none_is() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.xml", SERVER_2);
    // No room for the longer name of the text that is put beside it, for root neither.
    let long = format!("{}.xml", "b".repeat(248));
    write(folder.path(), &long, SERVER_2);
    let run = lint_in(folder.path(), &["--fix", "--select", "misplaced-separator", "a.xml", &long]).code(3);
    assert!(stderr(&run).contains("nothing was changed"), "{}", stderr(&run));
    for name in ["a.xml", &long] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), SERVER_2, "{name}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn ignored_and_known_findings_are_not_mended() {
    let folder = tempfile::tempdir().unwrap();
    let ignored = SERVER_2
        .replace("5701</member>", "5701</member> <!-- cobnut-ignore misplaced-separator: on purpose -->");
    let file = write(folder.path(), "a.xml", &ignored);
    lint_in(folder.path(), &["--fix", "--select", "misplaced-separator", "a.xml"]).code(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), ignored);
    let file = write(folder.path(), "b.xml", SERVER_2);
    lint_in(folder.path(), &["--write-baseline", "known.json", "b.xml"]).code(0);
    lint_in(folder.path(), &["--fix", "--baseline", "known.json", "b.xml"]).code(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), SERVER_2);
}
