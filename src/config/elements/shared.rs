//! Elements and values that stand in several places.

use super::info::{ElementInfo, FLAG, INTEGER, NATURAL, TEXT, attribute, group, one_of, value};
use super::why;

pub(super) const CURRENT_FORMATS: &[&str] = &["BINARY", "OBJECT", "NATIVE"];

pub(super) const UNITS: &[&str] = &["BYTES", "KILOBYTES", "MEGABYTES", "GIGABYTES"];

pub(super) const EVICTION_POLICIES: &[&str] = &["NONE", "LRU", "LFU", "RANDOM"];

pub(super) const AUTO_DETECTION: ElementInfo = group("auto-detection").open().attributes(&[
    attribute("enabled", FLAG).default("true"),
    attribute("connection-timeout-seconds", INTEGER).default("5").no_effect(why::CLOUD_SEARCH),
]);

pub(super) const AWS: ElementInfo = group("aws")
    .open()
    .attributes(&[
        attribute("enabled", FLAG).default("false"),
        attribute("connection-timeout-seconds", INTEGER).since(3, 0).default("5"),
        attribute("conn-timeout-seconds", INTEGER).since(2, 5).until(2, 5).default("5"),
    ])
    .children(&[
        value("access-key", TEXT),
        value("secret-key", TEXT),
        value("iam-role", TEXT).since(3, 6),
        value("region", TEXT),
        value("host-header", TEXT).since(3, 0),
        value("security-group-name", TEXT),
        value("tag-key", TEXT),
        value("tag-value", TEXT),
        value("connection-timeout-seconds", TEXT).since(3, 11),
        value("read-timeout-seconds", TEXT).since(3, 11),
        value("connection-retries", TEXT).since(3, 11),
        value("hz-port", TEXT).since(3, 11).default("5701-5708"),
        value("cluster", TEXT).since(4, 1),
        value("family", TEXT).since(4, 1),
        value("service-name", TEXT).since(4, 1),
        value("use-public-ip", TEXT).since(3, 11),
        value("hostHeader", TEXT).since(2, 3).until(2, 5),
    ]);

pub(super) const AZURE: ElementInfo = group("azure")
    .open()
    .attributes(&[
        attribute("enabled", FLAG).default("false"),
        attribute("connection-timeout-seconds", INTEGER).default("5"),
    ])
    .children(&[
        value("instance-metadata-available", TEXT),
        value("tenant-id", TEXT),
        value("client-id", TEXT),
        value("client-secret", TEXT),
        value("subscription-id", TEXT),
        value("resource-group", TEXT),
        value("scale-set", TEXT),
        value("tag", TEXT),
        value("hz-port", TEXT),
        value("use-public-ip", TEXT),
    ]);

pub(super) const BLACKLIST: ElementInfo = group("blacklist").children(&[
    value("class", TEXT).repeats(),
    value("package", TEXT).repeats(),
    value("prefix", TEXT).repeats(),
]);

pub(super) const CAPACITY: ElementInfo = group("capacity").attributes(&[
    attribute("value", NATURAL).default("128"),
    attribute("unit", one_of(UNITS)).default("MEGABYTES"),
]);

pub(super) const DATA_PERSISTENCE: ElementInfo = group("data-persistence")
    .attributes(&[attribute("enabled", FLAG).default("false")])
    .children(&[value("fsync", FLAG).default("false")]);

pub(super) const DISCOVERY_STRATEGIES: ElementInfo = group("discovery-strategies").children(&[
    group("node-filter").attributes(&[attribute("class", TEXT).required()]),
    group("discovery-strategy")
        .repeats()
        .attributes(&[attribute("enabled", FLAG).default("false"), attribute("class", TEXT).required()])
        .children(&[PROPERTIES]),
]);

pub(super) const ENDPOINT_GROUP: ElementInfo = group("endpoint-group").attributes(&[
    attribute(
        "name",
        one_of(&[
            "CLUSTER_READ",
            "CLUSTER_WRITE",
            "HEALTH_CHECK",
            "PERSISTENCE",
            "HOT_RESTART",
            "WAN",
            "DATA",
            "CP",
        ]),
    )
    .required(),
    attribute("enabled", FLAG).required(),
]);

pub(super) const ENTRY_LISTENERS: ElementInfo =
    group("entry-listeners").children(&[value("entry-listener", TEXT).repeats().attributes(&[
        attribute("include-value", FLAG).default("true"),
        attribute("local", FLAG).default("false"),
    ])]);

pub(super) const EUREKA: ElementInfo = group("eureka")
    .open()
    .attributes(&[
        attribute("enabled", FLAG).default("false"),
        attribute("connection-timeout-seconds", INTEGER).default("5"),
    ])
    .children(&[
        value("self-registration", TEXT),
        value("namespace", TEXT),
        value("use-metadata-for-host-and-port", TEXT),
    ]);

pub(super) const EVENT_JOURNAL: ElementInfo = group("event-journal")
    .attributes(&[attribute("enabled", FLAG).default("false")])
    .children(&[value("capacity", NATURAL), value("time-to-live-seconds", NATURAL)]);

pub(super) const EVICTION: ElementInfo = group("eviction").attributes(&[
    attribute("size", NATURAL).default("10000"),
    attribute(
        "max-size-policy",
        one_of(&[
            "ENTRY_COUNT",
            "USED_NATIVE_MEMORY_SIZE",
            "USED_NATIVE_MEMORY_PERCENTAGE",
            "FREE_NATIVE_MEMORY_SIZE",
            "FREE_NATIVE_MEMORY_PERCENTAGE",
        ]),
    )
    .default("ENTRY_COUNT"),
    attribute("eviction-policy", one_of(EVICTION_POLICIES)).default("LRU"),
    attribute("comparator-class-name", TEXT).since(3, 7),
]);

pub(super) const GCP: ElementInfo = group("gcp")
    .open()
    .attributes(&[
        attribute("enabled", FLAG).default("false"),
        attribute("connection-timeout-seconds", INTEGER).default("5"),
    ])
    .children(&[
        value("private-key-path", TEXT),
        value("projects", TEXT),
        value("region", TEXT),
        value("zones", TEXT),
        value("label", TEXT),
        value("hz-port", TEXT),
        value("use-public-ip", TEXT),
    ]);

pub(super) const HOT_RESTART: ElementInfo = group("hot-restart")
    .attributes(&[attribute("enabled", FLAG).default("false")])
    .children(&[value("fsync", FLAG).default("false")]);

pub(super) const ICMP: ElementInfo =
    group("icmp").attributes(&[attribute("enabled", TEXT).default("false")]).children(&[
        value("timeout-milliseconds", INTEGER).default("1000"),
        value("ttl", INTEGER).default("255"),
        value("parallel-mode", FLAG).default("true"),
        value("fail-fast-on-startup", FLAG).default("true"),
        value("max-attempts", INTEGER).default("2"),
        value("interval-milliseconds", INTEGER).default("1000"),
    ]);

pub(super) const INTERFACES: ElementInfo = group("interfaces")
    .attributes(&[attribute("enabled", FLAG).default("false")])
    .children(&[value("interface", TEXT).repeats()]);

pub(super) const KUBERNETES: ElementInfo = group("kubernetes")
    .open()
    .attributes(&[
        attribute("enabled", FLAG).default("false"),
        attribute("connection-timeout-seconds", INTEGER).default("5"),
    ])
    .children(&KUBERNETES_SETTINGS);

/// The joiner: it asks DNS, never Kubernetes itself.
pub(super) const KUBERNETES_JOINER: ElementInfo = KUBERNETES
    .attributes(&[
        attribute("enabled", FLAG).default("false"),
        attribute("connection-timeout-seconds", INTEGER).default("5").no_effect(why::TWO_SECONDS),
    ])
    .children(&KUBERNETES_OBEYED);

const KUBERNETES_SETTINGS: [ElementInfo; 18] = [
    value("service-dns", TEXT),
    value("service-port", TEXT),
    value("service-dns-timeout", TEXT),
    value("namespace", TEXT),
    value("service-name", TEXT),
    value("service-label-name", TEXT),
    value("service-label-value", TEXT),
    value("pod-label-name", TEXT),
    value("pod-label-value", TEXT),
    value("resolve-not-ready-addresses", TEXT),
    value("expose-externally", TEXT),
    value("service-per-pod-label-name", TEXT),
    value("service-per-pod-label-value", TEXT),
    value("use-node-name-as-external-address", TEXT),
    value("kubernetes-api-retries", TEXT),
    value("kubernetes-master", TEXT),
    value("api-token", TEXT),
    value("ca-certificate", TEXT),
];

const KUBERNETES_OBEYED: [ElementInfo; 18] = {
    let mut settings = KUBERNETES_SETTINGS;
    settings[2] = settings[2].no_effect(why::RESOLVER);
    let mut index = 3;
    while index < settings.len() {
        settings[index] = settings[index].no_effect(why::KUBERNETES_API);
        index += 1;
    }
    settings
};

pub(super) const MERKLE_TREE: ElementInfo = group("merkle-tree")
    .attributes(&[attribute("enabled", FLAG).default("false")])
    .children(&[value("depth", NATURAL)]);

pub(super) const OUTBOUND_PORTS: ElementInfo =
    group("outbound-ports").children(&[value("ports", TEXT).repeats()]);

pub(super) const PROPERTIES: ElementInfo = group("properties")
    .children(&[value("property", TEXT).repeats().attributes(&[attribute("name", TEXT).required()])]);

pub(super) const SOCKET_INTERCEPTOR: ElementInfo = group("socket-interceptor")
    .attributes(&[attribute("enabled", FLAG).default("false")])
    .children(&[value("class-name", TEXT), PROPERTIES]);

pub(super) const SSL: ElementInfo = group("ssl")
    .attributes(&[attribute("enabled", FLAG).default("false")])
    .children(&[value("factory-class-name", TEXT).no_effect(why::SSL_FACTORY), PROPERTIES]);

pub(super) const SYMMETRIC_ENCRYPTION: ElementInfo =
    group("symmetric-encryption").attributes(&[attribute("enabled", FLAG).default("false")]).children(&[
        value("algorithm", TEXT),
        value("salt", TEXT).default("thesalt"),
        value("password", TEXT).default("thepassword"),
        value("iteration-count", INTEGER).default("19"),
    ]);

pub(super) const TPC_SOCKET: ElementInfo = group("tpc-socket").children(&[
    value("port-range", TEXT).default("11000-21000"),
    value("receive-buffer-size-kb", INTEGER).default("128"),
    value("send-buffer-size-kb", INTEGER).default("128"),
]);

pub(super) const TRUSTED_INTERFACES: ElementInfo =
    group("trusted-interfaces").children(&[value("interface", TEXT).repeats()]);

pub(super) const WHITELIST: ElementInfo = group("whitelist").children(&[
    value("class", TEXT).repeats(),
    value("package", TEXT).repeats(),
    value("prefix", TEXT).repeats(),
]);
