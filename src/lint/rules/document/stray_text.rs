#![doc = include_str!("stray_text.md")]

use cobnut_config::Syntax;
use cobnut_config::elements::ValueType;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span, visible};

use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "stray-text",
    severity: Severity::Warning,
    summary: "text stands between elements",
    page: include_str!("stray_text.md"),
    check: Check::File(check),
};

/// Elements that held a text in Hazelcast 3 and hold none since.
const TEXT_IN_3: &[&str] = &["management-center", "index", "serializer"];

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let (document, source) = (&node.config.document, &node.config.sources);
    // There, a text in the wrong place is a value of the wrong shape.
    if document.syntax() == Syntax::Yaml {
        return;
    }
    for id in document.ids() {
        let element = document.element(id);
        let known = node.places().known(id);
        if known.is_none_or(|known| known.info.value != ValueType::Nothing || known.info.open) {
            continue;
        }
        let name = element.lower_name();
        // An old address of Management Center has a rule of its own.
        if TEXT_IN_3.contains(&name.as_str())
            && (name == "management-center" || !generation(cluster, node).is_from(4, 0))
        {
            continue;
        }
        for piece in element.text.spans() {
            let text = source.slice(piece);
            // Other blanks than these are text for XML.
            let trimmed = text.trim_matches(|character: char| character <= ' ');
            if trimmed.is_empty() {
                continue;
            }
            let start = piece.start + text.find(trimmed).unwrap_or(0);
            let span = Span::new(start, start + trimmed.len());
            let message =
                format!("text between the elements of `<{}>`: `{}`", element.name, visible(trimmed));
            found.push(
                RULE.at(node, span, message)
                    .note("Hazelcast refuses the file without saying where; versions without schema validation ignore the text")
                    .fix(Fix::suggestion("delete the text", Edit::delete(source.location(span)))),
            );
        }
    }
}
