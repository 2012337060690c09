#![doc = include_str!("malformed_schema_location.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::NAMESPACE;
use crate::tag::schema_location;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "malformed-schema-location",
    severity: Severity::Warning,
    summary: "schemaLocation does not hold pairs of namespace and address",
    page: include_str!("malformed_schema_location.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let Some(&root) = document.roots().first() else { return };
    let Some(location) = schema_location(document, root) else { return };
    let words: Vec<&str> = location.value.split_whitespace().collect();
    let is_paired = words.len().is_multiple_of(2);
    let names_hazelcast = words.iter().step_by(2).any(|&namespace| namespace == NAMESPACE);
    // A file with a foreign namespace has a finding for that.
    let is_hazelcasts =
        document.element(root).namespace.as_deref().is_none_or(|namespace| namespace == NAMESPACE);
    if is_paired && names_hazelcast || !is_hazelcasts {
        return;
    }
    let place = node.config.sources.location(location.span);
    let finding = if is_paired {
        RULE.at(node, location.span, "`schemaLocation` does not name Hazelcast's namespace").note(
            "Hazelcast looks for the schemas of all other namespaces under the addresses beside them, and does not start \
             when one cannot be loaded",
        )
    } else {
        let message = format!("`schemaLocation` has {} where pairs are expected", count(words.len()));
        RULE.at(node, location.span, message).note(
            "it holds pairs of a namespace and an address, separated by blanks; Hazelcast warns or ignores it and takes \
             its own schema",
        )
    };
    found.push(match meant(&words) {
        Some(meant) => {
            let description = format!("write `{}`", visible(&meant));
            finding.fix(Fix::suggestion(description, Edit::replace(place, meant)))
        }
        None => finding
            .help(format!("write `{NAMESPACE}` and the address of the schema, or remove the attribute")),
    });
}

fn count(words: usize) -> String {
    match words {
        1 => "one word".to_owned(),
        words => format!("{words} words"),
    }
}

/// The pair, when there is one address of a Hazelcast schema with or without its namespace glued to it.
fn meant(words: &[&str]) -> Option<String> {
    let mut addresses = words.iter().filter(|word| word.contains(".xsd"));
    let (address, None) = (addresses.next()?, addresses.next()) else { return None };
    let start = address.rfind("http")?;
    let address = address.get(start..)?;
    address.contains("hazelcast-config").then(|| format!("{NAMESPACE} {address}"))
}
