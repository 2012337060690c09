#![doc = include_str!("openfire_syntax.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "openfire-syntax",
    severity: Severity::Error,
    summary: "openfire.xml or security.xml is not well-formed",
    page: include_str!("openfire_syntax.md"),
    check: Check::Reader,
};
