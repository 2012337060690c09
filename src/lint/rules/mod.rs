//! The rules, one file and one page each, by the part of the configuration that they look at.

mod balancer;
mod cluster;
mod database;
mod document;
mod home;
pub(crate) mod ignore;
mod interfaces;
mod join;
mod keystore;
mod maps;
mod member;
mod network;
mod plugin;
mod probe;
mod properties;
mod rest;
mod scalars;
mod security;
mod versions;

pub(crate) use database::server_of;
pub use probe::public_host;

use std::sync::LazyLock;

use crate::Rule;

/// The groups, in the order of the documentation.
static GROUPS: &[(&str, &[&Rule])] = &[
    ("document", document::RULES),
    ("versions", versions::RULES),
    ("scalars", scalars::RULES),
    ("join", join::RULES),
    ("member", member::RULES),
    ("interfaces", interfaces::RULES),
    ("network", network::RULES),
    ("rest", rest::RULES),
    ("properties", properties::RULES),
    ("maps", maps::RULES),
    ("cluster", cluster::RULES),
    ("plugin", plugin::RULES),
    ("home", home::RULES),
    ("database", database::RULES),
    ("keystore", keystore::RULES),
    ("balancer", balancer::RULES),
    ("security", security::RULES),
    ("probe", probe::RULES),
    ("ignore", ignore::RULES),
];

/// All rules, sorted by name.
static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let mut rules: Vec<&'static Rule> = GROUPS.iter().flat_map(|(_, rules)| *rules).copied().collect();
    rules.sort_by_key(|rule| rule.name);
    rules
});

/// The groups and their rules, in the order of the documentation; a group without rules is left out.
pub fn groups() -> impl Iterator<Item = (&'static str, &'static [&'static Rule])> {
    GROUPS.iter().filter(|(_, rules)| !rules.is_empty()).copied()
}

/// The group of a rule.
pub fn group(rule: &Rule) -> &'static str {
    let of = GROUPS.iter().find(|(_, rules)| rules.iter().any(|other| std::ptr::eq(*other, rule)));
    of.map_or("", |(name, _)| name)
}

/// All rules, sorted by name.
pub fn rules() -> &'static [&'static Rule] {
    &RULES
}

/// The rule of a name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.name == name).copied()
}
