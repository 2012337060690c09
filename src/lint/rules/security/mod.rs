//! Rules about who can reach what.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
