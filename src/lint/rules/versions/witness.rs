//! What the rules about versions share.

use cobnut_config::ElementId;
use cobnut_config::elements::{Version, Versions};
use cobnut_diagnostics::{Diagnostic, Edit, Severity, Span};

use crate::Node;
use crate::generation::{Basis, Generation, Witness, next};

/// The first version that surely checks every file against its schema; 3.1 to 3.4 surely do not.
const CHECKED_SINCE: (u8, u8) = (3, 9);

/// Adds what Hazelcast does with an element or attribute that its version does not know.
pub(super) fn consequence(generation: &Generation, found: Diagnostic) -> Diagnostic {
    let (major, minor) = CHECKED_SINCE;
    if generation.is_before(major, minor) {
        return found
            .note("versions before 3.9 may not check the file against their schema and ignore it; later ones refuse the file")
            .with_severity(Severity::Info);
    }
    found.note(REFUSED)
}

/// What Hazelcast does with an element or attribute that its version does not know.
pub(super) const REFUSED: &str =
    "Hazelcast refuses the file without saying where; Openfire then runs on without a cluster";

/// Everything in the file that no candidate version knows, the first of each kind and the outermost only.
pub(super) fn strangers<'a>(
    node: &'a Node,
    generation: &'a Generation,
) -> impl Iterator<Item = &'a Witness> + 'a {
    generation.witnesses.iter().filter(move |witness| {
        let document = &node.config.document;
        let outer = match witness.attribute {
            Some(_) => Some(witness.element),
            None => document.element(witness.element).parent,
        };
        let is_inside = std::iter::successors(outer, |&id| document.element(id).parent)
            .filter_map(|id| node.places().known(id))
            .any(|known| generation.lacks(known.versions));
        generation.lacks(witness.versions) && !is_inside
    })
}

/// Says why the file is taken to be for another version.
pub(super) fn because(
    node: &Node,
    generation: &Generation,
    versions: Versions,
    found: Diagnostic,
) -> Diagnostic {
    let sources = &node.config.sources;
    if generation.basis == Basis::Target {
        return found.note(format!("the file is checked for {}, as asked for", generation.name()));
    }
    if let Some(witness) = generation.evidence_against(versions) {
        let text = format!("`{}` is known {}", witness.name, span_of(witness.versions));
        return found.label(sources.location(witness.span), text);
    }
    match generation.location {
        Some((version, span)) => {
            found.label(sources.location(span), format!("the file says that it is for {version}"))
        }
        None => found,
    }
}

/// `since 4.0`, `up to 3.12`, `from 3.12 to 5.2`.
pub(super) fn span_of(versions: Versions) -> String {
    match (versions.since == Version::OLDEST, versions.until == Version::NEWEST) {
        (true, true) => "in all versions".to_owned(),
        (true, false) => format!("up to {}", versions.until),
        (false, true) => format!("since {}", versions.since),
        (false, false) => format!("from {} to {}", versions.since, versions.until),
    }
}

/// `since 4.0` for something that was known up to 3.12.
pub(super) fn gone_since(versions: Versions) -> String {
    next(versions.until)
        .map_or_else(|| format!("after {}", versions.until), |version| format!("since {version}"))
}

/// All elements at the path of one, itself included.
pub(super) fn alike(node: &Node, id: ElementId) -> Vec<ElementId> {
    let document = &node.config.document;
    let path = document.path(id);
    document.at_path(&path).collect()
}

/// ` and 3 more of its kind`, or nothing.
pub(super) fn and_more(count: usize) -> String {
    if count > 1 { format!(" and {} more of its kind", count - 1) } else { String::new() }
}

/// Takes an element out, with its line when it has one of its own.
pub(super) fn without(node: &Node, id: ElementId) -> Edit {
    let place = node.config.sources.location(node.config.document.element(id).span);
    let (text, span) = (place.source().text(), place.span());
    let head = text.get(..span.start).unwrap_or_default();
    let blanks = head.len() - head.trim_end_matches([' ', '\t']).len();
    let tail = text.get(span.end..).unwrap_or_default();
    let rest = tail.trim_start_matches([' ', '\t', '\r']);
    let starts_line = head.len() == blanks || head.trim_end_matches([' ', '\t']).ends_with('\n');
    if !starts_line || !rest.starts_with('\n') {
        return Edit::delete(place);
    }
    let end = span.end + tail.len() - rest.len() + 1;
    Edit::delete(place.source().location(Span::new(span.start - blanks, end)))
}
