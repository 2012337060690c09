#![doc = include_str!("cluster_name_in_both_files.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "cluster-name-in-both-files",
    severity: Severity::Error,
    summary: "the cluster's name stands in a file and in one that it imports",
    page: include_str!("cluster_name_in_both_files.md"),
    check: Check::File(check),
};

/// What may name the cluster.
const PATHS: &[&str] = &["hazelcast/cluster-name", "hazelcast/group"];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let (document, sources) = (&node.config.document, &node.config.sources);
    for path in PATHS {
        let places: Vec<_> =
            document.at_path(path).map(|id| sources.location(document.element(id).name_span)).collect();
        let imported = places.iter().find(|place| place.source() != sources.main());
        let own = places.iter().find(|place| place.source() == sources.main());
        let (Some(imported), Some(own)) = (imported, own) else { continue };
        let name = path.rsplit('/').next().unwrap_or(path);
        let effective = &node.config.cluster_name.value;
        found.push(
            RULE.found(imported.clone(), format!("`<{name}>` stands in this file and in the one that imports it"))
                .label(own.clone(), "named here, too")
                .note(format!(
                    "Hazelcast reads both as one file and does not start: Duplicate '{name}' definition found in the \
                     configuration; Openfire then runs on without a cluster"
                ))
                .note(format!("cobnut takes the last one, `{}`", cobnut_diagnostics::visible(effective)))
                .help("keep one of them; since the plugin 3.0 the name stands in hazelcast-cache-config.xml, up to 2.6 in hazelcast-local-config.xml"),
        );
    }
}
