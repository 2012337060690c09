//! Rules about maps and the other data structures.

mod ambiguous_map_patterns;
mod duplicate_map;
mod idle_longer_than_life;
mod invalid_map_pattern;
mod invalid_percentage;
mod merge_policy_without_statistics;
mod more_backups_than_nodes;
mod native_memory;
mod no_inheritance_from_default;
mod policy_without_size;
pub(super) mod reading;
mod size_below_partitions;
mod size_without_policy;
mod stale_near_cache;
mod swapped_size_policy;
mod too_many_backups;
mod unknown_map_value;
mod unknown_merge_policy;

use cobnut_config::Host;

use crate::Rule;
use crate::{Cluster, Node};

pub(super) static RULES: &[&Rule] = &[
    &ambiguous_map_patterns::RULE,
    &duplicate_map::RULE,
    &idle_longer_than_life::RULE,
    &invalid_map_pattern::RULE,
    &invalid_percentage::RULE,
    &merge_policy_without_statistics::RULE,
    &more_backups_than_nodes::RULE,
    &native_memory::RULE,
    &no_inheritance_from_default::RULE,
    &policy_without_size::RULE,
    &size_below_partitions::RULE,
    &size_without_policy::RULE,
    &stale_near_cache::RULE,
    &swapped_size_policy::RULE,
    &too_many_backups::RULE,
    &unknown_map_value::RULE,
    &unknown_merge_policy::RULE,
];

/// Every size policy of maps and near caches.
const SIZE_POLICIES: [&str; 11] = [
    "ENTRY_COUNT",
    "PER_NODE",
    "PER_PARTITION",
    "USED_HEAP_SIZE",
    "USED_HEAP_PERCENTAGE",
    "FREE_HEAP_SIZE",
    "FREE_HEAP_PERCENTAGE",
    "USED_NATIVE_MEMORY_SIZE",
    "USED_NATIVE_MEMORY_PERCENTAGE",
    "FREE_NATIVE_MEMORY_SIZE",
    "FREE_NATIVE_MEMORY_PERCENTAGE",
];

/// Maps that Openfire's plugin configures by name.
const OPENFIRE_MAPS: [&str; 41] = [
    "opt-$cacheStats",
    "Client Session Info Cache",
    "Components Sessions",
    "Connection Managers Sessions",
    "Secret Keys Cache",
    "Validated Domains",
    "Disco Server Features",
    "Disco Server Items",
    "Incoming Server Session Info Cache",
    "Sessions by Hostname",
    "Routing User Sessions",
    "Routing Components Cache",
    "Routing Users Cache",
    "Routing AnonymousUsers Cache",
    "Routing Servers Cache",
    "Directed Presences",
    "POP3 Authentication",
    "LDAP Authentication",
    "File Transfer",
    "File Transfer Cache",
    "Javascript Cache",
    "Entity Capabilities",
    "Entity Capabilities Users",
    "Favicon Hits",
    "Favicon Misses",
    "Last Activity Cache",
    "Locked Out Accounts",
    "Multicast Service",
    "Offline Message Size",
    "Offline Presence Cache",
    "Privacy Lists",
    "Remote Users Existence",
    "Remote Server Configurations",
    "Group Metadata Cache",
    "Group",
    "Roster",
    "User",
    "VCard",
    "Published Items",
    "MUC History",
    "MUC Service Pings Sent",
];

/// How many nodes the cluster has, as far as the files tell: those that are checked together, or those that are listed.
fn node_count(cluster: &Cluster, node: &Node) -> Option<usize> {
    let tcp_ip = &node.config.network.join.tcp_ip;
    // A range may hold any number of nodes.
    let is_one = |entry: &cobnut_config::MemberEntry| {
        entry.single_address().is_some() || matches!(entry.host, Host::Name(_))
    };
    let listed = tcp_ip.members().count();
    let is_listed = *tcp_ip.enabled && listed > 1 && tcp_ip.members().all(is_one);
    let given = if cluster.is_complete() && cluster.nodes().len() > 1 { cluster.nodes().len() } else { 0 };
    Some(given.max(if is_listed { listed } else { 0 })).filter(|&count| count > 0)
}
