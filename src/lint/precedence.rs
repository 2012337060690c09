//! One mistake, one finding: what stands in for a value is not judged as a value as well.

use cobnut_diagnostics::Diagnostic;

/// Rules about texts that are no values; whatever else is found at such a text follows from it.
const ABOUT_TEXTS: &[&str] = &[
    "environment-placeholder",
    "invisible-character-in-value",
    "malformed-variable",
    "template-placeholder",
    "unsupported-replacer",
    "variable-default",
    "variable-without-value",
];

/// Takes out the findings that follow from others.
pub(crate) fn settle(found: &mut Vec<Diagnostic>) {
    let about_texts: Vec<Diagnostic> =
        found.iter().filter(|finding| ABOUT_TEXTS.contains(&finding.rule())).cloned().collect();
    if about_texts.is_empty() {
        return;
    }
    found.retain(|finding| {
        ABOUT_TEXTS.contains(&finding.rule())
            || !about_texts.iter().any(|text| {
                let (one, other) = (text.span(), finding.span());
                text.source() == finding.source() && one.start < other.end && other.start < one.end
            })
    });
}
