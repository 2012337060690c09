//! Which elements Hazelcast knows, and where: the grammar of the part that cobnut reads, and the names around it.

use crate::distance::distance;

const ROOT: &[&str] = &[
    "import",
    "config-replacers",
    "cluster-name",
    "group",
    "instance-name",
    "license-key",
    "management-center",
    "properties",
    "network",
    "partition-group",
    "listeners",
    "serialization",
    "security",
    "member-attributes",
    "native-memory",
    "lite-member",
    "hot-restart-persistence",
    "persistence",
    "user-code-deployment",
    "crdt-replication",
    "advanced-network",
    "cp-subsystem",
    "metrics",
    "auditlog",
    "instance-tracking",
    "sql",
    "jet",
    "wan-replication",
    "executor-service",
    "durable-executor-service",
    "scheduled-executor-service",
    "queue",
    "map",
    "cache",
    "multimap",
    "replicatedmap",
    "list",
    "set",
    "topic",
    "reliable-topic",
    "ringbuffer",
    "split-brain-protection",
    "cardinality-estimator",
    "reliable-id-generator",
    "flake-id-generator",
    "pn-counter",
    "services",
    "quorum",
    "semaphore",
    "lock",
    "atomic-long",
    "atomic-reference",
    "count-down-latch",
    "jobtracker",
    "event-journal",
    "merkle-tree",
    "dynamic-configuration",
    "integrity-checker",
    "tpc",
    "user-code-namespaces",
    "rest",
    "local-device",
    "data-connection",
];
const NETWORK: &[&str] = &[
    "public-address",
    "port",
    "reuse-address",
    "outbound-ports",
    "join",
    "interfaces",
    "ssl",
    "socket-interceptor",
    "symmetric-encryption",
    "asymmetric-encryption",
    "member-address-provider",
    "failure-detector",
    "rest-api",
    "memcache-protocol",
    "tpc-socket",
];
const JOIN: &[&str] = &[
    "auto-detection",
    "multicast",
    "tcp-ip",
    "aws",
    "gcp",
    "azure",
    "kubernetes",
    "eureka",
    "discovery-strategies",
];
const MULTICAST: &[&str] = &[
    "multicast-group",
    "multicast-port",
    "multicast-timeout-seconds",
    "multicast-time-to-live",
    "trusted-interfaces",
];
const TCP_IP: &[&str] = &["member", "members", "member-list", "required-member", "interface"];

/// Longer names are not compared with the known ones.
const NAME_BYTES_MAX: usize = 64;

/// Parents and their children, as far as names are checked.
const GRAMMAR: &[(&str, &[&str])] = &[
    ("hazelcast", ROOT),
    ("network", NETWORK),
    ("join", JOIN),
    ("multicast", MULTICAST),
    ("tcp-ip", TCP_IP),
    ("member-list", &["member"]),
    ("interfaces", &["interface"]),
    ("trusted-interfaces", &["interface"]),
    ("discovery-strategies", &["node-filter", "discovery-strategy"]),
    ("group", &["name", "password"]),
    ("properties", &["property"]),
];

/// Whether an element stands where Hazelcast knows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// It does.
    Right,
    /// Its name is known, but below other elements.
    Elsewhere {
        /// Where it belongs.
        parents: Vec<&'static str>,
    },
    /// Its name is not known.
    Unknown {
        /// A known name for this place that differs in a letter or two.
        near: Option<&'static str>,
    },
}

/// Looks an element up by its path, for example `hazelcast/network/ssl`.
pub(super) fn placement(path: &str) -> Placement {
    let mut names = path.rsplit('/');
    let name = names.next().unwrap_or_default();
    let parent = names.next().unwrap_or("hazelcast");
    let Some((_, siblings)) = GRAMMAR.iter().find(|(grammar, _)| *grammar == parent) else {
        return Placement::Right;
    };
    if siblings.contains(&name) {
        return Placement::Right;
    }
    let parents: Vec<&str> =
        GRAMMAR.iter().filter(|(_, children)| children.contains(&name)).map(|(parent, _)| *parent).collect();
    if !parents.is_empty() {
        return Placement::Elsewhere { parents };
    }
    Placement::Unknown { near: nearest(name, siblings) }
}

/// The one name of `known` that differs by at most two letters, and by less than half of the name.
pub(super) fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    // No known name is that long, and the distance takes time.
    if name.len() > NAME_BYTES_MAX {
        return None;
    }
    let ranked = known.iter().map(|candidate| (distance(name, candidate), *candidate)).min()?;
    (ranked.0 <= 2 && ranked.0 * 2 < name.chars().count()).then_some(ranked.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_by_place() {
        assert_eq!(placement("hazelcast/network/ssl"), Placement::Right);
        assert_eq!(
            placement("hazelcast/network/join/interfaces"),
            Placement::Elsewhere { parents: vec!["network"] }
        );
        assert_eq!(placement("hazelcast/network/join/tcpip"), Placement::Unknown { near: Some("tcp-ip") });
        assert_eq!(
            placement("hazelcast/network/join/tcp-ip/memeber"),
            Placement::Unknown { near: Some("member") }
        );
        assert_eq!(placement("hazelcast/network/zzz"), Placement::Unknown { near: None });
        assert_eq!(placement("hazelcast/map/anything"), Placement::Right);
    }
}
