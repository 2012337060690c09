//! What can be named on the command line: homes, folders, patterns, archives, balancers, streams; and what is none of these.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod common;

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use common::{SERVER_1, SERVER_2, article, lint_in, places, stderr, stdout, write};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Findings about the article's typo, wherever the two files lie.
const TYPO: [&str; 2] = ["misplaced-separator", "member-not-listed"];

fn rules_of(text: &str) -> Vec<String> {
    let mut rules: Vec<String> =
        places(text).iter().map(|place| place.split_once(' ').unwrap().1.to_owned()).collect();
    rules.sort();
    rules
}

fn typo_in(folder: &Path, arguments: &[&str]) -> String {
    let mut all = vec!["--format", "concise", "--select", "misplaced-separator,member-not-listed"];
    all.extend(arguments);
    let run = lint_in(folder, &all).code(1);
    let text = stdout(&run);
    let mut expected = TYPO.map(str::to_owned);
    expected.sort();
    assert_eq!(rules_of(&text), expected, "{arguments:?}");
    text
}

fn homes(folder: &Path) {
    let local = |text: &str| format!("<hazelcast><network>{text}</network></hazelcast>");
    let cache =
        "<hazelcast>\n<import resource=\"${openfireHome}/conf/hazelcast-local-config.xml\"/>\n</hazelcast>\n";
    for (node, text) in [("node1", SERVER_1), ("node2", SERVER_2)] {
        write(folder, &format!("{node}/conf/openfire.xml"), "<jive><setup>true</setup></jive>");
        write(folder, &format!("{node}/conf/security.xml"), "<security><encrypt/></security>");
        write(folder, &format!("{node}/conf/hazelcast-local-config.xml"), local(text));
        write(folder, &format!("{node}/plugins/hazelcast/README.md"), cache);
    }
}

#[test]
fn patterns_are_expanded_when_the_shell_did_not() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "nodes/one/hazelcast.xml", SERVER_1);
    write(folder.path(), "nodes/two/hazelcast.xml", SERVER_2);
    let text = typo_in(folder.path(), &["nodes/*/hazelcast.xml"]);
    assert!(text.contains("nodes/two/hazelcast.xml:7:17"), "{text}");
    let run = lint_in(folder.path(), &["nodes/*/none.xml"]).code(3);
    assert_eq!(
        stderr(&run).lines().next(),
        Some("error: nodes/*/none.xml: nothing has a name of this pattern")
    );
}

#[test]
fn homes_are_nodes_by_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    homes(folder.path());
    for arguments in [&["node1", "node2"][..], &["."], &["node*"]] {
        let text = typo_in(folder.path(), arguments);
        assert!(text.contains("conf/hazelcast-local-config.xml:7:17"), "{text}");
    }
}

#[test]
fn folders_of_nodes_may_lie_deeper() {
    let folder = tempfile::tempdir().unwrap();
    homes(&folder.path().join("backup/2026/11"));
    typo_in(folder.path(), &["backup"]);
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn archives_are_read_like_folders_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let files: [(&str, &[u8]); 4] = [
        ("cluster/node1/hazelcast.xml", SERVER_1.as_bytes()),
        ("cluster/node1/logs/big.log", b"x"),
        ("cluster/node2/conf/hazelcast-local-config.xml", SERVER_2.as_bytes()),
        ("cluster/node2/conf/openfire.xml", b"<jive/>"),
    ];
    let tar = tarred(&files);
    for (name, bytes) in [
        ("c.zip", zipped(&files)),
        ("c.tar", tar.clone()),
        ("c.tar.gz", gzipped(&tar)),
        ("c.tgz", gzipped(&tar)),
    ] {
        write(folder.path(), name, &bytes);
        let text = typo_in(folder.path(), &[name]);
        let place = format!("{name}/cluster/node2/conf/hazelcast-local-config.xml:7:17");
        assert!(text.contains(&place), "{text}");
        let run = lint_in(folder.path(), &["--fix", "--format", "concise", name]).code(1);
        assert!(stderr(&run).contains("files in archives are not changed"), "{}", stderr(&run));
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), bytes);
    }
}

#[test]
fn archives_that_attack_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut outside = tarred(&[("aa/evil.xml", b"<hazelcast/>")]);
    outside[..11].copy_from_slice(b"../evil.xml");
    // The header's check sum is that of its bytes, the sum itself counted as blanks.
    outside[148..156].fill(b' ');
    let sum: u32 = outside[..512].iter().map(|byte| u32::from(*byte)).sum();
    outside[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    write(folder.path(), "outside.tar", outside);
    let zeros = vec![b' '; 17 << 20];
    write(folder.path(), "bomb.zip", zipped(&[("hazelcast.xml", &zeros)]));
    write(folder.path(), "bomb.tgz", gzipped(&tarred(&[("hazelcast.xml", &zeros)])));
    write(folder.path(), "cut.zip", &zipped(&[("hazelcast.xml", SERVER_1.as_bytes())])[..80]);
    write(folder.path(), "noise.tgz", [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (name, reason) in [
        ("outside.tar", "leads out of the archive"),
        ("bomb.zip", "larger than 16 MiB"),
        ("bomb.tgz", "larger than 16 MiB"),
        ("cut.zip", "cut.zip"),
        ("noise.tgz", "not a tar archive"),
    ] {
        let run = lint_in(folder.path(), &[name]).code(3);
        assert!(stderr(&run).contains(reason), "{name}: {}", stderr(&run));
    }
}

#[test]
fn an_import_is_read_from_the_file_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let cache =
        "<hazelcast>\n<import resource=\"${openfireHome}/conf/hazelcast-local-config.xml\"/>\n</hazelcast>\n";
    write(folder.path(), "home/conf/openfire.xml", "<jive/>");
    write(folder.path(), "home/plugins/hazelcast/classes/hazelcast-cache-config.xml", cache);
    let local = "<hazelcast><network><join><tcp-ip enabled=\"true\">\n<member>192.168.5:1:5701</member></tcp-ip></join></network></hazelcast>";
    write(folder.path(), "home/conf/hazelcast-local-config.xml", local);
    let select = ["--format", "concise", "--select", "misplaced-separator"];
    let expected = "home/conf/hazelcast-local-config.xml:2 misplaced-separator";
    let run = lint_in(folder.path(), &[&select[..], &["home"]].concat()).code(1);
    assert_eq!(places(&stdout(&run)), [expected]);
    // The file alone says where the home is by an argument; named together they are still one node.
    let cache = "home/plugins/hazelcast/classes/hazelcast-cache-config.xml";
    for arguments in [
        &["--openfire-home", "home", cache][..],
        &["--define", "openfireHome=home", cache, "home/conf/hazelcast-local-config.xml"],
    ] {
        let run = lint_in(folder.path(), &[&select[..], arguments].concat()).code(1);
        assert_eq!(places(&stdout(&run)), [expected], "{arguments:?}");
    }
    // A fix goes into the file that holds the mistake.
    lint_in(folder.path(), &["--fix", "--select", "misplaced-separator", "home"]).code(0);
    let fixed = fs::read_to_string(folder.path().join("home/conf/hazelcast-local-config.xml")).unwrap();
    assert_eq!(fixed, local.replace("5:1:", "5.1:"));
}

#[test]
fn balancers_are_known_by_their_content() {
    let folder = article();
    let haproxy = include_str!("../../../conf/haproxy.cfg");
    write(folder.path(), "haproxy.cfg", haproxy);
    write(folder.path(), "lb", haproxy);
    write(folder.path(), "logging.conf", "level = debug\n");
    let run = lint_in(folder.path(), &["--format", "junit", "."]);
    assert!(stdout(&run).contains("name=\"./haproxy.cfg\""), "{}", stdout(&run));
    assert!(!stdout(&run).contains("logging.conf"), "{}", stdout(&run));
    let run = lint_in(folder.path(), &["--format", "junit", "server1.xml", "lb"]);
    assert!(stdout(&run).contains("name=\"lb\""), "{}", stdout(&run));
}

#[test]
fn what_is_no_configuration_is_named() {
    let folder = article();
    write(folder.path(), "pom.xml", "<project/>");
    write(folder.path(), "notes.txt", "hello\n");
    write(folder.path(), "picture.png", [0x89, b'P', b'N', b'G', 0, 0]);
    let run =
        lint_in(folder.path(), &["--format", "concise", "--select", "misplaced-separator", "."]).code(1);
    assert_eq!(stderr(&run), "note: ./pom.xml: left out, it is no configuration\n");
    let run = lint_in(folder.path(), &["--format", "concise", "notes.txt", "picture.png"]).code(3);
    let text = stderr(&run);
    assert!(text.contains("error: notes.txt: no configuration that is known here"), "{text}");
    assert!(text.contains("error: picture.png: this is no text"), "{text}");
    // Named by itself an unknown root is a finding with a place.
    let run = lint_in(folder.path(), &["--format", "concise", "pom.xml"]).code(1);
    assert_eq!(places(&stdout(&run)), ["pom.xml:1 wrong-root"]);
}

#[test]
fn a_folder_without_configurations_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "pom.xml", "<project/>");
    let run = lint_in(folder.path(), &["."]).code(3);
    assert!(stderr(&run).contains("error: .: no hazelcast*.xml in this folder"), "{}", stderr(&run));
    // What lies beside the folders of nodes does not hide them.
    write(folder.path(), "nodes/one/hazelcast.xml", SERVER_1);
    write(folder.path(), "nodes/two/hazelcast.xml", SERVER_2);
    typo_in(folder.path(), &["."]);
    typo_in(folder.path(), &["nodes/one", "nodes/two/hazelcast.xml", "."]);
}

#[test]
fn a_broken_file_is_not_the_end_for_the_others() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a/hazelcast.xml", "<hazelcast><network>");
    write(folder.path(), "b/hazelcast.xml", SERVER_2);
    let run = lint_in(
        folder.path(),
        &["--format", "concise", "--select", "malformed-xml,misplaced-separator", "a", "b"],
    );
    assert_eq!(rules_of(&stdout(&run.code(1))), ["malformed-xml", "misplaced-separator"]);
}

#[test]
fn the_standard_input_can_have_a_name() {
    let folder = article();
    let run = snapbox::cmd::Command::new(snapbox::cmd::cargo_bin!("cobnut-lint"))
        .current_dir(folder.path())
        .args([
            "--stdin",
            "--stdin-name",
            "conf/node2.xml",
            "--format",
            "concise",
            "--select",
            "misplaced-separator",
        ])
        .stdin(SERVER_2)
        .assert();
    assert_eq!(places(&stdout(&run)), ["conf/node2.xml:7 misplaced-separator"]);
}
