//! Which rules run, and how much their findings matter.

use std::collections::{BTreeMap, BTreeSet};

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::distance::nearest;
use crate::{Rule, group, rules};

/// The word for all rules.
const ALL: &str = "all";

/// What a user chose. The default runs every rule with its own severity.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    selected: Option<BTreeSet<&'static str>>,
    ignored: BTreeSet<&'static str>,
    levels: BTreeMap<&'static str, Level>,
}

/// What a finding of a rule counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is not reported.
    Off,
    /// It is reported with this severity.
    Report(Severity),
}

impl Level {
    /// `off`, `info`, `warning` or `error`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "info" => Some(Self::Report(Severity::Info)),
            "warning" => Some(Self::Report(Severity::Warning)),
            "error" => Some(Self::Report(Severity::Error)),
            _ => None,
        }
    }
}

/// A word that is neither a rule nor a group of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// The word.
    pub name: String,
    /// A name that may be meant.
    pub near: Option<&'static str>,
}

impl std::fmt::Display for UnknownName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no rule `{}`", self.name)?;
        match self.near {
            Some(near) => write!(f, "; did you mean `{near}`?"),
            None => write!(f, "; `cobnut-lint rules` lists them"),
        }
    }
}

impl std::error::Error for UnknownName {}

impl Selection {
    /// Runs these rules and no others; a rule, a group, or `all`. Several calls add up.
    ///
    /// # Errors
    /// The name is not known.
    pub fn select(&mut self, name: &str) -> Result<(), UnknownName> {
        let named = named(name)?;
        self.selected.get_or_insert_default().extend(named);
        Ok(())
    }

    /// Leaves these rules out, also when they are selected.
    ///
    /// # Errors
    /// The name is not known.
    pub fn ignore(&mut self, name: &str) -> Result<(), UnknownName> {
        self.ignored.extend(named(name)?);
        Ok(())
    }

    /// Reports these rules at another level.
    ///
    /// # Errors
    /// The name is not known.
    pub fn set_level(&mut self, name: &str, level: Level) -> Result<(), UnknownName> {
        self.levels.extend(named(name)?.into_iter().map(|rule| (rule, level)));
        Ok(())
    }

    /// Whether a rule's findings are wanted.
    pub fn wants(&self, rule: &str) -> bool {
        self.selected.as_ref().is_none_or(|selected| selected.contains(rule))
            && !self.ignored.contains(rule)
            && self.levels.get(rule) != Some(&Level::Off)
    }

    /// The finding as it is reported; `None` when it is not wanted.
    pub(crate) fn apply(&self, found: Diagnostic) -> Option<Diagnostic> {
        if !self.wants(found.rule()) {
            return None;
        }
        match self.levels.get(found.rule()) {
            Some(Level::Report(severity)) => Some(found.with_severity(*severity)),
            _ => Some(found),
        }
    }
}

/// The rules behind a name.
fn named(name: &str) -> Result<Vec<&'static str>, UnknownName> {
    let of = |wanted: &dyn Fn(&Rule) -> bool| -> Vec<&'static str> {
        rules().iter().filter(|rule| wanted(rule)).map(|rule| rule.name).collect()
    };
    let found =
        if name == ALL { of(&|_| true) } else { of(&|rule| rule.name == name || group(rule) == name) };
    if found.is_empty() {
        Err(UnknownName { name: name.to_owned(), near: near_rule(name) })
    } else {
        Ok(found)
    }
}

/// The rule or group whose name is most like a word.
pub(crate) fn near_rule(name: &str) -> Option<&'static str> {
    nearest(name, rules().iter().flat_map(|rule| [rule.name, group(rule)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_groups_and_all() {
        let mut selection = Selection::default();
        assert!(selection.wants("fragment") && selection.wants("extra-colon"));
        selection.select("member").unwrap();
        assert!(!selection.wants("fragment") && selection.wants("extra-colon"));
        selection.ignore("extra-colon").unwrap();
        assert!(!selection.wants("extra-colon") && selection.wants("stray-dot"));
        selection.select("all").unwrap();
        selection.set_level("fragment", Level::Off).unwrap();
        assert!(!selection.wants("fragment") && selection.wants("wrong-root"));
    }

    #[test]
    fn unknown_names_come_with_a_guess() {
        let near = |name: &str| Selection::default().ignore(name).unwrap_err().near;
        assert_eq!(near("misplaced-seperator"), Some("misplaced-separator"));
        assert_eq!(near("Fragment"), Some("fragment"));
        assert_eq!(near("xyzzy"), None);
    }
}
