//! Rules about joiners.

mod joiner_without_enabled;
mod no_joiner_enabled;
mod no_usable_member;
mod several_joiners;
mod unsupported_joiner;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &joiner_without_enabled::RULE,
    &no_joiner_enabled::RULE,
    &no_usable_member::RULE,
    &several_joiners::RULE,
    &unsupported_joiner::RULE,
];
