//! The command as scripts and CI see it: exit status, streams, formats, fixes, folders.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};

use snapbox::cmd::Command;
use snapbox::{file, str};
use tempfile::TempDir;

const SERVER_1: &str = include_str!("../../../conf/article/server1.xml");
const SERVER_2: &str = include_str!("../../../conf/article/server2.xml");

fn cobnut_lint() -> Command {
    // A panic is a failure without its trace, too.
    Command::new(snapbox::cmd::cargo_bin!("cobnut-lint")).env("RUST_BACKTRACE", "0")
}

/// A folder with the article's two files.
fn article() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("server1.xml"), SERVER_1).unwrap();
    fs::write(folder.path().join("server2.xml"), SERVER_2).unwrap();
    folder
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_article_is_shown_in_full() {
    let folder = article();
    let run = cobnut_lint().current_dir(folder.path()).args(["server1.xml", "server2.xml"]).assert();
    run.code(1).stdout_eq(file!["snapshots/article.full.txt"]).stderr_eq(str![[r"
2 errors, 0 warnings, 2 notes in 2 files

"]]);
}

#[test]
fn concise_is_one_line_each() {
    let folder = article();
    let run = cobnut_lint().current_dir(folder.path()).args(["--format", "concise", "server2.xml"]).assert();
    run.code(1).stderr_eq("").stdout_eq(str![[r"
server2.xml:1:1: info[fragment]: the file begins with `<join>` instead of `<hazelcast>`
server2.xml:7:17: error[misplaced-separator]: member `192.168.5:1:5701` has a wrong separator and is no address

"]]);
}

#[test]
fn json_has_the_fields_of_the_contract() {
    let folder = article();
    let run = cobnut_lint()
        .current_dir(folder.path())
        .args(["server1.xml", "server2.xml", "--format", "json"])
        .assert();
    let output = run.code(1).stderr_eq("").get_output().stdout.clone();
    let findings: serde_json::Value = serde_json::from_slice(&output).unwrap();
    let typo =
        findings.as_array().unwrap().iter().find(|found| found["rule"] == "misplaced-separator").unwrap();
    let place = ["line", "column", "end_line", "end_column"].map(|field| typo[field].as_u64().unwrap());
    assert_eq!((typo["file"].as_str(), typo["severity"].as_str()), (Some("server2.xml"), Some("error")));
    assert_eq!(place, [7, 17, 7, 33]);
    assert_eq!(typo["fix"]["safety"], "safe");
    let edit = &typo["fix"]["edits"][0];
    let (start, end) = (edit["start"].as_u64().unwrap(), edit["end"].as_u64().unwrap());
    let (start, end) = (usize::try_from(start).unwrap(), usize::try_from(end).unwrap());
    assert_eq!((&SERVER_2[start..end], edit["replacement"].as_str()), (":", Some(".")));
}

#[test]
fn fix_mends_the_file_and_keeps_everything_else() {
    let folder = article();
    let run = cobnut_lint()
        .current_dir(folder.path())
        .args(["--fix", "--format", "concise", "server1.xml", "server2.xml"])
        .assert();
    run.code(0).stderr_eq("fixed 1 in 1 file\n").stdout_eq(str![[r"
server1.xml:1:1: info[fragment]: the file begins with `<join>` instead of `<hazelcast>`
server2.xml:1:1: info[fragment]: the file begins with `<join>` instead of `<hazelcast>`

"]]);
    let fixed = fs::read_to_string(folder.path().join("server2.xml")).unwrap();
    assert_eq!(fixed, SERVER_2.replace("192.168.5:1:5701", "192.168.5.1:5701"));
    assert_eq!(fs::read_to_string(folder.path().join("server1.xml")).unwrap(), SERVER_1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn diff_shows_the_fix_and_changes_nothing() {
    let folder = article();
    let run = cobnut_lint().current_dir(folder.path()).args(["--diff", "server2.xml"]).assert();
    run.code(1).stderr_eq("").stdout_eq(str![[r#"
--- a/server2.xml
+++ b/server2.xml
@@ -4,7 +4,7 @@
     <multicast-port>54327</multicast-port>
     </multicast>
     <tcp-ip enabled="true">
-        <member>192.168.5:1:5701</member>
+        <member>192.168.5.1:5701</member>
         <member>192.168.5.2:5701</member>
     </tcp-ip>
     <aws enabled="false"/>

"#]]);
    assert_eq!(fs::read_to_string(folder.path().join("server2.xml")).unwrap(), SERVER_2);
}

#[test]
fn standard_input_is_one_file() {
    let run = cobnut_lint().args(["--stdin", "--format", "concise"]).stdin(SERVER_2).assert();
    run.code(1).stdout_eq(str![[r"
<stdin>:1:1: info[fragment]: the file begins with `<join>` instead of `<hazelcast>`
<stdin>:7:17: error[misplaced-separator]: member `192.168.5:1:5701` has a wrong separator and is no address

"]]);
    let run = cobnut_lint().args(["--stdin", "--fix", "--format", "concise"]).stdin(SERVER_2).assert();
    let fixed = run.code(0).get_output().stdout.clone();
    assert_eq!(String::from_utf8(fixed).unwrap(), SERVER_2.replace("192.168.5:1:5701", "192.168.5.1:5701"));
}

#[test]
fn exit_status_follows_the_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let warning =
        "<hazelcast><network><interfaces><interface>10.0.0.1</interface></interfaces></network></hazelcast>";
    let file = write(folder.path(), "a.xml", warning);
    for (threshold, code) in [("error", 0), ("warning", 1), ("info", 1)] {
        cobnut_lint().arg(&file).args(["--fail-on", threshold]).assert().code(code);
    }
    cobnut_lint().assert().code(2);
    cobnut_lint().args(["--format", "yaml", "x"]).assert().code(2);
    cobnut_lint().args(["--fix", "--diff", "x"]).assert().code(2);
    let clean =
        write(folder.path(), "b.xml", "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\"/>");
    cobnut_lint().arg(&clean).assert().code(0).stdout_eq("");
}

#[test]
fn unreadable_files_are_status_3_and_the_others_are_still_linted() {
    let folder = article();
    let latin1 = folder.path().join("latin1.xml");
    fs::write(&latin1, b"<hazelcast>\n<!-- f\xFCr --></hazelcast>").unwrap();
    let run = cobnut_lint()
        .current_dir(folder.path())
        .args(["--format", "concise", "none.xml", "latin1.xml", "server2.xml"])
        .assert();
    run.code(3).stderr_eq(str![[r"
error: none.xml: No such file or directory (os error 2)
error: latin1.xml: line 2: byte 0xfc at offset 18 is not valid UTF-8; save the file as UTF-8

"]]).stdout_eq(str![[r"
server2.xml:1:1: info[fragment]: the file begins with `<join>` instead of `<hazelcast>`
server2.xml:7:17: error[misplaced-separator]: member `192.168.5:1:5701` has a wrong separator and is no address

"]]);
    let empty = tempfile::tempdir().unwrap();
    cobnut_lint().arg(empty.path()).assert().code(3);
}

#[test]
fn broken_xml_is_an_error_with_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let half = SERVER_2.get(..200).unwrap();
    write(folder.path(), "half.xml", half);
    let run = cobnut_lint().current_dir(folder.path()).args(["--format", "concise", "half.xml"]).assert();
    run.code(1).stdout_eq("half.xml:7:9: error[malformed-xml]: `<member>` is never closed\n");
}

#[test]
fn node_folders_are_one_cluster() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "node1/conf/hazelcast-local-config.xml", SERVER_1);
    write(folder.path(), "node1/conf/openfire.xml", "<jive/>");
    write(folder.path(), "node1/conf/hazelcast-local-config.template.xml", "<hazelcast/>");
    write(folder.path(), "node2/hazelcast.xml", SERVER_2);
    let expected = str![[r"
node1/conf/hazelcast-local-config.xml:1:1: info[fragment]: the file begins with `<join>` instead of `<hazelcast>`
node1/conf/hazelcast-local-config.xml:13:16: error[member-not-listed]: 192.168.5.1, the address of node1, is not among the members of node2
node2/hazelcast.xml:1:1: info[fragment]: the file begins with `<join>` instead of `<hazelcast>`
node2/hazelcast.xml:7:17: error[misplaced-separator]: member `192.168.5:1:5701` has a wrong separator and is no address

"]];
    let hazelcast = ["--select", "fragment,member-not-listed,misplaced-separator"];
    let arguments = ["--format", "concise", "node1", "node2"];
    let run = cobnut_lint().current_dir(folder.path()).args(hazelcast).args(arguments).assert();
    run.code(1).stdout_eq(expected.clone());
    // The folder above them gives the same nodes.
    let run =
        cobnut_lint().current_dir(folder.path()).args(hazelcast).args(["--format", "json", "."]).assert();
    let output = run.code(1).get_output().stdout.clone();
    let findings: serde_json::Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(findings.as_array().unwrap().len(), 4);
}

#[test]
fn a_folder_of_plain_files_is_one_cluster() {
    let folder = article();
    let run = cobnut_lint()
        .current_dir(folder.path())
        .args(["--format", "concise", "--fail-on", "error", "."])
        .assert();
    let output = String::from_utf8(run.code(1).get_output().stdout.clone()).unwrap();
    assert!(output.contains("./server1.xml:13:16: error[member-not-listed]"), "{output}");
}

#[test]
fn colours_only_when_told() {
    let folder = article();
    let plain = cobnut_lint().current_dir(folder.path()).arg("server2.xml").assert();
    assert!(!plain.get_output().stdout.contains(&0x1b));
    let coloured =
        cobnut_lint().current_dir(folder.path()).args(["--color", "always", "server2.xml"]).assert();
    assert!(coloured.get_output().stdout.contains(&0x1b));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = article();
    let target = folder.path().join("server2.xml");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link.xml");
    std::os::unix::fs::symlink(&target, &link).unwrap();
    cobnut_lint().arg("--fix").arg(&link).assert().code(0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(!fs::read_to_string(&target).unwrap().contains("192.168.5:1"));
}

#[test]
fn a_forecast_of_the_article_names_the_order_that_splits() {
    let files = ["server1.xml", "server2.xml"]
        .map(|file| format!("{}/../../conf/article/{file}", env!("CARGO_MANIFEST_DIR")));
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("forecast.html");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_cobnut-lint"))
        .args(["--simulate", "--picture"])
        .arg(&page)
        .args(&files)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("SPLIT  server1 first; restart of server2"), "{said}");
    assert!(said.contains("two clusters for at least 300 s: server1 | server2"), "{said}");
    assert!(std::fs::read_to_string(&page).unwrap().contains("<svg"), "a page with pictures");
    let alone = std::process::Command::new(env!("CARGO_BIN_EXE_cobnut-lint"))
        .arg("--simulate")
        .arg(&files[0])
        .output()
        .unwrap();
    assert_eq!(alone.status.code(), Some(2));
    let misnamed = std::process::Command::new(env!("CARGO_BIN_EXE_cobnut-lint"))
        .args(["--simulate", "--address", "sever1=192.168.5.1"])
        .args(&files)
        .output()
        .unwrap();
    let said = String::from_utf8(misnamed.stderr).unwrap();
    assert_eq!(misnamed.status.code(), Some(2), "{said}");
    assert!(said.contains("no node has this name; the nodes are server1, server2"), "{said}");
}
