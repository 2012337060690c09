//! Rules about Openfire's two Hazelcast files, one of which imports the other.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
