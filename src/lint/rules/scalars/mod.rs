//! Rules about single values: words and times.

mod unknown_value;
mod wrong_time_unit;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[&unknown_value::RULE, &wrong_time_unit::RULE];
