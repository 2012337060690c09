//! Workflow commands of GitHub Actions, which become annotations of the changed lines.

use std::fmt::Write as _;

use super::rule_info::{repository_path, whole_message};
use crate::{Diagnostic, Severity};

/// One `::error file=…` line for each finding.
pub fn github(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let command = match diagnostic.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let (start, end) = (diagnostic.location().start(), diagnostic.location().end());
        let file = property(repository_path(diagnostic.source().name()));
        let _infallible = write!(out, "::{command} file={file},line={},endLine={}", start.line, end.line);
        // GitHub refuses columns of annotations that span several lines.
        if start.line == end.line {
            let _infallible = write!(out, ",col={},endColumn={}", start.column, end.column);
        }
        let title = property(&format!("cobnut-lint ({})", diagnostic.rule()));
        let _infallible = writeln!(out, ",title={title}::{}", data(&whole_message(diagnostic)));
    }
    out
}

/// A message: percent and line ends are escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property: colon and comma too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, Span};

    #[test]
    fn what_the_runner_would_read_as_syntax_is_escaped() {
        let source = Source::new("./a,b:c.xml", "one\ntwo\n");
        let found =
            Diagnostic::new("r", Severity::Error, source.location(Span::new(4, 7)), "50% of\r\nit: a, b")
                .note("second");
        let many = Diagnostic::new("s", Severity::Info, source.location(Span::new(0, 7)), "m");
        assert_eq!(
            github(&[found, many]),
            "::error file=a%2Cb%3Ac.xml,line=2,endLine=2,col=1,endColumn=4,title=cobnut-lint (r)::50%25 of%0D%0Ait: a, b\
             %0Anote: second\n::notice file=a%2Cb%3Ac.xml,line=1,endLine=2,title=cobnut-lint (s)::m\n"
        );
    }
}
