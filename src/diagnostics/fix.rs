//! Edits that mend a finding, how to apply them, and the difference they make.

use similar::TextDiff;

use crate::{Location, Source};

/// Whether an edit may be applied without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// Only one reading is left; `--fix` applies it.
    Safe,
    /// Likely what was meant; a person decides.
    Suggestion,
}

impl Safety {
    /// The word used in the JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Suggestion => "suggestion",
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
}

/// The text of `source` after the fixes; the second value is the number of fixes applied.
///
/// Edits of other sources are left to their own call. A fix that overlaps an earlier one is skipped as a whole: the next
/// run finds it again and sees the changed text.
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
    accepted.sort_by_key(|edit| edit.location.span());
    let mut text = String::with_capacity(source.text().len());
    let mut done = 0;
    for edit in accepted {
        let span = edit.location.span();
        text.push_str(source.text().get(done..span.start).unwrap_or_default());
        text.push_str(&edit.replacement);
        done = done.max(span.end);
    }
    text.push_str(source.text().get(done..).unwrap_or_default());
    (text, applied)
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
    fn diff_is_unified_and_empty_for_equal_texts() {
        assert_eq!(unified_diff("f.xml", "a\n", "a\n"), "");
        let diff = unified_diff("f.xml", "a\nb\nc\n", "a\nB\nc\n");
        assert_eq!(diff, "--- a/f.xml\n+++ b/f.xml\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
    }
}
