//! Everything in `conf/` is linted: the examples are sound, and the article's files have the article's typo and nothing else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::path::{Path, PathBuf};

use cobnut_config::{parse, refusals};
use cobnut_diagnostics::{Diagnostic, Severity, Source};
use cobnut_lint::lint_cluster;

fn conf() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conf")
}

fn read(name: &str) -> (Source, String) {
    (Source::new(name, std::fs::read_to_string(conf().join(name)).unwrap()), name.to_owned())
}

fn found(names: &[&str]) -> Vec<String> {
    let files: Vec<_> = names.iter().map(|name| read(name)).collect();
    lint_cluster(&files).iter().map(Diagnostic::to_string).collect()
}

#[test]
fn every_example_is_named_here() {
    let mut names = Vec::new();
    for folder in ["", "article", "two-nodes"] {
        for entry in std::fs::read_dir(conf().join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.path().extension().is_some_and(|extension| extension == "xml") {
                names.push(Path::new(folder).join(entry.file_name()).display().to_string());
            }
        }
    }
    names.sort();
    let expected = [
        "article/server1.xml",
        "article/server2.xml",
        "hazelcast.xml",
        "two-nodes/server1.xml",
        "two-nodes/server2.xml",
    ];
    assert_eq!(names, expected, "a new example needs its expectation in this file");
}

#[test]
fn sound_examples_have_no_finding_at_all() {
    assert_eq!(found(&["hazelcast.xml"]), [""; 0]);
    assert_eq!(found(&["two-nodes/server1.xml", "two-nodes/server2.xml"]), [""; 0]);
    for name in ["hazelcast.xml", "two-nodes/server1.xml", "article/server1.xml", "article/server2.xml"] {
        let config = parse(&read(name).0).0.unwrap();
        assert!(refusals(&config).is_empty(), "{name} can be run");
    }
}

#[test]
fn the_articles_files_have_the_articles_typo() {
    let expected = [
        "article/server1.xml:1:1: info[fragment]: the file begins with `<join>` instead of `<hazelcast>`",
        "article/server1.xml:13:16: error[member-not-listed]: 192.168.5.1, the address of article/server1.xml, is not among the \
         members of article/server2.xml",
        "article/server2.xml:1:1: info[fragment]: the file begins with `<join>` instead of `<hazelcast>`",
        "article/server2.xml:7:17: error[misplaced-separator]: member `192.168.5:1:5701` has a wrong separator and is no address",
    ];
    assert_eq!(found(&["article/server1.xml", "article/server2.xml"]), expected);
}

#[test]
fn the_default_is_a_node_of_its_own() {
    let config = parse(&read("hazelcast.xml").0).0.unwrap();
    assert!(config.dial_targets().is_empty() && !config.expects_peers("127.0.0.1".parse().unwrap()));
    assert_eq!((config.cluster_name.value.as_str(), *config.network.port.number), ("openfire", 5701));
}

/// What each generation of Openfire's plugin sets up, as nobody edited it, is sound.
#[test]
fn files_that_nobody_edited_have_nothing_above_info() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-tests/hazelcast/corpus");
    for generation in ["1.0", "1.3", "2.1", "2.3-local", "2.6-cache", "3.0-cache", "5.5-cache"] {
        let name = format!("plugin-{generation}.xml");
        let text = std::fs::read_to_string(corpus.join(&name)).unwrap();
        let found = lint_cluster(&[(Source::new(&name, text), name.clone())]);
        let above: Vec<String> = found
            .iter()
            .filter(|found| found.severity() > Severity::Info)
            .map(Diagnostic::to_string)
            .collect();
        assert_eq!(above, [""; 0], "{name}");
    }
}
