//! One line for each finding, in the form that editors and terminals can jump to.

use std::fmt::Write as _;

use crate::Diagnostic;

/// `file:line:column: severity[rule]: message`, one line each.
pub fn concise(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let _infallible = writeln!(out, "{diagnostic}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Severity, Source, Span};

    #[test]
    fn one_line_each() {
        let source = Source::new("a.xml", "x\ny");
        let found = |start| {
            Diagnostic::new("r", Severity::Error, source.location(Span::new(start, start + 1)), "bad")
                .note("n")
        };
        assert_eq!(concise(&[found(0), found(2)]), "a.xml:1:1: error[r]: bad\na.xml:2:1: error[r]: bad\n");
        assert_eq!(concise(&[]), "");
    }
}
