//! Rules about the database that the nodes share.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
