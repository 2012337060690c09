//! The shape that findings about one member entry share.

use cobnut_config::MemberEntry;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Span};

use crate::entry::{Choice, Slip, SlipKind, choose, fix, neighbours};
use crate::{Cluster, Node, Rule, consequence};

/// A finding at an entry: the wrong characters marked, the consequence in each start order, and the fix.
///
/// `mark` says what is wrong at the marked characters; when it is empty, the fix's replacement tells.
pub(super) fn report(
    rule: &Rule,
    cluster: &Cluster,
    node: &Node,
    entry: &MemberEntry,
    slip: &Slip,
    message: String,
    mark: &str,
) -> Diagnostic {
    let source = &node.config.sources;
    let mut found = rule.at(node, extent(node, entry, slip), message);
    if source.slice(entry.span) == entry.text {
        for range in &slip.at {
            let span = Span::new(entry.span.start + range.start, entry.span.start + range.end);
            let text = if mark.is_empty() { expected(slip, range) } else { mark.to_owned() };
            found = found.label(source.location(span), text);
        }
    }
    if let Some((region, text)) = &slip.region {
        let edit = Edit::replace(source.location(*region), text.as_str());
        return consequence::of_entry(cluster, node, entry, None, found)
            .fix(Fix::safe("separate the members by commas", edit));
    }
    // When the text alone gives no reading, an address of the other files may be one slip away.
    let near = match choose(cluster, node, &slip.repairs, slip.only_known) {
        Choice::None if may_be_near(slip.kind) => neighbours(cluster, node, entry),
        _ => Vec::new(),
    };
    let (repairs, only_known) =
        if near.is_empty() { (&slip.repairs, slip.only_known) } else { (&near, true) };
    match choose(cluster, node, repairs, only_known) {
        Choice::One(repair, known, safety) => {
            let safety = if near.is_empty() { safety } else { Safety::Suggestion };
            // The entry itself is no evidence for its own reading.
            if let Some(known) = known.filter(|known| known.location != *found.location()) {
                found = found.label(known.location, known.reason);
            }
            consequence::of_entry(cluster, node, entry, repair.address(), found)
                .fix(fix(node, entry, repair, safety))
        }
        Choice::Several(repairs) => {
            let texts: Vec<String> = repairs.iter().map(|repair| format!("`{}`", repair.text)).collect();
            consequence::of_entry(cluster, node, entry, None, found)
                .help(format!("write one of {}", texts.join(", ")))
        }
        Choice::None => consequence::of_entry(cluster, node, entry, entry.single_address(), found),
    }
}

/// The entry, together with the pieces behind it that Hazelcast splits off and that were meant to be parts of it.
pub(super) fn extent(node: &Node, entry: &MemberEntry, slip: &Slip) -> Span {
    let reaches_out = slip.at.iter().any(|range| range.end > entry.text.len());
    match slip.repairs.first() {
        Some(repair) if reaches_out && node.config.sources.slice(entry.span) == entry.text => {
            let removed: usize = repair.edits.iter().map(|(range, _)| range.len()).sum();
            let added: usize = repair.edits.iter().map(|(_, text)| text.len()).sum();
            Span::new(
                entry.span.start,
                entry.span.start + (repair.text.len() + removed).saturating_sub(added),
            )
        }
        _ => entry.span,
    }
}

/// Kinds of slips whose text may be an address but for one character; patterns and variables are written on purpose.
fn may_be_near(kind: SlipKind) -> bool {
    matches!(
        kind,
        SlipKind::HostName
            | SlipKind::OctetOutOfRange
            | SlipKind::MissingOctet
            | SlipKind::InvalidPort
            | SlipKind::MalformedIpv6
    )
}

/// What the first reading puts at a place.
fn expected(slip: &Slip, range: &std::ops::Range<usize>) -> String {
    let edit = slip.repairs.first().and_then(|repair| repair.edits.iter().find(|(place, _)| place == range));
    match edit.map(|(_, with)| with.as_str()) {
        Some(".") if slip.kind == SlipKind::StrayDot => "one dot belongs here".to_owned(),
        Some(".") => "a dot belongs here".to_owned(),
        Some(":") if slip.kind == SlipKind::ExtraColon => "one colon belongs here".to_owned(),
        Some(":") => "a colon belongs here".to_owned(),
        Some("") => "does not belong here".to_owned(),
        Some(text) => format!("should be `{text}`"),
        None => String::new(),
    }
}
