//! Findings as text in the format that was asked for.

use cobnut_diagnostics::render::{self, Colour, RuleInfo};
use cobnut_diagnostics::{Diagnostic, Severity};
use cobnut_lint::rule;

use crate::Format;
use crate::inputs::Loaded;

/// The findings in a format.
pub(crate) fn rendered(
    format: Format,
    found: &[Diagnostic],
    loaded: &Loaded,
    fail_on: Severity,
    colour: Colour,
) -> String {
    let info = |name: &str| {
        rule(name).map(|rule| RuleInfo { name: rule.name, summary: rule.summary, page: rule.page })
    };
    match format {
        Format::Full => render::full(found, colour),
        Format::Concise => render::concise(found),
        Format::Json => render::json(found),
        Format::Jsonl => render::jsonl(found),
        Format::Sarif => render::sarif(found, &info, env!("CARGO_PKG_VERSION")),
        Format::Junit => render::junit(found, &loaded.sources(), fail_on),
        Format::Github => render::github(found),
        Format::Gitlab => render::gitlab(found),
        Format::Checkstyle => render::checkstyle(found),
        Format::Html => render::html(found, &loaded.sources(), &info),
    }
}

/// Numbers for people, one line.
pub(crate) fn summary(found: &[Diagnostic], files: usize) -> String {
    let count = |severity| found.iter().filter(|diagnostic| diagnostic.severity() == severity).count();
    format!(
        "{}, {}, {} in {}\n",
        plural(count(Severity::Error), "error"),
        plural(count(Severity::Warning), "warning"),
        plural(count(Severity::Info), "note"),
        plural(files, "file")
    )
}

/// `1 file`, `2 files`.
pub(crate) fn plural(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
