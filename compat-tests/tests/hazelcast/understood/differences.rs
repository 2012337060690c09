//! The table of what we and Hazelcast see differently, on purpose.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use cobnut_diagnostics::{Diagnostic, Severity};
use compat_tests::repository_root;
use serde::Deserialize;

/// `compat-tests/hazelcast/differences.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Table {
    #[serde(default)]
    difference: Vec<Difference>,
    #[serde(default)]
    not_a_refusal: Vec<RuleReason>,
    #[serde(default)]
    also_a_refusal: Vec<RuleReason>,
    #[serde(default)]
    worth_a_finding: Vec<Finding>,
}

/// A field, or `accept`, that differs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    /// Files of the corpus; each of them must differ.
    files: Vec<String>,
    /// The releases, as their numbers start: `3.12`, `4.2`, `5.3`, `5.5`.
    releases: Vec<String>,
    field: String,
    #[serde(rename = "reason")]
    _reason: String,
}

/// A rule whose errors do not say that Hazelcast refuses the file, or whose milder findings do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleReason {
    rule: String,
    /// As in a difference; none means all.
    #[serde(default)]
    releases: Vec<String>,
    #[serde(rename = "reason")]
    _reason: String,
}

/// A finding above a remark about a file that Hazelcast ships.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    files: Vec<String>,
    rule: String,
    #[serde(rename = "reason")]
    _reason: String,
}

impl Table {
    pub(crate) fn read() -> Result<Self> {
        let path = repository_root().join("compat-tests/hazelcast/differences.toml");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Whether a finding says that a release of Hazelcast refuses the file.
    pub(crate) fn is_refusal(&self, found: &Diagnostic, release: &str) -> bool {
        let is_listed = |list: &[RuleReason]| {
            list.iter().any(|known| {
                let is_meant = known.releases.is_empty()
                    || known.releases.iter().any(|start| release.starts_with(start.as_str()));
                known.rule == found.rule() && is_meant
            })
        };
        if found.severity() == Severity::Error {
            !is_listed(&self.not_a_refusal)
        } else {
            is_listed(&self.also_a_refusal)
        }
    }

    /// Whether a finding about a shipped file is one that it deserves.
    pub(crate) fn deserves(&self, file: &str, rule: &str) -> bool {
        self.worth_a_finding
            .iter()
            .any(|known| known.rule == rule && known.files.iter().any(|known| known == file))
    }

    /// What is in only one of the two: differences that are not in the table, and rows of it that did not occur.
    ///
    /// `found` is of one release: file, field, and what both sides say.
    pub(crate) fn compare(&self, release: &str, found: &[(String, String, String)]) -> Vec<String> {
        let expected: BTreeSet<(&str, &str)> = self
            .difference
            .iter()
            .filter(|row| row.releases.iter().any(|start| release.starts_with(start.as_str())))
            .flat_map(|row| row.files.iter().map(|file| (file.as_str(), row.field.as_str())))
            .collect();
        let new = found
            .iter()
            .filter(|(file, field, _)| !expected.contains(&(file.as_str(), field.as_str())))
            .map(|(file, field, what)| format!("not in the table: {file}: {field}: {what}"));
        let is_found = |file: &str, field: &str| found.iter().any(|(f, name, _)| f == file && name == field);
        let gone = expected
            .iter()
            .filter(|(file, field)| !is_found(file, field))
            .map(|(file, field)| format!("in the table, but both agree: {file}: {field}"));
        new.chain(gone).collect()
    }
}
