//! One property of the catalogue.

use super::{BadValue, Kind, Value};

/// A system property as Openfire defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemProperty {
    /// Its name; a `*` stands for any text.
    pub name: &'static str,
    /// How its text is read.
    pub kind: Kind,
    /// What applies without it, as text; `None` if there is no fixed default.
    pub default: Option<&'static str>,
    /// What it is for, in a few words.
    pub meaning: &'static str,
    /// What this product does with it.
    pub effect: Effect,
}

/// What this product does with a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is obeyed.
    Obeyed,
    /// It is kept and shown and changes nothing, for this reason.
    NoEffect(&'static str),
    /// Values other than these stop the start, for this reason: to go on would mean something else than the value says.
    RefusedUnless(&'static [&'static str], &'static str),
}

impl SystemProperty {
    /// Why a value stops the start; `None` if it does not. The empty value is an absent property.
    pub fn refusal(&self, value: &str) -> Option<&'static str> {
        let value = value.trim();
        match self.effect {
            Effect::RefusedUnless(accepted, reason) if !value.is_empty() => {
                let is_accepted = accepted.iter().any(|accepted| accepted.eq_ignore_ascii_case(value));
                (!is_accepted).then_some(reason)
            }
            _ => None,
        }
    }

    /// Reads a value as Openfire does.
    ///
    /// # Errors
    /// The text is no value of its kind; Openfire then takes the default and logs a warning.
    pub fn read(&self, value: &str) -> Result<Value, BadValue> {
        self.kind.read(value)
    }

    /// Whether the catalogue's name has a `*` that stands for a part of this name.
    pub(super) fn is_pattern_of(&self, name: &str) -> bool {
        let Some((before, after)) = self.name.split_once('*') else { return false };
        let middle = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        middle.is_some_and(|middle| !middle.is_empty())
    }
}

/// A row of the catalogue.
pub(super) const fn row(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    meaning: &'static str,
    effect: Effect,
) -> SystemProperty {
    let default = if default.is_empty() { None } else { Some(default) };
    SystemProperty { name, kind, default, meaning, effect }
}
