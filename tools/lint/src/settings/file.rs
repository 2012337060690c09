//! `cobnut-lint.toml`: few keys, each checked, each mistake with its place.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use clap::ValueEnum as _;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Source, Span};
use cobnut_lint::{Level, Selection, Target, UnknownName, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::args::TargetArg;

/// The name of these findings; they are no rules, for they are about the linter's own file.
const ID: &str = "lint-settings";
const KEYS: [&str; 7] = ["select", "ignore", "severity", "target", "fail-on", "variables", "openfire-home"];
const TARGETS: [&str; 5] = ["auto", "3.12", "4.2", "5.3", "5.5"];
const FAIL_ON: [&str; 3] = ["error", "warning", "info"];
const LEVELS: [&str; 4] = ["off", "info", "warning", "error"];

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct FileSettings {
    pub(super) select: Vec<String>,
    pub(super) ignore: Vec<String>,
    pub(super) severity: Vec<(String, Level)>,
    pub(super) target: Option<Target>,
    pub(super) fail_on: Option<Severity>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) openfire_home: Option<PathBuf>,
}

type Value<'a> = Spanned<DeValue<'a>>;

/// Reads the file.
///
/// # Errors
/// Every mistake in it.
pub(super) fn read(source: &Source) -> Result<FileSettings, Vec<Diagnostic>> {
    let mut reader = Reader { source, found: Vec::new(), out: FileSettings::default() };
    match DeTable::parse(source.text()) {
        Ok(table) => table.get_ref().iter().for_each(|(key, value)| reader.setting(key, value)),
        Err(error) => {
            let span = error.span().unwrap_or_default();
            let message = error.message().lines().next().unwrap_or_default().to_owned();
            reader.found.push(reader.error(span, format!("this is no TOML: {message}")));
        }
    }
    if reader.found.is_empty() { Ok(reader.out) } else { Err(reader.found) }
}

struct Reader<'a> {
    source: &'a Source,
    found: Vec<Diagnostic>,
    out: FileSettings,
}

impl Reader<'_> {
    fn error(&self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(ID, Severity::Error, self.source.location(Span::from(span)), message)
    }

    fn setting(&mut self, key: &Spanned<Cow<'_, str>>, value: &Value<'_>) {
        match key.get_ref().as_ref() {
            "select" => self.out.select = self.names(value),
            "ignore" => self.out.ignore = self.names(value),
            "severity" => self.levels(value),
            "target" => {
                let word = self.word(value, &TARGETS);
                self.out.target =
                    word.and_then(|word| TargetArg::from_str(&word, false).ok()).map(Target::from);
            }
            "fail-on" => {
                let word = self.word(value, &FAIL_ON);
                self.out.fail_on = word.and_then(|word| severity(&word));
            }
            "variables" => self.variables(value),
            "openfire-home" => self.out.openfire_home = self.text(value).map(PathBuf::from),
            name => {
                let span = key.span();
                let found = self.error(span.clone(), format!("there is no setting `{name}`"));
                let list = KEYS.map(|key| format!("`{key}`")).join(", ");
                self.found.push(self.meant(found, span, name, &KEYS, &format!("the settings are {list}")));
            }
        }
    }

    /// Adds what was probably meant, or else the advice.
    fn meant(
        &self,
        found: Diagnostic,
        span: Range<usize>,
        word: &str,
        known: &[&str],
        advice: &str,
    ) -> Diagnostic {
        match nearest(word, known.iter().copied()) {
            Some(near) => {
                let quoted = self.source.slice(span.clone().into()).starts_with(['"', '\'']);
                let text = if quoted { format!("\"{near}\"") } else { near.to_owned() };
                let edit = Edit::replace(self.source.location(span.into()), text);
                found.fix(Fix::suggestion(format!("did you mean `{near}`?"), edit))
            }
            None => found.help(advice),
        }
    }

    fn text(&mut self, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            let found = self.error(value.span(), "this must be a text in quotes");
            self.found.push(found);
        }
        text
    }

    fn word(&mut self, value: &Value<'_>, words: &[&str]) -> Option<String> {
        let text = self.text(value)?;
        if words.contains(&text.as_str()) {
            return Some(text);
        }
        let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let found = self.error(value.span(), format!("`{text}` is none of {list}"));
        self.found.push(self.meant(found, value.span(), &text, words, "write one of them"));
        None
    }

    /// A list of rules and groups.
    fn names(&mut self, value: &Value<'_>) -> Vec<String> {
        let Some(list) = value.get_ref().as_array() else {
            let found = self.error(value.span(), "this must be a list of rules: [\"stray-dot\", \"member\"]");
            self.found.push(found);
            return Vec::new();
        };
        let mut names = Vec::new();
        for item in list {
            let Some(name) = self.text(item) else { continue };
            match Selection::default().ignore(&name) {
                Ok(()) => names.push(name),
                Err(unknown) => self.unknown_rule(item.span(), &unknown),
            }
        }
        names
    }

    fn unknown_rule(&mut self, span: Range<usize>, unknown: &UnknownName) {
        let found = self.error(span.clone(), format!("there is no rule `{}`", unknown.name));
        let near: Vec<&str> = unknown.near.into_iter().collect();
        self.found.push(self.meant(found, span, &unknown.name, &near, "`cobnut-lint rules` lists them"));
    }

    fn levels(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            let found =
                self.error(value.span(), "this must be a table: [severity], then `rule = \"warning\"`");
            self.found.push(found);
            return;
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if let Err(unknown) = Selection::default().ignore(name) {
                self.unknown_rule(key.span(), &unknown);
            }
            if let Some(level) = self.word(value, &LEVELS).and_then(|word| Level::parse(&word)) {
                self.out.severity.push((name.to_owned(), level));
            }
        }
    }

    fn variables(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            let found =
                self.error(value.span(), "this must be a table: [variables], then `name = \"value\"`");
            self.found.push(found);
            return;
        };
        for (key, value) in table {
            if let Some(text) = self.text(value) {
                self.out.variables.push((key.get_ref().as_ref().to_owned(), text));
            }
        }
    }
}

fn severity(word: &str) -> Option<Severity> {
    match Level::parse(word)? {
        Level::Report(severity) => Some(severity),
        Level::Off => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_are_read() {
        let text = "select = [\"all\"]\nignore = [\"fragment\", \"member\"]\ntarget = \"4.2\"\nfail-on = \"warning\"\n\
                    openfire-home = \"/opt/openfire\"\n[severity]\nstray-text = \"error\"\n[variables]\nport = \"5701\"\n";
        let settings = read(&Source::new("t", text)).unwrap();
        assert_eq!((settings.select, settings.ignore.len()), (vec!["all".to_owned()], 2));
        assert_eq!((settings.target, settings.fail_on), (Some(Target::V4_2), Some(Severity::Warning)));
        assert_eq!(settings.severity, [("stray-text".to_owned(), Level::Report(Severity::Error))]);
        assert_eq!(settings.variables, [("port".to_owned(), "5701".to_owned())]);
        assert_eq!(settings.openfire_home, Some(PathBuf::from("/opt/openfire")));
    }

    #[test]
    fn every_mistake_has_its_place_and_a_guess() {
        let cases = [
            ("selct = []", "1:1: there is no setting `selct`", Some("select")),
            ("ignore = [\"fragmnet\"]", "1:11: there is no rule `fragmnet`", Some("\"fragment\"")),
            (
                "target = \"5.4\"",
                "1:10: `5.4` is none of `auto`, `3.12`, `4.2`, `5.3`, `5.5`",
                Some("\"5.3\""),
            ),
            ("fail-on = \"warn\"", "1:11: `warn` is none of `error`, `warning`, `info`", None),
            ("fail-on = 3", "1:11: this must be a text in quotes", None),
            ("select = \"all\"", "1:10: this must be a list of rules: [\"stray-dot\", \"member\"]", None),
            (
                "[severity]\nfragment = \"eror\"",
                "2:12: `eror` is none of `off`, `info`, `warning`, `error`",
                Some("\"error\""),
            ),
            ("[severity]\nxyzzy = \"off\"", "2:1: there is no rule `xyzzy`", None),
        ];
        for (text, expected, guess) in cases {
            let found = read(&Source::new("t", text)).unwrap_err();
            let place = found[0].position();
            assert_eq!(format!("{}:{}: {}", place.line, place.column, found[0].message()), expected);
            let fix = found[0].suggested_fix().map(|fix| fix.edits[0].replacement.as_str());
            assert_eq!(fix, guess, "{text}");
        }
        let found = read(&Source::new("t", "a = \n")).unwrap_err();
        assert!(found[0].message().starts_with("this is no TOML"), "{}", found[0]);
    }
}
