#![doc = include_str!("openfire_undecryptable.md")]

use cobnut_diagnostics::Severity;

use crate::{Check, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "openfire-undecryptable",
    severity: Severity::Error,
    summary: "a value of openfire.xml cannot be decrypted with the key of security.xml",
    page: include_str!("openfire_undecryptable.md"),
    check: Check::Reader,
};
