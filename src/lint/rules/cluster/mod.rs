//! Rules about the cluster: its name, and the files of all nodes together.

mod cluster_name_mismatch;
mod empty_cluster_name;
mod heartbeat_mismatch;
mod joiner_mismatch;
mod member_not_listed;
mod port_mismatch;
mod same_address;
mod unknown_member;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &cluster_name_mismatch::RULE,
    &empty_cluster_name::RULE,
    &heartbeat_mismatch::RULE,
    &joiner_mismatch::RULE,
    &member_not_listed::RULE,
    &port_mismatch::RULE,
    &same_address::RULE,
    &unknown_member::RULE,
];
