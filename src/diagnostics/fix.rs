//! Edits that mend a finding, how to apply them, and the difference they make.

use similar::TextDiff;

use crate::{Location, Source};

/// Whether an edit may be applied without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// Only one reading is left; `--fix` applies it.
    Safe,
    /// It mends the finding and changes what the cluster does today; only `--unsafe-fixes` applies it.
    Unsafe,
    /// Likely what was meant, but a guess; only `--unsafe-fixes` applies it.
    Suggestion,
    /// A template with something left to fill in: shown, never applied.
    Display,
}

impl Safety {
    /// The word used in the JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Suggestion => "suggestion",
            Self::Display => "display",
        }
    }

    /// Whether `--fix` applies it, or `--unsafe-fixes` when `with_unsafe` is set.
    pub fn is_applied(self, with_unsafe: bool) -> bool {
        match self {
            Self::Safe => true,
            Self::Unsafe | Self::Suggestion => with_unsafe,
            Self::Display => false,
        }
    }
}

/// Replaces the bytes of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; an empty place inserts.
    pub location: Location,
    /// What stands there afterwards.
    pub replacement: String,
}

impl Edit {
    /// Puts `replacement` in place of what is at `location`.
    pub fn replace(location: Location, replacement: impl Into<String>) -> Self {
        Self { location, replacement: replacement.into() }
    }

    /// Deletes what is at `location`.
    pub fn delete(location: Location) -> Self {
        Self::replace(location, "")
    }
}

/// Edits that belong together: all of them are applied, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the edits do, as an order: `write 192.168.5.1:5701`.
    pub description: String,
    /// Whether it may be applied without asking.
    pub safety: Safety,
    /// The edits, in any order, over one or more sources.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that leaves no other reading.
    pub fn safe(description: impl Into<String>, edit: Edit) -> Self {
        Self { description: description.into(), safety: Safety::Safe, edits: vec![edit] }
    }

    /// A fix that a person should look at.
    pub fn suggestion(description: impl Into<String>, edit: Edit) -> Self {
        Self { description: description.into(), safety: Safety::Suggestion, edits: vec![edit] }
    }

    /// A fix that changes what the cluster does today.
    pub fn changing(description: impl Into<String>, edit: Edit) -> Self {
        Self { description: description.into(), safety: Safety::Unsafe, edits: vec![edit] }
    }

    /// A template for a person to complete.
    pub fn template(description: impl Into<String>, edit: Edit) -> Self {
        Self { description: description.into(), safety: Safety::Display, edits: vec![edit] }
    }

    /// The same with a further edit, in the same source or in another one.
    #[must_use]
    pub fn and(mut self, edit: Edit) -> Self {
        self.edits.push(edit);
        self
    }
}

/// The texts that a number of fixes change.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// Each changed source with its new text, in the order of the first edit.
    pub texts: Vec<(Source, String)>,
    /// Number of fixes applied.
    pub count: usize,
}

/// Applies fixes over all their sources: each fix whole or not at all.
///
/// A fix that overlaps an earlier one anywhere is skipped: the next run finds it again and sees the changed texts.
pub fn apply_all<'a>(fixes: impl IntoIterator<Item = &'a Fix>) -> Applied {
    let mut accepted: Vec<(Source, Vec<&Edit>)> = Vec::new();
    let mut count = 0;
    for fix in fixes {
        if fix.edits.is_empty() || clashes(fix, &accepted) {
            continue;
        }
        for edit in &fix.edits {
            let source = edit.location.source();
            match accepted.iter_mut().find(|(known, _)| known == source) {
                Some((_, edits)) => edits.push(edit),
                None => accepted.push((source.clone(), vec![edit])),
            }
        }
        count += 1;
    }
    let texts = accepted.into_iter().map(|(source, edits)| {
        let text = edited(&source, edits);
        (source, text)
    });
    Applied { texts: texts.collect(), count }
}

/// Whether an edit of the fix overlaps one that was accepted, or one of its own.
fn clashes(fix: &Fix, accepted: &[(Source, Vec<&Edit>)]) -> bool {
    fix.edits.iter().enumerate().any(|(index, edit)| {
        let source = edit.location.source();
        let earlier =
            accepted.iter().filter(|(known, _)| known == source).flat_map(|(_, edits)| edits.iter());
        let own = fix.edits.iter().take(index).filter(|other| other.location.source() == source);
        earlier.copied().chain(own).any(|other| overlap(other, edit))
    })
}

/// The text of `source` after the fixes; the second value is the number of fixes applied.
///
/// Edits of other sources are left out. [`apply_all`] does all sources of a fix together.
pub fn apply<'a>(source: &Source, fixes: impl IntoIterator<Item = &'a Fix>) -> (String, usize) {
    let mut accepted: Vec<&Edit> = Vec::new();
    let mut applied = 0;
    for fix in fixes {
        let edits: Vec<&Edit> = fix.edits.iter().filter(|edit| edit.location.source() == source).collect();
        let clashes = |edit: &Edit| accepted.iter().any(|earlier| overlap(earlier, edit));
        if edits.is_empty() || edits.iter().any(|edit| clashes(edit)) {
            continue;
        }
        accepted.extend(edits);
        applied += 1;
    }
    (edited(source, accepted), applied)
}

/// The text with edits that do not overlap.
fn edited(source: &Source, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| edit.location.span());
    let mut text = String::with_capacity(source.text().len());
    let mut done = 0;
    for edit in edits {
        let span = edit.location.span();
        text.push_str(source.text().get(done..span.start).unwrap_or_default());
        text.push_str(&edit.replacement);
        done = done.max(span.end);
    }
    text.push_str(source.text().get(done..).unwrap_or_default());
    text
}

/// Two insertions at one place count as overlapping: their order would be a guess.
fn overlap(one: &Edit, other: &Edit) -> bool {
    let (a, b) = (one.location.span(), other.location.span());
    a.start < b.end && b.start < a.end || a.start == b.start
}

/// The difference between two versions of a file as a unified diff with three lines of context; empty when equal.
/// For `patch -p1`, from `/` when the name is an absolute path.
pub fn unified_diff(name: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let name = name.trim_start_matches('/');
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    #[test]
    fn a_diff_names_absolute_paths_for_patch() {
        let diff = unified_diff("/etc/server.xml", "a\n", "b\n");
        assert!(diff.starts_with("--- a/etc/server.xml\n+++ b/etc/server.xml\n"), "{diff}");
    }

    fn edit(source: &Source, start: usize, end: usize, with: &str) -> Edit {
        Edit::replace(source.location(Span::new(start, end)), with)
    }

    #[test]
    fn fixes_apply_in_any_order_and_never_overlap() {
        let source = Source::new("a", "0123456789");
        let late = Fix::safe("late", edit(&source, 7, 9, "B"));
        let early = Fix::safe("early", edit(&source, 1, 2, "AAA"));
        let clash = Fix::safe("clash", edit(&source, 8, 10, "x"));
        let other = Fix::safe("other file", edit(&Source::new("a", "0123456789"), 0, 1, "x"));
        let (text, applied) = apply(&source, [&late, &early, &clash, &other]);
        assert_eq!((text.as_str(), applied), ("0AAA23456B9", 2));
    }

    #[test]
    fn a_fix_of_several_edits_is_applied_whole_or_not_at_all() {
        let source = Source::new("a", "abcdef");
        let first = Fix::safe("first", edit(&source, 0, 1, "X"));
        let both = Fix {
            description: String::new(),
            safety: Safety::Safe,
            edits: vec![edit(&source, 0, 2, "Y"), edit(&source, 4, 5, "Z")],
        };
        assert_eq!(apply(&source, [&first, &both]), ("Xbcdef".to_owned(), 1));
        assert_eq!(apply(&source, [&both]), ("YcdZf".to_owned(), 1));
    }

    #[test]
    fn a_fix_over_two_sources_is_applied_in_both_or_in_none() {
        let (one, two) = (Source::new("one", "abc"), Source::new("two", "xyz"));
        let first = Fix::safe("first", edit(&two, 0, 1, "X"));
        let both = Fix::safe("both", edit(&one, 0, 1, "A")).and(edit(&two, 0, 2, "-"));
        let later = Fix::safe("later", edit(&one, 0, 1, "B")).and(edit(&two, 2, 3, "Z"));
        let applied = apply_all([&first, &both, &later]);
        let texts: Vec<_> = applied.texts.iter().map(|(s, text)| (s.name(), text.as_str())).collect();
        assert_eq!((texts, applied.count), (vec![("two", "XyZ"), ("one", "Bbc")], 2));
        let twice = Fix::safe("overlaps itself", edit(&one, 0, 2, "")).and(edit(&one, 1, 3, ""));
        assert_eq!(apply_all([&twice]).count, 0);
    }

    #[test]
    fn only_safe_fixes_are_applied_without_a_word() {
        let applied = |with_unsafe| {
            [Safety::Safe, Safety::Unsafe, Safety::Suggestion, Safety::Display]
                .map(|s| s.is_applied(with_unsafe))
        };
        assert_eq!((applied(false), applied(true)), ([true, false, false, false], [true, true, true, false]));
    }

    #[test]
    fn diff_is_unified_and_empty_for_equal_texts() {
        assert_eq!(unified_diff("f.xml", "a\n", "a\n"), "");
        let diff = unified_diff("f.xml", "a\nb\nc\n", "a\nB\nc\n");
        assert_eq!(diff, "--- a/f.xml\n+++ b/f.xml\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
    }
}
