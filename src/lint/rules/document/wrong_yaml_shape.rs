#![doc = include_str!("wrong_yaml_shape.md")]

use cobnut_config::elements::ValueType;
use cobnut_config::{ElementId, Syntax};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "wrong-yaml-shape",
    severity: Severity::Error,
    summary: "a YAML key holds a text or a list where it takes something else",
    page: include_str!("wrong_yaml_shape.md"),
    check: Check::File(check),
};

/// Keys that hold a list of texts.
const LISTS: &[&str] = &["member-list", "trusted-interfaces", "outbound-ports"];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    if document.syntax() != Syntax::Yaml {
        return;
    }
    for id in document.ids() {
        let Some(known) = node.places().known(id) else { continue };
        let element = document.element(id);
        let text = document.trimmed_text(id);
        if known.info.value == ValueType::Nothing && !known.info.open && !text.value.is_empty() {
            found.push(scalar(node, id, LISTS.contains(&known.info.name)));
        } else if document.path(id) == "hazelcast/network/interfaces"
            && element.attribute("enabled").is_none()
            && element.children.iter().any(|&child| document.element(child).name == "interface")
            && !is_nested(node, id)
        {
            found.push(
                RULE.at(
                    node,
                    element.name_span,
                    "`interfaces` is a list, but takes `enabled` and a list of its own",
                )
                .note("Hazelcast refuses the file; Openfire reads no YAML at all")
                .help("write `interfaces: {enabled: true, interfaces: [\"192.168.5.1\"]}`"),
            );
        }
    }
}

/// Whether the key holds keys: one of them is called `interfaces`, too.
fn is_nested(node: &Node, id: ElementId) -> bool {
    let element = node.config.document.element(id);
    let text = node.config.sources.slice(element.span);
    let behind = element.name_span.end.saturating_sub(element.span.start);
    text.get(behind..).is_some_and(|rest| rest.contains("interfaces"))
}

/// A text where keys or a list belong.
fn scalar(node: &Node, id: ElementId, is_list: bool) -> Diagnostic {
    let document = &node.config.document;
    let text = document.trimmed_text(id);
    let name = &document.element(id).name;
    let takes = if is_list { "a list" } else { "keys of its own" };
    let finding = RULE
        .at(node, text.span, format!("`{name}` takes {takes}, not the text `{}`", visible(&text.value)))
        .note("Hazelcast refuses the file; Openfire reads no YAML at all");
    if !is_list {
        return finding.help(format!("write its settings as keys below `{name}`"));
    }
    let items: Vec<String> = text
        .value
        .split([',', ';', ' '])
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| format!("\"{item}\""))
        .collect();
    let list = format!("[{}]", items.join(", "));
    let place = node.config.sources.location(with_quotes(node, text.span));
    finding.fix(Fix::suggestion(format!("write `{list}`"), Edit::replace(place, list)))
}

/// The span with the quotes around it.
fn with_quotes(node: &Node, span: Span) -> Span {
    let place = node.config.sources.location(span);
    let (text, inner) = (place.source().text(), place.span());
    let quote = text.get(..inner.start).and_then(|before| before.chars().next_back());
    let is_quoted = quote
        .filter(|quote| matches!(quote, '"' | '\''))
        .is_some_and(|quote| text.get(inner.end..).is_some_and(|behind| behind.starts_with(quote)));
    if is_quoted { Span::new(span.start - 1, span.end + 1) } else { span }
}
