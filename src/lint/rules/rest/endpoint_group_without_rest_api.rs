#![doc = include_str!("endpoint_group_without_rest_api.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "endpoint-group-without-rest-api",
    severity: Severity::Warning,
    summary: "endpoint groups are enabled, but the REST API is not",
    page: include_str!("endpoint_group_without_rest_api.md"),
    check: Check::File(check),
};

/// An explicit `enabled="false"` is a decision, a missing attribute is not.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let rest_api = &node.config.network.rest_api;
    let Some(span) = rest_api.span.filter(|_| rest_api.enabled.span.is_none()) else { return };
    let Some(group) = rest_api.groups.iter().find(|group| *group.enabled) else { return };
    let name_end = span.start + "<rest-api".len();
    // A misspelt attribute has a finding of its own.
    if node.config.sources.slice(Span::new(name_end, span.end)).trim_start().starts_with("enab") {
        return;
    }
    let edit = Edit::replace(node.config.sources.location(Span::at(name_end)), " enabled=\"true\"");
    let place = Span::new(span.start, name_end);
    found.push(
        RULE.at(node, place, "`<rest-api>` lacks `enabled`: none of its endpoints answers")
            .label(
                node.config.sources.location(group.span),
                format!("`{}` is enabled here", visible(&group.name.value)),
            )
            .note("load balancers that ask for the health of this node take it for dead")
            .fix(Fix::suggestion("add `enabled=\"true\"`", edit)),
    );
}
