//! Comments that silence findings: `<!-- cobnut-ignore rule-name, other: reason -->` on the line itself or alone on the line
//! before, `<!-- cobnut-ignore-file rule-name -->` anywhere; in YAML, HAProxy and nginx files the same behind a `#`.

mod scan;

use std::collections::HashMap;

use cobnut_diagnostics::{Diagnostic, Source};

use crate::Selection;
use crate::rules::ignore::{not_understood, unknown_rule, unused};
use scan::{Directive, Scope, scan};

/// Removes the findings that a comment silences, and reports the comments that silence nothing.
///
/// `has_run` tells whether a rule could have found something: a comment for one that was left out is not unused.
pub(crate) fn apply(
    found: Vec<Diagnostic>,
    sources: &[Source],
    selection: &Selection,
    has_run: impl Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let mut directives: HashMap<&Source, Vec<Directive>> = HashMap::new();
    for source in sources {
        if !directives.contains_key(source) {
            let of_source = scan(source);
            // Most files have none.
            if !of_source.is_empty() {
                directives.insert(source, of_source);
            }
        }
    }
    if directives.is_empty() {
        return found;
    }
    let mut kept = silence(found, &mut directives);
    let mut own = Vec::new();
    for source in sources {
        for directive in directives.get(source).into_iter().flatten() {
            report(source, directive, &has_run, &mut own);
        }
    }
    // One file can stand in the list under several names.
    own.dedup_by(|one, other| one.location() == other.location() && one.rule() == other.rule());
    let own = own.into_iter().filter_map(|found| selection.apply(found)).collect();
    kept.extend(silence(own, &mut directives));
    kept
}

/// The findings that no directive names; those that do are marked as used.
fn silence(found: Vec<Diagnostic>, directives: &mut HashMap<&Source, Vec<Directive>>) -> Vec<Diagnostic> {
    let mut kept = Vec::with_capacity(found.len());
    for finding in found {
        let mut is_silenced = false;
        for directive in directives.get_mut(finding.source()).into_iter().flatten() {
            let applies = match directive.scope {
                Scope::File => true,
                Scope::Lines(first, last) => (first..=last).contains(&finding.line()),
            };
            for name in directive.names.iter_mut().filter(|name| applies && name.text == finding.rule()) {
                name.is_used = true;
                is_silenced = true;
            }
        }
        if !is_silenced {
            kept.push(finding);
        }
    }
    kept
}

/// What is to be said about one comment.
fn report(source: &Source, directive: &Directive, has_run: &dyn Fn(&str) -> bool, own: &mut Vec<Diagnostic>) {
    if directive.is_misspelt || directive.names.is_empty() {
        own.push(not_understood(source, directive));
        return;
    }
    for name in &directive.names {
        if crate::rule(&name.text).is_none() {
            own.push(unknown_rule(source, directive, name));
        } else if !name.is_used && has_run(&name.text) {
            own.push(unused(source, directive, name));
        }
    }
}

pub(crate) use scan::{Directive as IgnoreComment, Name as IgnoredName};

#[cfg(test)]
mod tests;
