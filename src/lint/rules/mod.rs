//! The rules, one file and one page each, by the part of the configuration that they look at.

mod cluster;
mod document;
mod interfaces;
mod join;
mod member;
mod network;

use std::sync::LazyLock;

use crate::Rule;

/// All rules, sorted by name.
static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let groups =
        [document::RULES, join::RULES, member::RULES, interfaces::RULES, network::RULES, cluster::RULES];
    let mut rules: Vec<&'static Rule> = groups.into_iter().flatten().copied().collect();
    rules.sort_by_key(|rule| rule.name);
    rules
});

/// All rules, sorted by name.
pub fn rules() -> &'static [&'static Rule] {
    &RULES
}

/// The rule of a name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.name == name).copied()
}
