#![doc = include_str!("wrong_root.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "wrong-root",
    severity: Severity::Error,
    summary: "the file is something else than a member configuration",
    page: include_str!("wrong_root.md"),
    check: Check::Reader,
};
