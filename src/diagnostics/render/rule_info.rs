//! What a report says about the rules behind its findings.

/// One rule, as reports describe it.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it finds, in one line.
    pub summary: &'a str,
    /// Its page in Markdown.
    pub page: &'a str,
}

/// Finds the description of a rule by its name.
pub type RuleLookup<'a> = &'a dyn Fn(&str) -> Option<RuleInfo<'a>>;

/// The message with everything that belongs to it, one line each: for formats that know no notes.
pub(super) fn whole_message(diagnostic: &crate::Diagnostic) -> String {
    let mut lines = vec![diagnostic.message().to_owned()];
    let here = &diagnostic.primary().text;
    lines.extend((!here.is_empty()).then(|| here.clone()));
    for label in diagnostic.labels() {
        let (place, start) = (&label.location, label.location.start());
        let at = format!("{}:{}:{}", place.source().name(), start.line, start.column);
        lines.push(if label.text.is_empty() { at } else { format!("{at}: {}", label.text) });
    }
    lines.extend(diagnostic.notes().iter().map(|note| format!("note: {note}")));
    lines.extend(diagnostic.affected_versions().map(|versions| format!("versions: {versions}")));
    lines.extend(diagnostic.advice().iter().map(|help| format!("help: {help}")));
    lines.extend(diagnostic.suggested_fix().map(|fix| format!("fix: {}", fix.description)));
    lines.join("\n")
}

/// A file name as continuous integration compares it with the paths of a repository.
pub(super) fn repository_path(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}
