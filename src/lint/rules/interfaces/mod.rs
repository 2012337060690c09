//! Rules about the choice of the own address.

mod interfaces_not_enabled;
mod interfaces_without_pattern;
mod invalid_interface;

use crate::Rule;

pub(super) static RULES: &[&Rule] =
    &[&interfaces_not_enabled::RULE, &interfaces_without_pattern::RULE, &invalid_interface::RULE];
