//! The frame that rustc made familiar: message, source lines with labels, notes, and the fix as a patch.

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::render::Colour;
use crate::{Diagnostic, Fix, Label, Severity, Source};

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
        let patches = fix
            .edits
            .iter()
            .filter(|edit| edit.location.source() == source)
            .map(|edit| Patch::new(edit.location.span().range(), edit.replacement.as_str()));
        group = group.element(Snippet::source(source.text()).path(source.name()).patches(patches));
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edit, Span};

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
