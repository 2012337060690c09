#![doc = include_str!("openfire_master_key.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "openfire-master-key",
    severity: Severity::Error,
    summary: "the master key in security.xml cannot be read back",
    page: include_str!("openfire_master_key.md"),
    check: Check::Reader,
};
