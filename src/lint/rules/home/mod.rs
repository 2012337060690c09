//! Rules about `openfire.xml` and `security.xml`.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
