//! Rules about the REST and memcache endpoints on the member port.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
