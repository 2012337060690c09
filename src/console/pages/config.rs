//! The cluster configuration as it was read, with the linter's findings under the lines that they are about.
//!
//! With JavaScript an editor takes the place of the files (`assets/config-page.js`), which runs the linter in the browser.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use cobnut_diagnostics::{Diagnostic, Severity, Source, visible};

use super::chrome::{Chrome, Menu, Tab};
use super::config_editor::editor_data;
use super::{Page, html};
use crate::EffectiveSetting;
use crate::app::App;
use crate::visitor::Admin;

/// A finding as the page shows it.
struct Finding {
    id: String,
    severity_key: &'static str,
    severity_class: &'static str,
    rule: &'static str,
    message: String,
    /// `file:line`.
    place: String,
    /// What is said of the marked text.
    here: String,
    notes: Vec<String>,
    advice: Vec<String>,
    fix: Option<String>,
}

/// A part of a line.
struct Piece {
    text: String,
    is_marked: bool,
}

struct Line {
    number: usize,
    pieces: Vec<Piece>,
    class: &'static str,
    findings: Vec<Finding>,
}

struct File {
    name: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "config.html")]
struct ConfigPage<'a> {
    chrome: Chrome,
    files: Vec<File>,
    /// Findings on files that are not shown, for example those of other nodes.
    elsewhere: Vec<Finding>,
    /// Links to all findings.
    summary: Vec<(String, &'static str, String, String)>,
    effective: &'a [EffectiveSetting],
    /// What the editor starts with, as JSON that holds no `<`.
    editor: String,
}

pub(super) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Page {
    let config = Arc::clone(&app.config);
    let findings = &config.findings;
    let files: Vec<File> = config
        .sources
        .iter()
        .map(|(path, source)| File { name: path.display().to_string(), lines: lines(source, findings) })
        .collect();
    let is_shown = |finding: &Diagnostic| config.sources.iter().any(|(_, source)| is_about(finding, source));
    let elsewhere =
        findings.iter().enumerate().filter(|(_, finding)| !is_shown(finding)).map(shown).collect();
    let summary = findings.iter().enumerate().map(shown);
    let summary = summary.map(|finding| (finding.id, finding.severity_class, finding.place, finding.message));
    let chrome = Chrome::new(&app, admin, Menu::Config, "menu.cluster-configuration");
    html(&ConfigPage {
        files,
        elsewhere,
        summary: summary.collect(),
        effective: &config.effective,
        editor: editor_data(&config, &chrome),
        chrome,
    })
}

/// Whether a finding is about this text.
fn is_about(finding: &Diagnostic, source: &Source) -> bool {
    finding.source().name() == source.name() && finding.source().text() == source.text()
}

fn lines(source: &Source, findings: &[Diagnostic]) -> Vec<Line> {
    (1..=source.line_count())
        .map(|number| {
            let text = source.line_text(number).unwrap_or_default();
            let here: Vec<(usize, &Diagnostic)> = findings
                .iter()
                .enumerate()
                .filter(|(_, finding)| is_about(finding, source) && finding.line() == number)
                .collect();
            let worst = here.iter().map(|(_, finding)| finding.severity()).max();
            let marks: Vec<_> = here.iter().map(|(_, finding)| columns(finding, number, text)).collect();
            Line {
                number,
                pieces: pieces(text, &marks),
                class: worst.map_or("", severity_class),
                findings: here.into_iter().map(shown).collect(),
            }
        })
        .collect()
}

/// The characters of a line that a finding is about, counting from 0, end excluded.
fn columns(finding: &Diagnostic, line: usize, text: &str) -> (usize, usize) {
    let (start, end) = (finding.location().start(), finding.location().end());
    let last = if end.line > line { text.chars().count() } else { end.column.saturating_sub(1) };
    (start.column.saturating_sub(1), last)
}

/// Splits a line into marked and other pieces. Control characters, which a browser would hide, are made visible.
fn pieces(text: &str, marks: &[(usize, usize)]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, character) in text.chars().enumerate() {
        let is_marked = marks.iter().any(|&(start, end)| (start..end).contains(&index));
        let character =
            if character == '\t' { "    ".to_owned() } else { visible(character.encode_utf8(&mut [0; 4])) };
        match pieces.last_mut() {
            Some(piece) if piece.is_marked == is_marked => piece.text.push_str(&character),
            _ => pieces.push(Piece { text: character, is_marked }),
        }
    }
    pieces
}

fn shown((index, finding): (usize, &Diagnostic)) -> Finding {
    Finding {
        id: format!("finding-{}", index + 1),
        severity_key: match finding.severity() {
            Severity::Info => "config.info",
            Severity::Warning => "config.warning",
            Severity::Error => "config.error",
        },
        severity_class: severity_class(finding.severity()),
        rule: finding.rule(),
        message: finding.message().to_owned(),
        place: format!("{}:{}", finding.source().name(), finding.line()),
        here: finding.primary().text.clone(),
        notes: finding.notes().to_vec(),
        advice: finding.advice().to_vec(),
        fix: finding.suggested_fix().map(|fix| fix.description.clone()),
    }
}

fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, marks: &[(usize, usize)]) -> String {
        let piece = |piece: Piece| if piece.is_marked { format!("[{}]", piece.text) } else { piece.text };
        pieces(text, marks).into_iter().map(piece).collect()
    }

    #[test]
    fn the_text_of_a_finding_is_marked() {
        for (text, marks, expected) in [
            ("abc", &[][..], "abc"),
            ("abc", &[(1, 2)], "a[b]c"),
            ("abc", &[(0, 3)], "[abc]"),
            ("äöü", &[(1, 3)], "ä[öü]"),
            ("abcdef", &[(1, 3), (2, 4)], "a[bcd]ef"),
            ("abc", &[(2, 99)], "ab[c]"),
            ("\ta", &[(1, 2)], "    [a]"),
        ] {
            assert_eq!(marked(text, marks), expected, "{text} {marks:?}");
        }
    }

    #[test]
    fn findings_stand_under_their_line() {
        let source = Source::new("a.xml", "<a>\n  <member>192.168.5:1:5701</member>\n</a>\n");
        let span = cobnut_diagnostics::Span::new(14, 30);
        let finding = Diagnostic::new("r", Severity::Error, source.location(span), "not an address");
        let lines = lines(&source, &[finding]);
        assert_eq!(lines.iter().map(|line| line.findings.len()).collect::<Vec<_>>(), [0, 1, 0]);
        assert_eq!(lines[1].class, "error");
        assert_eq!(lines[1].pieces[1].text, "192.168.5:1:5701");
        assert!(lines[1].pieces[1].is_marked);
        assert_eq!(lines[1].findings[0].place, "a.xml:2");
    }
}
