//! Rules about maps and the other data structures.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
