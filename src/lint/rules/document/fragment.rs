#![doc = include_str!("fragment.md")]

use cobnut_config::Form;
use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "fragment",
    severity: Severity::Info,
    summary: "the file is a fragment, which Hazelcast itself cannot load",
    page: include_str!("fragment.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let Form::Fragment { context } = document.form() else { return };
    let Some(&first) = document.roots().first() else { return };
    let wrapper = format!("<{}>", context.replace('/', "><"));
    let name = &document.element(first).name;
    let span = document.element(first).span;
    let place = Span::new(span.start, document.element(first).name_span.end);
    let finding = RULE
        .at(node, place, format!("the file begins with `<{name}>` instead of `<hazelcast>`"))
        .note("cobnut reads it as it is; Hazelcast itself would not load the file");
    let finding = match context.rsplit('/').next() {
        Some("tcp-ip") => finding.note("the members are used as if `<tcp-ip enabled=\"true\">` stood around them"),
        Some("interfaces") => finding.note(
            "they are taken for this node's own addresses, as if `<interfaces enabled=\"true\">` stood around them; members \
             are written `<member>`",
        ),
        _ => finding,
    };
    found.push(finding.help(format!("to use it with Hazelcast as well, put {wrapper} around it")));
}
