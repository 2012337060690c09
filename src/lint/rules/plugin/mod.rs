//! Rules about the files of Openfire's Hazelcast plugin: its own cache file, and the local file that it imports.

mod cluster_name_in_both_files;
mod local_file_not_imported;
mod openfire_home_unknown;
mod openfire_name_with_multicast;
mod outdated_plugin_file;
mod shape;
mod unknown_cache_name;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &cluster_name_in_both_files::RULE,
    &local_file_not_imported::RULE,
    &openfire_home_unknown::RULE,
    &openfire_name_with_multicast::RULE,
    &outdated_plugin_file::RULE,
    &unknown_cache_name::RULE,
];
