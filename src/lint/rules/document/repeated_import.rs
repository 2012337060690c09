#![doc = include_str!("repeated_import.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "repeated-import",
    severity: Severity::Error,
    summary: "a file is imported twice",
    page: include_str!("repeated_import.md"),
    check: Check::Reader,
};
