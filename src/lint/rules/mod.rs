//! The rules, one file and one page each, by the part of the configuration that they look at.

mod balancer;
mod cluster;
mod database;
mod document;
mod home;
mod interfaces;
mod join;
mod keystore;
mod maps;
mod member;
mod network;
mod plugin;
mod properties;
mod rest;
mod scalars;
mod security;
mod versions;

use std::sync::LazyLock;

use crate::Rule;

/// All rules, sorted by name.
static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let groups = [
        document::RULES,
        versions::RULES,
        scalars::RULES,
        join::RULES,
        member::RULES,
        interfaces::RULES,
        network::RULES,
        rest::RULES,
        properties::RULES,
        maps::RULES,
        cluster::RULES,
        plugin::RULES,
        home::RULES,
        database::RULES,
        keystore::RULES,
        balancer::RULES,
        security::RULES,
    ];
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
