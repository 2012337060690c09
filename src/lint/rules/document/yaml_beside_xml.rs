#![doc = include_str!("yaml_beside_xml.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "yaml-beside-xml",
    severity: Severity::Info,
    summary: "a hazelcast.yaml stands beside the XML file and is not read",
    page: include_str!("yaml_beside_xml.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let main = node.config.sources.main();
    if !main.name().to_lowercase().ends_with(".xml") {
        return;
    }
    let file_name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let folder = |path: &str| path.strip_suffix(&file_name(path)).unwrap_or_default().to_owned();
    let is_yaml = |path: &&String| matches!(file_name(path).as_str(), "hazelcast.yaml" | "hazelcast.yml");
    // Names of files are given relative to the node, so the folders are compared from behind.
    let Some(yaml) = node
        .input
        .file_names
        .iter()
        .filter(is_yaml)
        .find(|path| folder(main.name()).ends_with(&folder(path)))
    else {
        return;
    };
    found.push(
        RULE.at(node, Span::at(0), format!("`{yaml}` stands beside this file and is not read"))
            .note("with both there Hazelcast reads the XML file and does not mention the other; Openfire reads no YAML at all")
            .help("remove the one that is out of date"),
    );
}
