//! Rules about what a Hazelcast version knows and another does not.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
