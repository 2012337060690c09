//! Rules about load balancers in front of the cluster.

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[];
