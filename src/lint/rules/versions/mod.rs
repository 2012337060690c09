//! Rules about files that are meant for another Hazelcast version than their elements.

mod cluster_name_instead_of_group;
mod cp_subsystem_without_license;
mod group_instead_of_cluster_name;
mod ignored_setting;
mod legacy_merge_policy;
mod mixed_versions;
mod newer_setting;
mod old_eviction;
mod old_management_center;
mod removed_setting;
mod schema_location_of_another_version;
mod witness;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &cluster_name_instead_of_group::RULE,
    &cp_subsystem_without_license::RULE,
    &group_instead_of_cluster_name::RULE,
    &ignored_setting::RULE,
    &legacy_merge_policy::RULE,
    &mixed_versions::RULE,
    &newer_setting::RULE,
    &old_eviction::RULE,
    &old_management_center::RULE,
    &removed_setting::RULE,
    &schema_location_of_another_version::RULE,
];
