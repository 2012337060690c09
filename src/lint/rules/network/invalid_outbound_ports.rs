#![doc = include_str!("invalid_outbound_ports.md")]

use cobnut_config::{PortRange, Written, parse_int};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-outbound-ports",
    severity: Severity::Error,
    summary: "outbound ports are neither a port nor a range of ports",
    page: include_str!("invalid_outbound_ports.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for item in &node.config.network.outbound_ports.items {
        if item.value.is_none() && !item.text.contains("${") {
            found.push(judge(node, item));
        }
    }
}

fn judge(node: &Node, item: &Written<PortRange>) -> Diagnostic {
    let text = visible(&item.text);
    let ends =
        item.text.split_once('-').and_then(|(first, last)| Some((parse_int(first)?, parse_int(last)?)));
    if let Some((first, last)) = ends {
        let problem = if first > last { "ends before it starts" } else { "is not within 0 to 65535" };
        let finding = RULE.at(node, item.span, format!("the range `{text}` {problem}"));
        return finding
            .with_severity(Severity::Warning)
            .note("no port of it can be used; if nothing else is listed, connections to other members fail")
            .help("write the lower port first, up to 65535");
    }
    let finding = RULE
        .at(node, item.span, format!("`{text}` is neither a port nor a range of ports"))
        .note("Hazelcast accepts the file and fails at the first connection to another member: NumberFormatException");
    match meant(&item.text) {
        Some(meant) => {
            let edit = Edit::replace(node.config.sources.location(item.span), meant.as_str());
            finding.fix(Fix::safe(format!("write `{meant}`"), edit))
        }
        None => finding.help("write ports and ranges such as `33000-35000,38000`, or `0` for any port"),
    }
}

/// A range with another sign where the hyphen belongs: the dashes of typesetting, `..`, `:`, `~`, or `--`.
fn meant(text: &str) -> Option<String> {
    let is_dash = |character: char| {
        matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '~' | '.' | ':' | '-' | '_')
    };
    let (first, rest) = text.split_once(is_dash)?;
    let range = format!("{first}-{}", rest.trim_start_matches(is_dash));
    let (first, last) = range.split_once('-')?;
    let port = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten()
    };
    (port(first)? <= port(last)?).then(|| range.clone())
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn dashes_of_all_kinds_become_hyphens() {
        for text in ["33000\u{2013}35000", "33000--35000", "33000..35000", "33000:35000", "33000~35000"] {
            assert_eq!(meant(text).as_deref(), Some("33000-35000"), "{text}");
        }
        for text in ["a-b", "1-2-3", "35000\u{2013}33000", "70000\u{2013}70001", "x", "33000-", ""] {
            assert_eq!(meant(text), None, "{text}");
        }
    }
}
