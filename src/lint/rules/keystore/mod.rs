//! Rules about key stores and the certificates in them.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
