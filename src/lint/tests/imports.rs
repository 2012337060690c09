//! Findings of imported files: in the file that holds the mistake, and once for all nodes that share it.

use cobnut_diagnostics::Source;
use cobnut_lint::{Input, NodeInput, Options, Selection, lint_selected};

const MAIN: &str = "<hazelcast>\n<import resource=\"${openfireHome}/shared.xml\"/>\n</hazelcast>\n";
const SHARED: &str = "<hazelcast><network><join><tcp-ip enabled=\"true\">\n<member>192.168.5:1:5701</member>\n\
                      <member>192.168.5.2:5701</member></tcp-ip></join></network></hazelcast>\n";

fn node(name: &str, shared: &Source) -> NodeInput {
    let mut node = NodeInput::of_file(Source::new(format!("{name}.xml"), MAIN), name);
    node.variables.push(("openfireHome".to_owned(), "/opt/openfire".to_owned()));
    node.imports.push(("/opt/openfire/shared.xml".to_owned(), shared.clone()));
    node
}

#[test]
fn a_mistake_in_a_shared_file_is_said_once_and_there() {
    let shared = Source::new("shared.xml", SHARED);
    let mut selection = Selection::default();
    selection.select("misplaced-separator").expect("the rule exists");
    for names in [&["one"][..], &["one", "two", "three"]] {
        let nodes = names.iter().map(|name| node(name, &shared)).collect();
        let input = Input { nodes, balancers: Vec::new() };
        let found = lint_selected(&input, &Options::default(), &selection);
        let places: Vec<(&str, usize)> =
            found.iter().map(|found| (found.source().name(), found.line())).collect();
        assert_eq!(places, [("shared.xml", 2)], "{names:?}");
    }
}

#[test]
fn equal_files_of_two_nodes_keep_a_finding_each() {
    let nodes = ["one", "two"].map(|name| node(name, &Source::new(format!("{name}/shared.xml"), SHARED)));
    let mut selection = Selection::default();
    selection.select("misplaced-separator").expect("the rule exists");
    let input = Input { nodes: nodes.into(), balancers: Vec::new() };
    let found = lint_selected(&input, &Options::default(), &selection);
    let files: Vec<&str> = found.iter().map(|found| found.source().name()).collect();
    assert_eq!(files, ["one/shared.xml", "two/shared.xml"]);
}
