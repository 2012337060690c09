//! Rules about the comments that silence other rules.

mod unknown_rule_in_ignore;
mod unused_ignore;

pub(crate) use unknown_rule_in_ignore::{not_understood, unknown_rule};
pub(crate) use unused_ignore::unused;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[&unknown_rule_in_ignore::RULE, &unused_ignore::RULE];
