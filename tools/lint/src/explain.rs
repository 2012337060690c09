//! The page of one rule.

use cobnut_lint::{nearest, rule, rules};
use thiserror::Error;

/// There is no rule of this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no rule `{name}`; {}", advice(.near.as_deref()))]
pub struct UnknownRule {
    /// The name that was asked for.
    pub name: String,
    /// A rule that may be meant.
    pub near: Option<String>,
}

fn advice(near: Option<&str>) -> String {
    near.map_or_else(|| "`cobnut-lint rules` lists them".to_owned(), |near| format!("did you mean `{near}`?"))
}

/// The page of a rule in Markdown: what it finds, why it matters, an example, and what to write instead.
///
/// # Errors
/// There is no such rule; the error names the one that may be meant, or else says how to list them.
pub fn explain(name: &str) -> Result<&'static str, UnknownRule> {
    rule(name).map(|rule| rule.page).ok_or_else(|| {
        let near = nearest(name, rules().iter().map(|rule| rule.name)).map(str::to_owned);
        UnknownRule { name: name.to_owned(), near }
    })
}
