//! Findings for programs: one array of objects whose field names are part of the command line contract.

use serde::Serialize;

use crate::{Diagnostic, Fix, Label};

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'a str,
    severity: &'a str,
    message: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    start_offset: usize,
    end_offset: usize,
    labels: Vec<JsonLabel<'a>>,
    notes: &'a [String],
    help: &'a [String],
    versions: Option<&'a str>,
    fix: Option<JsonFix<'a>>,
}

#[derive(Serialize)]
struct JsonLabel<'a> {
    text: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    description: &'a str,
    safety: &'a str,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    file: &'a str,
    start: usize,
    end: usize,
    replacement: &'a str,
}

/// An array of findings, indented, with a line end.
///
/// Lines and columns count from 1, `end_column` is the column behind the last character; offsets are bytes from 0.
pub fn json(diagnostics: &[Diagnostic]) -> String {
    let findings: Vec<JsonFinding<'_>> = diagnostics.iter().map(finding).collect();
    let mut out = serde_json::to_string_pretty(&findings).expect("strings and numbers always serialise");
    out.push('\n');
    out
}

/// One object for each finding, each on a line of its own; fields as in [`json`].
pub fn jsonl(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(
            &serde_json::to_string(&finding(diagnostic)).expect("strings and numbers always serialise"),
        );
        out.push('\n');
    }
    out
}

/// One finding as a JSON value, with the fields of [`json`].
pub fn to_json(diagnostic: &Diagnostic) -> serde_json::Value {
    serde_json::to_value(finding(diagnostic)).expect("strings and numbers always serialise")
}

fn finding(diagnostic: &Diagnostic) -> JsonFinding<'_> {
    let (start, end) = (diagnostic.location().start(), diagnostic.location().end());
    JsonFinding {
        rule: diagnostic.rule(),
        severity: diagnostic.severity().name(),
        message: diagnostic.message(),
        file: diagnostic.source().name(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        start_offset: diagnostic.span().start,
        end_offset: diagnostic.span().end,
        labels: diagnostic.labels().iter().map(label).collect(),
        notes: diagnostic.notes(),
        help: diagnostic.advice(),
        versions: diagnostic.affected_versions(),
        fix: diagnostic.suggested_fix().map(fix),
    }
}

fn label(label: &Label) -> JsonLabel<'_> {
    let (start, end) = (label.location.start(), label.location.end());
    JsonLabel {
        text: &label.text,
        file: label.location.source().name(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

fn fix(fix: &Fix) -> JsonFix<'_> {
    let edits = fix.edits.iter().map(|edit| JsonEdit {
        file: edit.location.source().name(),
        start: edit.location.span().start,
        end: edit.location.span().end,
        replacement: &edit.replacement,
    });
    JsonFix { description: &fix.description, safety: fix.safety.name(), edits: edits.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edit, Severity, Source, Span};

    #[test]
    fn fields_follow_the_contract() {
        let source = Source::new("b.xml", "<a>\n<m>1：2</m></a>");
        let place = source.location(Span::new(7, 12));
        let found = Diagnostic::new("full-width-character", Severity::Error, place, "full-width colon")
            .fix(Fix::safe("write `:`", Edit::replace(source.location(Span::new(8, 11)), ":")));
        let value: serde_json::Value = serde_json::from_str(&json(std::slice::from_ref(&found))).unwrap();
        let expected = serde_json::json!([{
            "rule": "full-width-character", "severity": "error", "message": "full-width colon", "file": "b.xml",
            "line": 2, "column": 4, "end_line": 2, "end_column": 7, "start_offset": 7, "end_offset": 12,
            "labels": [], "notes": [], "help": [], "versions": null,
            "fix": { "description": "write `:`", "safety": "safe",
                     "edits": [{ "file": "b.xml", "start": 8, "end": 11, "replacement": ":" }] },
        }]);
        assert_eq!(value, expected);
        let lines = jsonl(&[found.clone(), found]);
        let values: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(values, [expected[0].clone(), expected[0].clone()]);
        assert_eq!(json(&[]), "[]\n");
    }
}
