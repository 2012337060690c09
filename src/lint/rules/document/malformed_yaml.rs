#![doc = include_str!("malformed_yaml.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "malformed-yaml",
    severity: Severity::Error,
    summary: "the file is no YAML that Hazelcast can read",
    page: include_str!("malformed_yaml.md"),
    check: Check::Reader,
};
