#![doc = include_str!("ambiguous_import.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "ambiguous-import",
    severity: Severity::Error,
    summary: "two YAML files set one value differently",
    page: include_str!("ambiguous_import.md"),
    check: Check::Reader,
};
