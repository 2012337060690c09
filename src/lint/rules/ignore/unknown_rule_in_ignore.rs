#![doc = include_str!("unknown_rule_in_ignore.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Source, visible};

use crate::distance::nearest;
use crate::suppression::{IgnoreComment, IgnoredName};
use crate::{Check, Rule, rules};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-rule-in-ignore",
    severity: Severity::Warning,
    summary: "a comment that silences findings cannot be understood",
    page: include_str!("unknown_rule_in_ignore.md"),
    check: Check::Engine,
};

/// A name that no rule has.
pub(crate) fn unknown_rule(source: &Source, comment: &IgnoreComment, name: &IgnoredName) -> Diagnostic {
    let place = source.location(name.span);
    let is_taken = |near: &&str| comment.names.iter().any(|other| other.text == **near);
    let found = Diagnostic::new(
        RULE.name,
        RULE.severity,
        place.clone(),
        format!("there is no rule `{}`, so nothing is silenced", visible(&name.text)),
    );
    match nearest(&name.text, rules().iter().map(|rule| rule.name)).filter(|near| !is_taken(near)) {
        Some(near) => found.fix(Fix::safe(format!("write `{near}`"), Edit::replace(place, near))),
        None => found.help("`cobnut-lint rules` lists the rules"),
    }
}

/// A comment without a rule, or with an instruction that is misspelt.
pub(crate) fn not_understood(source: &Source, comment: &IgnoreComment) -> Diagnostic {
    let place = source.location(comment.word);
    let word = visible(place.text());
    let found = |message: String| Diagnostic::new(RULE.name, RULE.severity, place.clone(), message);
    match nearest(&word, ["cobnut-ignore", "cobnut-ignore-file"]).filter(|_| comment.is_misspelt) {
        Some(near) => found(format!("`{word}` is no instruction, so nothing is silenced"))
            .fix(Fix::safe(format!("write `{near}`"), Edit::replace(place.clone(), near))),
        None => found(format!("`{word}` names no rule, so nothing is silenced"))
            .help("write the names of the rules behind it: `cobnut-ignore stray-dot, extra-colon: reason`"),
    }
}
