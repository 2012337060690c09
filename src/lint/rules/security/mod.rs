//! Rules about who can reach what.

mod clear_mesh_on_public_address;
mod default_cluster_name;
mod default_encryption_password;
mod default_group_password;
mod default_store_password;
mod open_memcache;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &clear_mesh_on_public_address::RULE,
    &default_cluster_name::RULE,
    &default_encryption_password::RULE,
    &default_group_password::RULE,
    &default_store_password::RULE,
    &open_memcache::RULE,
];
