//! One mistake, one finding: what stands in for a value is not judged as a value as well.

use cobnut_diagnostics::{Diagnostic, Location, Severity, Source};

/// Rules about texts that are no values; whatever else is found at such a text follows from it.
const ABOUT_TEXTS: &[&str] = &[
    "environment-placeholder",
    "invisible-character-in-value",
    "malformed-variable",
    "openfire-home-unknown",
    "template-placeholder",
    "unsupported-replacer",
    "variable-default",
    "variable-without-value",
];

/// Rules over the table of elements; what a rule about one setting says at the same place says more.
const ABOUT_THE_TABLE: &[&str] = &["duplicate-element", "missing-attribute", "unknown-value"];

/// A rule of YAML files, and what follows from its findings in the same file.
const YAML_SHAPE: &str = "wrong-yaml-shape";
const FOLLOWS_FROM_SHAPE: &[&str] = &["interfaces-not-enabled", "no-usable-member"];

/// Members have a rule of their own for variables.
const VARIABLE_IN_MEMBER: &str = "variable-in-member";

/// Adds what was found while reading, except where a rule says the same at the same place, and more of it.
pub(crate) fn add_reading(found: &mut Vec<Diagnostic>, read: Vec<Diagnostic>) {
    for reading in read {
        let says_it = |rule: &Diagnostic| {
            rule.rule() == reading.rule()
                || is_about_texts(&reading) && (is_about_texts(rule) || rule.rule() == VARIABLE_IN_MEMBER)
        };
        let same = found.iter().position(|rule| says_it(rule) && overlaps(rule, &reading));
        match same {
            // Only the reader knows what keeps a server from starting.
            Some(index) if found[index].severity() < reading.severity() => {
                let rule = found.remove(index);
                found.push(rule.with_severity(reading.severity()));
            }
            Some(_) => {}
            None => found.push(reading),
        }
    }
}

fn is_about_texts(finding: &Diagnostic) -> bool {
    ABOUT_TEXTS.contains(&finding.rule())
}

fn overlaps(one: &Diagnostic, other: &Diagnostic) -> bool {
    let (first, second) = (one.span(), other.span());
    one.source() == other.source() && first.start < second.end && second.start < first.end
}

/// Takes out the findings that follow from others.
pub(crate) fn settle(found: &mut Vec<Diagnostic>) {
    leave_to_the_specific(found);
    let misshapen: Vec<Source> = found
        .iter()
        .filter(|finding| finding.rule() == YAML_SHAPE)
        .map(|finding| finding.source().clone())
        .collect();
    found.retain(|finding| {
        !FOLLOWS_FROM_SHAPE.contains(&finding.rule()) || !misshapen.contains(finding.source())
    });
    let about_texts: Vec<Diagnostic> =
        found.iter().filter(|finding| is_about_texts(finding)).cloned().collect();
    if about_texts.is_empty() {
        return;
    }
    found
        .retain(|finding| is_about_texts(finding) || !about_texts.iter().any(|text| overlaps(text, finding)));
}

fn leave_to_the_specific(found: &mut Vec<Diagnostic>) {
    let is_general = |finding: &Diagnostic| ABOUT_THE_TABLE.contains(&finding.rule());
    if !found.iter().any(is_general) {
        return;
    }
    let specific: Vec<Location> = found
        .iter()
        .filter(|finding| !is_general(finding) && finding.severity() > Severity::Info)
        .map(|finding| finding.location().clone())
        .collect();
    found.retain(|finding| !is_general(finding) || !specific.contains(finding.location()));
}
