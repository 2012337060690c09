//! The article's two files, byte for byte: what is found in each alone, and in both together.

use cobnut_diagnostics::{Diagnostic, Safety, Severity, Source, apply};
use cobnut_lint::{lint_cluster, lint_file};

const SERVER_1: &str = include_str!("../../../conf/article/server1.xml");
const SERVER_2: &str = include_str!("../../../conf/article/server2.xml");

fn both(first: &str, second: &str) -> Vec<Diagnostic> {
    let file = |name: &str, text: &str| (Source::new(name, text), name.to_owned());
    lint_cluster(&[file("server1.xml", first), file("server2.xml", second)])
}

fn notable(found: &[Diagnostic]) -> Vec<String> {
    let notable = found.iter().filter(|found| found.severity() > Severity::Info);
    notable
        .map(|found| {
            format!("{}:{}:{} {}", found.source().name(), found.line(), found.column(), found.rule())
        })
        .collect()
}

#[test]
fn the_typo_is_found_in_its_file_alone() {
    let found = lint_file(&Source::new("server2.xml", SERVER_2));
    assert_eq!(notable(&found), ["server2.xml:7:17 misplaced-separator"]);
    let typo = found.iter().find(|found| found.rule() == "misplaced-separator").unwrap();
    assert_eq!((typo.severity(), typo.location().text()), (Severity::Error, "192.168.5:1:5701"));
    let notes = typo.notes().join("\n");
    for part in
        ["host name", "Cannot resolve hostname", "starts first: harmless", "cluster of its own", "300 s"]
    {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    let fix = typo.suggested_fix().unwrap();
    assert_eq!((fix.safety, fix.description.as_str()), (Safety::Safe, "write `192.168.5.1:5701`"));
    assert_eq!(apply(typo.source(), [fix]).0, SERVER_2.replace("192.168.5:1:5701", "192.168.5.1:5701"));
    assert!(notable(&lint_file(&Source::new("server1.xml", SERVER_1))).is_empty());
}

#[test]
fn together_the_other_file_proves_what_was_meant() {
    let found = both(SERVER_1, SERVER_2);
    assert_eq!(
        notable(&found),
        ["server1.xml:13:16 member-not-listed", "server2.xml:7:17 misplaced-separator"]
    );
    let typo = found.iter().find(|found| found.rule() == "misplaced-separator").unwrap();
    let evidence =
        typo.labels().iter().find(|label| label.location.source().name() == "server1.xml").unwrap();
    assert_eq!((evidence.location.text(), evidence.location.start().line), ("192.168.5.1", 13));
    assert!(
        typo.notes().iter().any(|note| note.contains("192.168.5.1 lists server2.xml")),
        "{:?}",
        typo.notes()
    );
}

#[test]
fn the_mended_pair_is_clean() {
    let mended = SERVER_2.replace("192.168.5:1:5701", "192.168.5.1:5701");
    assert!(notable(&both(SERVER_1, &mended)).is_empty());
}

#[test]
fn each_address_must_be_among_the_members_of_every_node() {
    let mended = SERVER_2.replace("192.168.5:1:5701", "192.168.5.1:5701");
    let cases = [
        (SERVER_1.replace("<member>192.168.5.2:5701</member>", ""), mended.clone(), "server2.xml:13:16"),
        (SERVER_1.to_owned(), mended.replace("<member>192.168.5.1:5701</member>", ""), "server1.xml:13:16"),
        (SERVER_1.replace("<interface>192.168.5.1<", "<interface>192.168.5.7<"), mended, "server1.xml:13:16"),
    ];
    for (first, second, place) in cases {
        let found = notable(&both(&first, &second));
        assert!(found.contains(&format!("{place} member-not-listed")), "{found:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_other() {
    let found = both("<join>", SERVER_2);
    assert_eq!(notable(&found), ["server1.xml:1:1 malformed-xml", "server2.xml:7:17 misplaced-separator"]);
}

/// Four nodes, of which three know only one another: one mistake, one finding.
#[test]
fn a_node_that_several_do_not_list_is_one_finding() {
    let text = |own: u8, last: u8| {
        let members: Vec<String> =
            (1..=last).map(|number| format!("<member>192.168.5.{number}</member>")).collect();
        let members = members.concat();
        format!(
            "<join><tcp-ip enabled=\"true\">{members}</tcp-ip></join><interfaces enabled=\"true\">\
             <interface>192.168.5.{own}</interface></interfaces>"
        )
    };
    let files: Vec<(Source, String)> = [(1, 3), (2, 3), (3, 3), (4, 4)]
        .map(|(own, last)| {
            let name = format!("n{own}.xml");
            (Source::new(name.as_str(), text(own, last)), name)
        })
        .into();
    let found = lint_cluster(&files);
    let missing: Vec<&str> =
        found.iter().filter(|found| found.rule() == "member-not-listed").map(Diagnostic::message).collect();
    assert_eq!(
        missing,
        ["192.168.5.4, the address of n4.xml, is not among the members of n1.xml, n2.xml, n3.xml"]
    );
    // With one list left as it was, the fix and the start orders are those of that file.
    let mut files = files;
    files[0] = (Source::new("n1.xml", text(1, 4)), "n1.xml".to_owned());
    files[1] = (Source::new("n2.xml", text(2, 4)), "n2.xml".to_owned());
    let found = lint_cluster(&files);
    let missing = found.iter().find(|found| found.rule() == "member-not-listed").unwrap();
    assert!(missing.suggested_fix().is_some());
    assert!(missing.notes().iter().any(|note| note.contains("unless another member of its list is up")));
}
