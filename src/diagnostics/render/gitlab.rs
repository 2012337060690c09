//! GitLab's code quality report.

use serde_json::{Value, json};

use super::rule_info::{repository_path, whole_message};
use crate::{Diagnostic, Severity, fingerprints};

/// An array of issues in the form of Code Climate, as far as GitLab reads it.
pub fn gitlab(diagnostics: &[Diagnostic]) -> String {
    let key = |diagnostic: &Diagnostic| repository_path(diagnostic.source().name()).to_owned();
    let names = fingerprints(diagnostics, key);
    let issues: Vec<Value> = diagnostics.iter().zip(names).map(|(found, name)| issue(found, &name)).collect();
    let mut out = serde_json::to_string_pretty(&issues).expect("strings and numbers always serialise");
    out.push('\n');
    out
}

fn issue(diagnostic: &Diagnostic, fingerprint: &str) -> Value {
    let (start, end) = (diagnostic.location().start(), diagnostic.location().end());
    let severity = match diagnostic.severity() {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Info => "info",
    };
    json!({
        "type": "issue",
        "check_name": diagnostic.rule(),
        "description": diagnostic.message(),
        "content": { "body": whole_message(diagnostic) },
        "categories": ["Bug Risk"],
        "severity": severity,
        "fingerprint": fingerprint,
        "location": {
            "path": repository_path(diagnostic.source().name()),
            "positions": {
                "begin": { "line": start.line, "column": start.column },
                "end": { "line": end.line, "column": end.column },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, Span};

    #[test]
    fn every_issue_has_its_own_fingerprint_and_a_relative_path() {
        let source = Source::new("./nodes/a.xml", "x\nx\n");
        let found =
            |at, severity| Diagnostic::new("r", severity, source.location(Span::new(at, at + 1)), "bad");
        let issues: Value =
            serde_json::from_str(&gitlab(&[found(0, Severity::Error), found(2, Severity::Warning)])).unwrap();
        assert_eq!(issues[0]["location"]["path"], "nodes/a.xml");
        assert_eq!(issues[1]["location"]["positions"]["begin"], json!({ "line": 2, "column": 1 }));
        assert_eq!((&issues[0]["severity"], &issues[1]["severity"]), (&json!("major"), &json!("minor")));
        assert_ne!(issues[0]["fingerprint"], issues[1]["fingerprint"]);
        assert_eq!(gitlab(&[]), "[]\n");
    }
}
