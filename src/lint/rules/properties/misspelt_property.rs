#![doc = include_str!("misspelt_property.md")]

use cobnut_config::Spanned;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::known::{self, PREFIX};
use crate::distance::distance;
use crate::{Check, Cluster, Node, Rule};

/// Longer names are not compared with the known ones.
const NAME_BYTES_MAX: usize = 96;

pub(crate) static RULE: Rule = Rule {
    name: "misspelt-property",
    severity: Severity::Warning,
    summary: "a property name is misspelt and has no effect",
    page: include_str!("misspelt_property.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (name, _) in node.config.properties.iter() {
        let written = name.value.as_str();
        // Blanks at the edges have a finding of their own.
        if known::is_read(written.trim()) || written.len() > NAME_BYTES_MAX {
            continue;
        }
        if let Some((meant, why)) = meant(written.trim()) {
            found.push(finding(node, name, &meant, why));
        }
    }
}

fn finding(node: &Node, name: &Spanned<String>, meant: &str, why: &str) -> Diagnostic {
    let edit = Edit::replace(node.config.sources.location(name.span), meant);
    let default = known::known(meant).map_or("", |property| property.default);
    let effect = if default.is_empty() {
        "the setting has no effect".to_owned()
    } else {
        format!("the setting has no effect: {default}, the default, applies")
    };
    RULE.at(node, name.span, format!("Hazelcast has no property `{}`{why}", visible(&name.value)))
        .note(format!("unknown properties are accepted without any message; {effect}"))
        .fix(Fix::suggestion(format!("write `{meant}`"), edit))
}

/// The property that was meant, and what is wrong with the name.
fn meant(written: &str) -> Option<(String, &'static str)> {
    let with_prefix = format!("{PREFIX}{written}");
    if known::is_read(&with_prefix) {
        return Some((with_prefix, ": the prefix `hazelcast.` is missing"));
    }
    let by_case = known::all().map(known::Property::name).find(|name| name.eq_ignore_ascii_case(written));
    if let Some(name) = by_case {
        return Some((name, ": upper and lower case count"));
    }
    // `hazelcast.max-no-heartbeat-seconds`: the words are right, what stands between them is not.
    let squeezed = |name: &str| name.replace(['.', '-', '_'], "").to_lowercase();
    let bare = squeezed(written);
    let by_words = known::all()
        .map(known::Property::name)
        .find(|name| squeezed(name) == bare || squeezed(name.trim_start_matches(PREFIX)) == bare);
    if let Some(name) = by_words {
        return Some((name, ""));
    }
    let tail = written.strip_prefix(PREFIX).unwrap_or(written);
    // The difference in length alone is more than two slips: no need to count them for most of the names.
    let near = |one: &str, other: &str| {
        let lengths = one.chars().count().abs_diff(other.chars().count());
        (lengths <= 2).then(|| distance(one, other))
    };
    let ranked = known::all()
        .map(known::Property::name)
        .filter_map(|name| {
            let steps = [near(written, &name), near(tail, name.trim_start_matches(PREFIX))];
            Some((steps.into_iter().flatten().min()?, name))
        })
        .min()?;
    let allowed = if tail.chars().count() < 8 { 1 } else { 2 };
    (ranked.0 <= allowed && ranked.0 * 3 < tail.chars().count()).then_some((ranked.1, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_in_the_ways_people_get_them_wrong() {
        let cases = [
            ("max.no.heartbeat.seconds", Some("hazelcast.max.no.heartbeat.seconds")),
            ("hazelcast.icmp.anabled", Some("hazelcast.icmp.enabled")),
            ("hazelcast.Max.No.Heartbeat.Seconds", Some("hazelcast.max.no.heartbeat.seconds")),
            ("hazelcast.max-no-heartbeat-seconds", Some("hazelcast.max.no.heartbeat.seconds")),
            ("hazelcast.local.localadress", Some("hazelcast.local.localAddress")),
            ("hazelcast.shutdownhook.polcy", Some("hazelcast.shutdownhook.policy")),
            ("hazelast.jmx", Some("hazelcast.jmx")),
            ("hazelcast.jmy", None),
            ("hazelcast.some.new.thing", None),
            ("openfire.property", None),
            ("jmx", Some("hazelcast.jmx")),
        ];
        for (written, expected) in cases {
            assert_eq!(meant(written).map(|(name, _)| name).as_deref(), expected, "{written}");
        }
    }
}
