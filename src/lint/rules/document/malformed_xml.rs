#![doc = include_str!("malformed_xml.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "malformed-xml",
    severity: Severity::Error,
    summary: "the file is not well-formed XML",
    page: include_str!("malformed_xml.md"),
    check: Check::Reader,
};
