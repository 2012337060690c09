//! Rules about `<properties>`.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
