#![doc = include_str!("removed_setting.md")]

use cobnut_config::elements::Version;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity};

use super::witness::{alike, and_more, because, consequence, gone_since, strangers, without};
use crate::generation::{Generation, Witness, generation};
use crate::rules::document::rename;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "removed-setting",
    severity: Severity::Error,
    summary: "an element or attribute is gone in the version that the file is for",
    page: include_str!("removed_setting.md"),
    check: Check::File(check),
};

/// Elements and attributes that have rules of their own.
const ELSEWHERE: &[&str] = &["<group>", "<max-size>", "<eviction-policy>"];

/// What took the place of a name.
enum Successor {
    /// The same under another name.
    Name(&'static str),
    /// Something else, in words.
    Words(&'static str),
}

const SUCCESSORS: &[(&str, Successor)] = &[
    ("<multicast-time-to-live-seconds>", Successor::Name("multicast-time-to-live")),
    ("conn-timeout-seconds", Successor::Name("connection-timeout-seconds")),
    ("<quorum>", Successor::Words("write `<split-brain-protection>`, whose children have other names, too")),
    ("<quorum-ref>", Successor::Name("split-brain-protection-ref")),
    (
        "<optimize-queries>",
        Successor::Words("write `<cache-deserialized-values>ALWAYS</cache-deserialized-values>`, or nothing"),
    ),
    ("<hot-restart-persistence>", Successor::Words("write `<persistence>`")),
    ("<services>", Successor::Words("remove it: services are registered in Java code since then")),
    ("<asymmetric-encryption>", Successor::Words("remove it; what protects the traffic is `<ssl>`")),
    ("<eviction-percentage>", Successor::Words("remove it: it had no effect since 3.7")),
    ("<min-eviction-check-millis>", Successor::Words("remove it: it had no effect since 3.7")),
    ("<map-eviction-policy-class-name>", Successor::Words("write `<eviction comparator-class-name=\"…\"/>`")),
    (
        "<max-size-per-jvm>",
        Successor::Words("write `<max-size policy=\"PER_NODE\">`, or `<eviction>` since 4.0"),
    ),
    ("<backing-map-ref>", Successor::Words("remove it: a multimap or queue needs no map of its own")),
    ("<core-pool-size>", Successor::Name("pool-size")),
];

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let generation = generation(cluster, node);
    for witness in strangers(node, generation) {
        // Newer than all candidates is another matter; so is what neither older nor newer versions have.
        let is_gone = !generation.allows(witness.versions.until)
            && !is_elsewhere(node, witness)
            && generation.is_from(witness.versions.until.major, witness.versions.until.minor);
        if is_gone {
            found.push(finding(node, generation, witness));
        }
    }
}

/// Whether another rule speaks of it.
fn is_elsewhere(node: &Node, witness: &Witness) -> bool {
    let document = &node.config.document;
    let is_center = |id| document.element(id).lower_name() == "management-center";
    let parent = document.element(witness.element).parent;
    ELSEWHERE.contains(&witness.name.as_str())
        || is_center(witness.element) && witness.attribute.is_some()
        || parent.is_some_and(is_center)
}

fn finding(node: &Node, generation: &Generation, witness: &Witness) -> Diagnostic {
    let since = gone_since(witness.versions);
    let alike = match witness.attribute {
        Some(_) => vec![witness.element],
        None => alike(node, witness.element),
    };
    let name = &witness.name;
    let kind = if witness.attribute.is_some() { "the attribute " } else { "" };
    let message = format!("{kind}`{name}`{} does not exist {since}", and_more(alike.len()));
    let finding = because(node, generation, witness.versions, RULE.at(node, witness.span, message));
    let finding = consequence(generation, finding);
    let successor = SUCCESSORS.iter().find(|(old, _)| old == name).map(|(_, successor)| successor);
    match (successor, &witness.attribute) {
        (Some(Successor::Words(words)), _) => finding.help(*words),
        (Some(Successor::Name(new)), Some(_)) => {
            let edit = Edit::replace(node.config.sources.location(witness.span), *new);
            finding.fix(Fix::suggestion(format!("write `{new}`"), edit))
        }
        (Some(Successor::Name(new)), None) => {
            let edits = alike.iter().flat_map(|&id| rename(&node.config, id, new, Safety::Suggestion).edits);
            finding.fix(Fix {
                description: format!("rename it to `<{new}>`"),
                safety: Safety::Suggestion,
                edits: edits.collect(),
            })
        }
        (None, None) if witness.versions.until < Version::new(4, 0) => finding.fix(Fix {
            description: "remove it".to_owned(),
            safety: Safety::Suggestion,
            edits: alike.iter().map(|&id| without(node, id)).collect(),
        }),
        _ => finding.help("remove it"),
    }
}
