#![doc = include_str!("nested_import.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "nested-import",
    severity: Severity::Error,
    summary: "an import stands inside another element than the root",
    page: include_str!("nested_import.md"),
    check: Check::Reader,
};
