#![doc = include_str!("local_file_not_imported.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use super::shape::{LOCAL_FILE, is_cache_file};
use crate::{Check, Cluster, Node, Rule};

/// What the plugin's own file says.
const IMPORT: &str = "<import resource=\"${openfireHome}/conf/hazelcast-local-config.xml\"/>";

pub(crate) static RULE: Rule = Rule {
    name: "local-file-not-imported",
    severity: Severity::Warning,
    summary: "the cache file does not import the local file that is there",
    page: include_str!("local_file_not_imported.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let config = &node.config;
    let file_name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let main = config.sources.main();
    let Some(local) = node.input.file_names.iter().find(|path| file_name(path) == LOCAL_FILE) else { return };
    let imports_it = config.imports.iter().any(|import| file_name(&import.value) == LOCAL_FILE)
        || config.sources.iter().any(|source| file_name(source.name()) == LOCAL_FILE);
    if imports_it || !is_cache_file(node) {
        return;
    }
    let document = &config.document;
    let Some(&root) = document.roots().first() else { return };
    let tag = document.start_tag(root);
    // The plugin up to 2.2 had everything in one file.
    let network = document.at_path("hazelcast/network").next();
    let finding = RULE
        .at(
            node,
            document.element(root).name_span,
            format!("`{local}` is there, but this file does not import it"),
        )
        .note(format!(
            "Hazelcast reads {} alone: what the local file says about the network has no effect",
            main.name()
        ));
    found.push(if let Some(network) = network {
        let place = config.sources.location(document.element(network).name_span);
        finding
            .label(place, "the network that counts")
            .help("keep one `<network>`: import the local file and remove this one, or delete the local file")
    } else {
        let edit = Edit::replace(config.sources.location(Span::at(tag.end)), format!("\n    {IMPORT}"));
        finding.fix(Fix::suggestion(format!("add `{IMPORT}`"), edit))
    });
}
