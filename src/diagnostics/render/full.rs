//! The frame that rustc made familiar: message, source lines with labels, notes, and the fix as a patch.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::render::Colour;
use crate::{Diagnostic, Edit, Fix, Label, Severity, Source};

/// Longest line that a patch shows whole, in bytes.
const LINE_BYTES_MAX: usize = 400;
/// What is left of a longer one on both sides of the edits, in bytes.
const AROUND_BYTES: usize = 60;
/// Stands for what was cut off.
const CUT: &str = "...";

/// Width that the frames are laid out for; fixed, so that output does not depend on a terminal.
const WIDTH: usize = 140;

/// Frames with source lines, a blank line between two findings.
pub fn full(diagnostics: &[Diagnostic], colour: Colour) -> String {
    let renderer = match colour {
        Colour::Never => Renderer::plain(),
        Colour::Always => Renderer::styled(),
    }
    .term_width(WIDTH);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&renderer.render(&groups(diagnostic)));
        out.push_str("\n\n");
    }
    out
}

fn groups(diagnostic: &Diagnostic) -> Vec<Group<'_>> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut main =
        level.primary_title(diagnostic.message()).id(diagnostic.rule()).elements(snippets(diagnostic));
    for note in diagnostic.notes() {
        main = main.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(versions) = diagnostic.affected_versions() {
        main = main.element(Level::NOTE.with_name("versions").message(versions));
    }
    for help in diagnostic.advice() {
        main = main.element(Level::HELP.message(help.as_str()));
    }
    let mut groups = vec![main];
    groups.extend(diagnostic.suggested_fix().map(patch));
    groups
}

/// One snippet for each file that is pointed at, the finding's own file first.
fn snippets(diagnostic: &Diagnostic) -> Vec<Snippet<'_, annotate_snippets::Annotation<'_>>> {
    let mut sources: Vec<&Source> = vec![diagnostic.source()];
    for label in diagnostic.labels() {
        if !sources.contains(&label.location.source()) {
            sources.push(label.location.source());
        }
    }
    sources
        .into_iter()
        .map(|source| {
            let primary = Some((AnnotationKind::Primary, diagnostic.primary()));
            let others = diagnostic.labels().iter().map(|label| (AnnotationKind::Context, label));
            let annotations = primary
                .into_iter()
                .chain(others)
                .filter(|(_, label)| label.location.source() == source)
                .map(|(kind, label)| annotation(kind, label));
            Snippet::source(source.text()).path(source.name()).annotations(annotations)
        })
        .collect()
}

fn annotation(kind: AnnotationKind, label: &Label) -> annotate_snippets::Annotation<'_> {
    let annotation = kind.span(label.location.span().range());
    if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
}

fn patch(fix: &Fix) -> Group<'_> {
    let mut group = Group::with_title(Level::HELP.secondary_title(fix.description.as_str()));
    let mut sources: Vec<&Source> = Vec::new();
    for edit in &fix.edits {
        if !sources.contains(&edit.location.source()) {
            sources.push(edit.location.source());
        }
    }
    for source in sources {
        let edits: Vec<&Edit> = fix.edits.iter().filter(|edit| edit.location.source() == source).collect();
        let shown = Excerpt::around(source, &edits);
        let patches = edits.into_iter().map(|edit| {
            let range = edit.location.span().range();
            Patch::new(shown.place(range.start)..shown.place(range.end), edit.replacement.as_str())
        });
        let snippet = Snippet::source(shown.text.clone()).line_start(shown.line).path(source.name());
        group = group.element(snippet.patches(patches));
    }
    group
}

/// The text that a patch is shown in: the whole source, or of very long lines the part around the edits, because the renderer
/// cuts lines only where it draws labels.
struct Excerpt<'a> {
    text: Cow<'a, str>,
    line: usize,
    /// First byte of the source that is shown.
    from: usize,
    /// Bytes of the mark that stands for what is left out in front.
    mark: usize,
}

impl<'a> Excerpt<'a> {
    fn around(source: &'a Source, edits: &[&Edit]) -> Self {
        let text = source.text();
        let whole = Self { text: Cow::Borrowed(text), line: 1, from: 0, mark: 0 };
        let spans = || edits.iter().map(|edit| edit.location.span());
        let (Some(start), Some(end)) =
            (spans().map(|span| span.start).min(), spans().map(|span| span.end).max())
        else {
            return whole;
        };
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
        if text[line_start..line_end].lines().all(|line| line.len() <= LINE_BYTES_MAX) {
            return whole;
        }
        let from = text.floor_char_boundary(start.saturating_sub(AROUND_BYTES)).max(line_start);
        let to = text.ceil_char_boundary(end + AROUND_BYTES).min(line_end);
        let before = if from > line_start { CUT } else { "" };
        let behind = if to < line_end { CUT } else { "" };
        Self {
            text: Cow::Owned(format!("{before}{}{behind}", &text[from..to])),
            line: source.position(start).line,
            from,
            mark: before.len(),
        }
    }

    fn place(&self, offset: usize) -> usize {
        offset - self.from + self.mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    fn finding() -> Diagnostic {
        let two = Source::new("server2.xml", "<tcp-ip>\n  <member>192.168.5:1:5701</member>\n</tcp-ip>\n");
        let one = Source::new("server1.xml", "<interface>192.168.5.1</interface>\n");
        let colon = two.location(Span::new(28, 29));
        Diagnostic::new(
            "misplaced-separator",
            Severity::Error,
            two.location(Span::new(19, 35)),
            "not an address",
        )
        .here("the colon stands for a dot")
        .label(one.location(Span::new(11, 22)), "the address of server1.xml")
        .note("skipped")
        .help("write a dot")
        .fix(Fix::safe("write `192.168.5.1:5701`", Edit::replace(colon, ".")))
    }

    #[test]
    fn frame_shows_both_files_and_the_patch() {
        let expected = "\
error[misplaced-separator]: not an address
 --> server2.xml:2:11
  |
2 |   <member>192.168.5:1:5701</member>
  |           ^^^^^^^^^^^^^^^^ the colon stands for a dot
  |
 ::: server1.xml:1:12
  |
1 | <interface>192.168.5.1</interface>
  |            ----------- the address of server1.xml
  |
  = note: skipped
  = help: write a dot
help: write `192.168.5.1:5701`
  |
2 -   <member>192.168.5:1:5701</member>
2 +   <member>192.168.5.1:5701</member>
  |

";
        assert_eq!(full(&[finding()], Colour::Never), expected);
    }

    #[test]
    fn patches_of_long_lines_show_what_changes() {
        let long = "<b/>".repeat(500);
        for (text, at, shown) in [
            (format!("x{long}"), 0, "1 - x<b/>"),
            (format!("{long}x"), 2000, "<b/>x\n"),
            (format!("\n{long}x{long}"), 2001, "2 - ..."),
            (format!("{}x{}", "ü".repeat(500), "ü".repeat(500)), 1000, "üxü"),
        ] {
            let source = Source::new("l", text);
            let edit = Edit::replace(source.location(Span::new(at, at + 1)), "yy");
            let found = Diagnostic::new("r", Severity::Info, source.location(Span::new(at, at + 1)), "m");
            let frame = full(&[found.fix(Fix::safe("write", edit))], Colour::Never);
            assert!(frame.contains(shown) && frame.len() < 1_500, "{frame}");
            assert!(frame.contains("yy"), "{frame}");
        }
    }

    #[test]
    fn colours_only_on_request() {
        assert!(!full(&[finding()], Colour::Never).contains('\u{1b}'));
        assert!(full(&[finding()], Colour::Always).contains('\u{1b}'));
    }

    #[test]
    fn empty_texts_and_ends_of_text_are_drawn() {
        for (text, start, end) in [("", 0, 0), ("a", 1, 1), ("a\n", 2, 2), ("\r\nü\t", 2, 4), ("x", 0, 9)] {
            let source = Source::new("e", text);
            let found = Diagnostic::new("r", Severity::Info, source.location(Span::new(start, end)), "m");
            assert!(full(&[found], Colour::Never).starts_with("info[r]: m"));
        }
    }
}
