//! Network: `network` and everything that decides who joins whom.

use super::info::{ElementInfo, FLAG, INTEGER, NATURAL, PORT, TEXT, attribute, group, value};
use super::shared::{
    AUTO_DETECTION, AWS, AZURE, DISCOVERY_STRATEGIES, ENDPOINT_GROUP, EUREKA, GCP, ICMP, INTERFACES,
    KUBERNETES_JOINER, OUTBOUND_PORTS, PROPERTIES, SOCKET_INTERCEPTOR, SSL, SYMMETRIC_ENCRYPTION, TPC_SOCKET,
};
use super::why;

/// How members find each other; `advanced-network` has the same.
pub(super) const JOIN: ElementInfo = group("join").children(&[
    group("multicast")
        .attributes(&[
            attribute("enabled", FLAG).default("false"),
            attribute("loopbackModeEnabled", FLAG).since(3, 5),
        ])
        .children(&[
            value("multicast-group", TEXT).default("224.2.2.3"),
            value("multicast-port", PORT).default("54327"),
            value("multicast-timeout-seconds", INTEGER).default("2"),
            value("multicast-time-to-live", INTEGER).since(3, 0).default("32"),
            group("trusted-interfaces").children(&[value("interface", TEXT).repeats()]),
            value("multicast-time-to-live-seconds", INTEGER).until(2, 5).default("32"),
        ]),
    group("tcp-ip")
        .attributes(&[
            attribute("enabled", FLAG).default("false"),
            attribute("connection-timeout-seconds", INTEGER).since(3, 0).default("5"),
            attribute("conn-timeout-seconds", INTEGER).since(2, 5).until(2, 5).default("5"),
        ])
        .children(&[
            value("required-member", TEXT),
            value("member", TEXT).repeats(),
            value("interface", TEXT).repeats(),
            value("members", TEXT).repeats(),
            group("member-list").since(3, 5).repeats().children(&[value("member", TEXT).repeats()]),
        ]),
    AWS.refused(why::CLOUD),
    GCP.since(3, 11).refused(why::CLOUD),
    AZURE.since(3, 11).refused(why::CLOUD),
    KUBERNETES_JOINER.since(3, 11),
    EUREKA.since(3, 11).refused(why::CLOUD),
    AUTO_DETECTION.since(4, 1),
    DISCOVERY_STRATEGIES.since(3, 6).refused(why::STRATEGIES),
]);

/// Elements below `hazelcast` on this subject.
pub(super) const NETWORK: &[ElementInfo] = &[group("network").children(&[
    value("public-address", TEXT).since(2, 3),
    value("port", PORT).default("5701").attributes(&[
        attribute("auto-increment", FLAG).default("true"),
        attribute("port-count", NATURAL).since(3, 0).default("100"),
    ]),
    value("reuse-address", FLAG).since(3, 2).default("false"),
    OUTBOUND_PORTS.since(2, 4),
    JOIN,
    INTERFACES,
    SSL,
    SOCKET_INTERCEPTOR.refused(why::INTERCEPTOR),
    SYMMETRIC_ENCRYPTION,
    group("member-address-provider")
        .since(3, 9)
        .refused(why::ADDRESS_PROVIDER)
        .attributes(&[attribute("enabled", FLAG).default("false")])
        .children(&[value("class-name", TEXT), PROPERTIES]),
    group("failure-detector").since(3, 10).no_effect(why::ICMP).children(&[ICMP]),
    group("rest-api")
        .since(3, 12)
        .attributes(&[attribute("enabled", FLAG).default("false").required()])
        .children(&[ENDPOINT_GROUP.repeats()]),
    group("memcache-protocol").since(3, 12).no_effect(why::MEMCACHE).attributes(&[attribute(
        "enabled", FLAG,
    )
    .default("false")
    .required()]),
    TPC_SOCKET.since(5, 3).no_effect(why::THREADS),
    group("asymmetric-encryption")
        .until(2, 5)
        .refused(why::ASYMMETRIC)
        .attributes(&[attribute("enabled", FLAG).default("false")])
        .children(&[
            value("algorithm", TEXT),
            value("keyPassword", TEXT),
            value("keyAlias", TEXT),
            value("storeType", TEXT),
            value("storePassword", TEXT),
            value("storePath", TEXT),
        ]),
])];
