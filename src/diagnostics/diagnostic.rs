//! One finding: what, where, why it matters and how to mend it.

use std::collections::HashMap;
use std::fmt;

use crate::{Fix, Location, Position, Source, Span};

/// How much a finding matters, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// It starts, but means something other than it looks.
    Warning,
    /// It does not start, or a part of it certainly has no effect.
    Error,
}

impl Severity {
    /// The word used in every output format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A place in a text and what is to be said about it; the text may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub location: Location,
    /// What is there.
    pub text: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    rule: &'static str,
    severity: Severity,
    message: String,
    primary: Label,
    labels: Vec<Label>,
    notes: Vec<String>,
    help: Vec<String>,
    versions: Option<String>,
    fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding of `rule` at `location`.
    pub fn new(
        rule: &'static str,
        severity: Severity,
        location: Location,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            severity,
            message: message.into(),
            primary: Label { location, text: String::new() },
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            versions: None,
            fix: None,
        }
    }

    /// Says something at the finding's own place.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Points at a further place, in this or in another source.
    #[must_use]
    pub fn label(mut self, location: Location, text: impl Into<String>) -> Self {
        self.labels.push(Label { location, text: text.into() });
        self
    }

    /// Adds a consequence or a reason.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Says to which Hazelcast versions it applies: `4.0 and later`, `up to 3.12`.
    #[must_use]
    pub fn versions(mut self, text: impl Into<String>) -> Self {
        self.versions = Some(text.into());
        self
    }

    /// Attaches the edits that mend it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into();
        self
    }

    /// The same finding with another severity, for callers that are more or less lenient than the linter.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Name of the rule that found it, for example `misplaced-separator`.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The place that the finding is about.
    pub fn primary(&self) -> &Label {
        &self.primary
    }

    /// Where it is.
    pub fn location(&self) -> &Location {
        &self.primary.location
    }

    /// The text that it is about.
    pub fn source(&self) -> &Source {
        self.primary.location.source()
    }

    /// The bytes that it is about.
    pub fn span(&self) -> Span {
        self.primary.location.span()
    }

    /// Line and column where it begins.
    pub fn position(&self) -> Position {
        self.primary.location.start()
    }

    /// Line, counting from 1, where it begins.
    pub fn line(&self) -> usize {
        self.position().line
    }

    /// Column in characters, counting from 1, where it begins.
    pub fn column(&self) -> usize {
        self.position().column
    }

    /// Further places.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Consequences and reasons, one sentence or two each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Advice, one sentence or two each.
    pub fn advice(&self) -> &[String] {
        &self.help
    }

    /// The Hazelcast versions that it applies to; `None` means all.
    pub fn affected_versions(&self) -> Option<&str> {
        self.versions.as_deref()
    }

    /// The edits that mend it, if the rule knows them.
    pub fn suggested_fix(&self) -> Option<&Fix> {
        self.fix.as_ref()
    }
}

/// `file:line:column: severity[rule]: message`, the one-line form for logs.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position();
        let (name, severity, rule, message) = (self.source().name(), self.severity, self.rule, &self.message);
        write!(f, "{name}:{line}:{column}: {severity}[{rule}]: {message}")
    }
}

/// Brings findings into the order of output: by file in the order given, then by place, then by severity and rule.
pub fn sort(diagnostics: &mut [Diagnostic], sources: &[Source]) {
    let mut order: HashMap<&Source, usize> = HashMap::new();
    for (index, source) in sources.iter().enumerate() {
        order.entry(source).or_insert(index);
    }
    diagnostics.sort_by_cached_key(|diagnostic| {
        let file = order.get(diagnostic.source()).copied().unwrap_or(sources.len());
        (file, diagnostic.span(), std::cmp::Reverse(diagnostic.severity()), diagnostic.rule())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_form_names_file_place_and_rule() {
        let source = Source::new("conf/a.xml", "<a>\n <b/></a>");
        let found =
            Diagnostic::new("some-rule", Severity::Warning, source.location(Span::new(5, 9)), "odd `b`");
        assert_eq!(found.to_string(), "conf/a.xml:2:2: warning[some-rule]: odd `b`");
    }

    #[test]
    fn order_is_file_place_severity() {
        let (one, two) = (Source::new("z", "12345"), Source::new("a", "12345"));
        let at = |source: &Source, start, severity| {
            Diagnostic::new("r", severity, source.location(Span::new(start, start + 1)), "")
        };
        let mut found = vec![
            at(&two, 0, Severity::Error),
            at(&one, 3, Severity::Error),
            at(&one, 1, Severity::Info),
            at(&one, 1, Severity::Error),
        ];
        sort(&mut found, &[one, two]);
        let order: Vec<_> =
            found.iter().map(|d| (d.source().name().to_owned(), d.column(), d.severity().name())).collect();
        let expected = [("z", 2, "error"), ("z", 2, "info"), ("z", 4, "error"), ("a", 1, "error")];
        assert_eq!(order, expected.map(|(name, column, severity)| (name.to_owned(), column, severity)));
    }
}
