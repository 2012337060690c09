//! Rules about the values of elements and attributes: booleans, numbers, words.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
