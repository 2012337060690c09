//! What tells the plugin's cache file from other files, and its releases from each other.

use cobnut_config::Spanned;
use cobnut_diagnostics::Span;

use crate::Node;
use crate::generation::Generation;

/// The maps that Openfire asks for by name, over all releases of the plugin.
pub(super) const CACHES: &[&str] = &[
    "Clearspace SSO Nonce",
    "Client Session Info Cache",
    "Components Sessions",
    "Connection Managers Sessions",
    "Directed Presences",
    "Disco Server Features",
    "Disco Server Items",
    "Entity Capabilities",
    "Entity Capabilities Users",
    "Favicon Hits",
    "Favicon Misses",
    "File Transfer",
    "File Transfer Cache",
    "Group",
    "Group Metadata Cache",
    "Incoming Server Session Info Cache",
    "Incoming Server Sessions",
    "Javascript Cache",
    "LDAP Authentication",
    "Last Activity Cache",
    "Locked Out Accounts",
    "Multicast Service",
    "Offline Message Size",
    "Offline Presence Cache",
    "POP3 Authentication",
    "Privacy Lists",
    "Published Items",
    "Remote Server Configurations",
    "Remote Users Existence",
    "Roster",
    "Routing AnonymousUsers Cache",
    "Routing Components Cache",
    "Routing Servers Cache",
    "Routing User Sessions",
    "Routing Users Cache",
    "Routing Users Sessions",
    "Secret Keys Cache",
    "Sessions by Hostname",
    "User",
    "VCard",
    "Validated Domains",
    "opt-$cacheStats",
];
/// A file with fewer of them is somebody's own.
const CACHES_MIN: usize = 5;

/// Name of the local file, and of the cache file that imports it.
pub(super) const LOCAL_FILE: &str = "hazelcast-local-config.xml";

/// The name of the map that Openfire 4.7 asks for; the plugin has it since 2.6.
const RENAMED_IN_2_6: &str = "Incoming Server Session Info Cache";

/// The names of the maps with their places, in the order of the file.
pub(super) fn map_names(node: &Node) -> impl Iterator<Item = &Spanned<String>> {
    let document = &node.config.document;
    let maps = document.at_path("hazelcast/map");
    maps.filter_map(|id| document.element(id).attribute("name").map(|name| &name.value))
}

/// Whether the file is the plugin's cache file, edited or not: it has most of the caches of Openfire.
pub(super) fn is_cache_file(node: &Node) -> bool {
    map_names(node).filter(|name| CACHES.contains(&name.value.as_str())).count() >= CACHES_MIN
}

/// The releases of the plugin whose cache file looks like this one, the Hazelcast that they run, and the place that tells.
pub(super) fn release(
    node: &Node,
    generation: &Generation,
) -> Option<(&'static str, &'static str, Option<Span>)> {
    let document = &node.config.document;
    let first = |path: &str| document.at_path(path).next().map(|id| document.element(id).name_span);
    let renamed = map_names(node).find(|name| name.value == RENAMED_IN_2_6);
    if generation.is_before(4, 0) {
        let has_local_file = first("hazelcast/import").is_some() || node.config.sources.iter().count() > 1;
        let place = first("hazelcast/group").or(first("hazelcast/services"));
        return Some(match renamed {
            Some(renamed) => ("2.6", "3.12", Some(renamed.span)),
            None if has_local_file => ("2.3 to 2.5", "3.9 to 3.12", place),
            None => ("1.0 to 2.2", "2.3 to 3.5", place),
        });
    }
    let leftover = first("hazelcast/cp-subsystem").or(first("hazelcast/jet"));
    let location = generation.location.map(|(version, _)| (version.major, version.minor));
    if generation.is_from(4, 0) && (leftover.is_some() || location.is_some_and(|version| version < (5, 4))) {
        return Some(("3.0 or 3.1", "5.3", leftover.or(generation.location.map(|(_, span)| span))));
    }
    None
}
