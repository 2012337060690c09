#![doc = include_str!("old_management_center.md")]

use cobnut_config::elements::{Version, Versions};
use cobnut_diagnostics::{Diagnostic, Fix, Severity};

use super::witness::{REFUSED, because, without};
use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "old-management-center",
    severity: Severity::Error,
    summary: "Management Center is set up as in Hazelcast 3",
    page: include_str!("old_management_center.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let Some(id) = document.at_path("hazelcast/management-center").next() else { return };
    let generation = generation(cluster, node);
    if !generation.is_from(4, 0) {
        return;
    }
    let element = document.element(id);
    let is_old = |versions: Versions| versions.until < Version::new(4, 0);
    let attribute = element.attributes.iter().find(|attribute| {
        let known = node.places().known(id).and_then(|known| known.attribute(&attribute.name.value));
        known.is_some_and(|known| is_old(known.versions))
    });
    let child = element
        .children
        .iter()
        .find(|&&child| node.places().known(child).is_some_and(|known| is_old(known.versions)));
    let address = document.trimmed_text(id);
    let (place, what) = match (attribute, child) {
        (Some(attribute), _) => (attribute.name.span, format!("the attribute `{}`", attribute.name.value)),
        (None, Some(&child)) => {
            (document.element(child).name_span, format!("`<{}>`", document.element(child).name))
        }
        (None, None) if !address.value.is_empty() => (address.span, "an address".to_owned()),
        _ => return,
    };
    let message = format!("`<management-center>` does not have {what} since 4.0");
    let old = Versions { since: Version::OLDEST, until: Version::new(3, 12) };
    found.push(
        because(node, generation, old, RULE.at(node, place, message))
            .note("since 4.0 Management Center calls the members; before, members called it")
            .note(REFUSED)
            .fix(Fix::suggestion("remove the element", without(node, id))),
    );
}
