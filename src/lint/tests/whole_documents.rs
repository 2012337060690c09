//! Files as they are found in installations: the findings that matter, and no noise beside them.

use cobnut_diagnostics::{Diagnostic, Severity, Source};
use cobnut_lint::lint_file;

fn found(text: &str) -> Vec<String> {
    let found = lint_file(&Source::new("t.xml", text));
    found.iter().filter(|found| found.severity() > Severity::Info).map(Diagnostic::to_string).collect()
}

/// A member file in the shape of Openfire's template, with `network` as given.
fn document(network: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\"\n    \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n    \
         xsi:schemaLocation=\"http://www.hazelcast.com/schema/config\n    \
         https://www.hazelcast.com/schema/config/hazelcast-config-5.5.xsd\">\n<network>\n{network}\n</network>\n\
         <map name=\"Roster\"><backup-count>1</backup-count></map>\n</hazelcast>\n"
    )
}

const MULTICAST: &str = "<join><multicast enabled=\"false\"><multicast-group>224.2.2.3</multicast-group></multicast>\n\
                         <tcp-ip enabled=\"false\"/></join>";
const TCP_IP: &str = "<join><multicast enabled=\"false\"/>\n\
                      <tcp-ip enabled=\"true\"><member>10.10.1.1:5701</member></tcp-ip></join>";

#[test]
fn a_sound_document_has_no_finding() {
    let network = format!(
        "<port auto-increment=\"true\" port-count=\"100\">5701</port><outbound-ports><ports>0</ports></outbound-ports>\n{TCP_IP}\n\
         <interfaces enabled=\"false\"><interface>10.10.1.*</interface></interfaces><ssl enabled=\"false\"/>"
    );
    assert_eq!(found(&document(&network)), [""; 0]);
}

#[test]
fn the_second_join_of_the_template_is_one_finding() {
    assert_eq!(
        found(&document(&format!("{MULTICAST}\n{TCP_IP}"))),
        ["t.xml:9:2: error[duplicate-element]: a second `<join>`"]
    );
}

#[test]
fn cloud_joiners_are_quiet_when_disabled_and_errors_when_enabled() {
    for name in ["aws", "gcp", "azure", "kubernetes", "eureka"] {
        let join = |enabled: &str| {
            format!(
                "<tcp-ip enabled=\"true\"><member>a</member></tcp-ip><{name} enabled=\"{enabled}\"><region>x</region></{name}>"
            )
        };
        assert_eq!(found(&document(&format!("<join>{}</join>", join("false")))), [""; 0], "{name}");
        let errors = found(&document(&format!("<join>{}</join>", join("true"))));
        let is_named = |found: &String| {
            found.contains("error[unsupported-joiner]") && found.contains(&format!("<{name}>"))
        };
        assert!(errors.iter().any(is_named), "{errors:?}");
    }
}

#[test]
fn kubernetes_by_dns_is_obeyed() {
    let text = "<join><multicast enabled=\"false\"/><kubernetes enabled=\"true\">\
                <service-dns>openfire.example.svc.cluster.local</service-dns><service-port>5801</service-port></kubernetes></join>";
    assert_eq!(found(&document(text)), [""; 0]);
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let text = include_str!("../../../conf/article/server2.xml").replace('\n', "\r\n");
    assert_eq!(
        found(&text),
        [
            "t.xml:7:17: error[misplaced-separator]: member `192.168.5:1:5701` has a wrong separator and is no address"
        ]
    );
}

#[test]
fn a_byte_order_mark_and_a_declaration_before_a_fragment_change_nothing() {
    let text =
        format!("\u{feff}<?xml version=\"1.0\"?>\n{}", include_str!("../../../conf/article/server2.xml"));
    assert_eq!(
        found(&text),
        [
            "t.xml:8:17: error[misplaced-separator]: member `192.168.5:1:5701` has a wrong separator and is no address"
        ]
    );
}

#[test]
fn what_stands_in_a_file_and_in_its_import_is_named_with_both_places() {
    let main = "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">\n<import resource=\"conf/local.xml\"/>\n\
                <instance-name>a</instance-name>\n</hazelcast>";
    let local = "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">\n<instance-name>b</instance-name>\n</hazelcast>";
    let mut node = cobnut_lint::NodeInput::of_file(Source::new("main.xml", main), "node");
    node.imports.push(("conf/local.xml".to_owned(), Source::new("conf/local.xml", local)));
    let input = cobnut_lint::Input { nodes: vec![node], balancers: Vec::new() };
    let found = cobnut_lint::lint(&input, &cobnut_lint::Options::default());
    let duplicate = found.iter().find(|found| found.rule() == "duplicate-element").unwrap();
    assert_eq!(duplicate.to_string(), "main.xml:3:2: error[duplicate-element]: a second `<instance-name>`");
    let first = &duplicate.labels()[0].location;
    assert_eq!((first.source().name(), first.start().line), ("conf/local.xml", 2));
}
