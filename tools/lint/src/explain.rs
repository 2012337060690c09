//! The page of one rule.

use cobnut_lint::{rule, rules};
use thiserror::Error;

/// There is no rule of this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no rule `{name}`; the rules are: {}", .rules.join(", "))]
pub struct UnknownRule {
    /// The name that was asked for.
    pub name: String,
    /// The names that exist.
    pub rules: Vec<&'static str>,
}

/// The page of a rule in Markdown: what it finds, why it matters, an example, and what to write instead.
///
/// # Errors
/// There is no such rule; the error lists all of them.
pub fn explain(name: &str) -> Result<&'static str, UnknownRule> {
    rule(name).map(|rule| rule.page).ok_or_else(|| UnknownRule {
        name: name.to_owned(),
        rules: rules().iter().map(|rule| rule.name).collect(),
    })
}
