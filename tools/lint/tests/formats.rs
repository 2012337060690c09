//! Every format, on the article's two files: as reviewed files in `snapshots/`, written anew by `SNAPSHOTS=overwrite`.
//!
//! The pages of rules are left out, so that a better sentence in a page changes nothing here.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod common;

use common::{SERVER_1, SERVER_2, article, lint_in, places, stderr, stdout, write};
use serde_json::Value;
use snapbox::data::DataFormat;
use snapbox::{Data, assert_data_eq};

const SELECT: [&str; 2] = ["--select", "misplaced-separator,member-not-listed,fragment"];

fn output(format: &str) -> String {
    let folder = article();
    let run =
        lint_in(folder.path(), &[&SELECT[..], &["--format", format, "server1.xml", "server2.xml"]].concat());
    stdout(&run.code(1).stderr_eq(""))
}

fn assert_snapshot(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    assert_data_eq!(Data::text(text).raw(), Data::read_from(&path, Some(DataFormat::Text)).raw());
}

#[test]
fn lines_and_objects() {
    assert_snapshot("article.concise.txt", &output("concise"));
    assert_snapshot("article.github.txt", &output("github"));
    let json = output("json");
    assert_snapshot("article.json", &json);
    let array: Vec<Value> = serde_json::from_str(&json).unwrap();
    let lines: Vec<Value> = output("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, array, "the same objects, one on each line");
}

#[test]
fn reports_for_continuous_integration() {
    assert_snapshot("article.junit.xml", &output("junit"));
    assert_snapshot("article.checkstyle.xml", &output("checkstyle"));
    assert_snapshot("article.gitlab.json", &output("gitlab"));
}

#[test]
fn code_scanning() {
    let mut log: Value = serde_json::from_str(&output("sarif")).unwrap();
    let driver = &mut log["runs"][0]["tool"]["driver"];
    assert_eq!(driver["semanticVersion"], env!("CARGO_PKG_VERSION"));
    driver["semanticVersion"] = "VERSION".into();
    for rule in driver["rules"].as_array_mut().unwrap() {
        let page = rule.as_object_mut().unwrap().remove("help").unwrap();
        assert!(
            page["markdown"].as_str().unwrap().starts_with(&format!("# {}\n", rule["id"].as_str().unwrap()))
        );
    }
    assert_snapshot("article.sarif.json", &(serde_json::to_string_pretty(&log).unwrap() + "\n"));
}

#[test]
fn a_page_for_people() {
    let page = output("html");
    let body = page.split_once("</head>\n").unwrap().1.split_once("<script>").unwrap().0;
    let mut parts = body.split("<pre class=\"page\">");
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        kept.push_str("<pre class=\"page\">PAGE");
        kept.push_str(&part[part.find("</pre>").unwrap()..]);
    }
    assert_snapshot("article.body.html", &kept);
}

#[test]
fn a_report_can_go_to_a_file() {
    let folder = article();
    let arguments =
        ["--format", "sarif", "--output", "report.sarif", "--select", "misplaced-separator", "server2.xml"];
    let run = lint_in(folder.path(), &arguments).code(1).stdout_eq("");
    assert_eq!(stderr(&run), "1 error, 0 warnings, 0 notes in 1 file\n");
    let log: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("report.sarif")).unwrap()).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 1);
    lint_in(folder.path(), &["--output", "no/such/folder", "server1.xml"]).code(3);
}

#[test]
fn clean_files_give_whole_documents() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.xml", SERVER_1);
    for (format, part) in [
        ("json", "[]"),
        ("sarif", "\"results\": []"),
        ("gitlab", "[]"),
        ("checkstyle", "<checkstyle version=\"10.0\"/>"),
        ("junit", "tests=\"1\" failures=\"0\""),
        ("html", "Nothing was found."),
        ("github", ""),
        ("concise", ""),
        ("jsonl", ""),
    ] {
        let run = lint_in(folder.path(), &["--format", format, "--select", "stray-dot", "a.xml"]).code(0);
        assert!(stdout(&run).contains(part), "{format}: {}", stdout(&run));
    }
    write(folder.path(), "b.xml", SERVER_2);
    let run = lint_in(folder.path(), &["--format", "concise", "--select", "misplaced-separator", "b.xml"]);
    assert_eq!(places(&stdout(&run)), ["b.xml:7 misplaced-separator"]);
}
