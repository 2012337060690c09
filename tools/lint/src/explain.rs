//! The page of one rule.

use cobnut_lint::{nearest, rule, rules};
use thiserror::Error;

/// There is no rule of this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no rule `{name}`; {}", advice(.near.as_deref(), .rules))]
pub struct UnknownRule {
    /// The name that was asked for.
    pub name: String,
    /// A rule that may be meant.
    pub near: Option<String>,
    /// The names that exist.
    pub rules: Vec<&'static str>,
}

fn advice(near: Option<&str>, rules: &[&str]) -> String {
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the rules are: {}", rules.join(", ")),
    }
}

/// The page of a rule in Markdown: what it finds, why it matters, an example, and what to write instead.
///
/// # Errors
/// There is no such rule; the error names the one that may be meant, or else all of them.
pub fn explain(name: &str) -> Result<&'static str, UnknownRule> {
    rule(name).map(|rule| rule.page).ok_or_else(|| {
        let rules: Vec<&'static str> = rules().iter().map(|rule| rule.name).collect();
        UnknownRule {
            name: name.to_owned(),
            near: nearest(name, rules.iter().copied()).map(str::to_owned),
            rules,
        }
    })
}
