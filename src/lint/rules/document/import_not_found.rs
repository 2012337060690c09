#![doc = include_str!("import_not_found.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "import-not-found",
    severity: Severity::Error,
    summary: "an imported file is not there, or names no file",
    page: include_str!("import_not_found.md"),
    check: Check::Reader,
};
