#![doc = include_str!("undecryptable_value.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "undecryptable-value",
    severity: Severity::Error,
    summary: "an encrypted value cannot be decrypted",
    page: include_str!("undecryptable_value.md"),
    check: Check::Reader,
};
