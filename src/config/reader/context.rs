//! Where the elements of a fragment belong, told from their names.

const JOINERS: &[&str] = &[
    "multicast",
    "tcp-ip",
    "aws",
    "gcp",
    "azure",
    "kubernetes",
    "eureka",
    "auto-detection",
    "discovery-strategies",
];
const NETWORK: &[&str] = &[
    "port",
    "public-address",
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
const MEMBERS: &[&str] = &["member", "members", "member-list", "required-member", "interface"];
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
];

/// The path around a fragment with these top-level elements; the first set that holds all of them wins.
pub(super) fn of(names: &[&str]) -> Option<&'static str> {
    let all_in = |set: &[&str]| !names.is_empty() && names.iter().all(|name| set.contains(name));
    if all_in(JOINERS) {
        Some("hazelcast/network/join")
    } else if all_in(NETWORK) {
        Some("hazelcast/network")
    } else if all_in(&["interface"]) {
        Some("hazelcast/network/interfaces")
    } else if all_in(MEMBERS) {
        Some("hazelcast/network/join/tcp-ip")
    } else if all_in(ROOT) {
        Some("hazelcast")
    } else {
        None
    }
}
