//! Services of a Hazelcast member: management, metrics, SQL, jobs, user code.

use super::info::{
    ElementInfo, FLAG, INTEGER, NATURAL, POSITIVE, TEXT, attribute, between, group, one_of, value,
};
use super::shared::{BLACKLIST, PROPERTIES, TRUSTED_INTERFACES, WHITELIST};
use super::why;

/// Elements below `hazelcast` on this subject.
pub(super) const SERVICES: &[ElementInfo] = &[
    group("management-center")
        .no_effect(why::MANAGEMENT_CENTER)
        .attributes(&[
            attribute("scripting-enabled", FLAG).since(3, 12),
            attribute("console-enabled", FLAG).since(5, 1),
            attribute("data-access-enabled", FLAG).since(5, 1).default("true"),
            attribute("enabled", FLAG).until(3, 12).default("false"),
            attribute("update-interval", INTEGER).until(3, 12).default("3"),
            attribute("cluster-id", TEXT).since(3, 2).until(3, 6),
            attribute("security-token", TEXT).since(3, 2).until(3, 6),
        ])
        .children(&[
            TRUSTED_INTERFACES.since(4, 1),
            value("url", TEXT).since(3, 9).until(3, 12),
            group("mutual-auth")
                .since(3, 9)
                .until(3, 12)
                .attributes(&[attribute("enabled", FLAG).default("false")])
                .children(&[value("factory-class-name", TEXT), PROPERTIES]),
        ]),
    group("user-code-deployment")
        .since(3, 8)
        .no_effect(why::JAVA_CLASSES)
        .attributes(&[attribute("enabled", FLAG).required()])
        .children(&[
            value("class-cache-mode", one_of(&["OFF", "ETERNAL"])).default("ETERNAL"),
            value("provider-mode", one_of(&["OFF", "LOCAL_CLASSES_ONLY", "LOCAL_AND_CACHED_CLASSES"]))
                .default("LOCAL_AND_CACHED_CLASSES"),
            value("blacklist-prefixes", TEXT),
            value("whitelist-prefixes", TEXT),
            value("provider-filter", TEXT),
        ]),
    group("auditlog")
        .since(4, 1)
        .no_effect(why::AUDIT)
        .attributes(&[attribute("enabled", FLAG).default("false")])
        .children(&[value("factory-class-name", TEXT), PROPERTIES]),
    group("metrics")
        .since(4, 0)
        .no_effect(why::METRICS)
        .attributes(&[attribute("enabled", FLAG).default("true")])
        .children(&[
            group("management-center")
                .attributes(&[attribute("enabled", FLAG).default("true")])
                .children(&[value("retention-seconds", NATURAL).default("5")]),
            group("jmx").attributes(&[attribute("enabled", FLAG).default("true")]),
            value("collection-frequency-seconds", NATURAL).default("5"),
        ]),
    group("instance-tracking")
        .since(4, 1)
        .no_effect(why::INSTANCE_TRACKING)
        .attributes(&[attribute("enabled", FLAG).default("false")])
        .children(&[value("file-name", TEXT), value("format-pattern", TEXT)]),
    group("sql").since(4, 1).no_effect(why::QUERIES).children(&[
        value("statement-timeout-millis", NATURAL).default("0"),
        value("catalog-persistence-enabled", FLAG).since(5, 3).default("false"),
        group("java-reflection-filter")
            .since(5, 4)
            .attributes(&[attribute("defaults-disabled", FLAG).default("false")])
            .children(&[BLACKLIST, WHITELIST]),
        value("executor-pool-size", INTEGER).until(4, 2).default("-1"),
        value("operation-pool-size", INTEGER).until(4, 1).default("-1"),
    ]),
    group("jet")
        .since(5, 0)
        .no_effect(why::JET)
        .attributes(&[
            attribute("enabled", FLAG).default("false"),
            attribute("resource-upload-enabled", FLAG).default("false"),
        ])
        .children(&[
            group("instance").children(&[
                value("cooperative-thread-count", POSITIVE),
                value("flow-control-period", POSITIVE),
                value("backup-count", between(0, 6)),
                value("scale-up-delay-millis", NATURAL),
                value("lossless-restart-enabled", FLAG),
                value("max-processor-accumulated-records", INTEGER),
            ]),
            value("cooperative-thread-count", POSITIVE),
            value("flow-control-period", POSITIVE),
            value("backup-count", between(0, 6)),
            value("scale-up-delay-millis", NATURAL),
            value("lossless-restart-enabled", FLAG),
            value("max-processor-accumulated-records", INTEGER),
            group("edge-defaults").children(&[
                value("queue-size", POSITIVE),
                value("packet-size-limit", POSITIVE),
                value("receive-window-multiplier", POSITIVE),
            ]),
        ]),
    group("dynamic-configuration").since(5, 1).no_effect(why::DYNAMIC).children(&[
        value("persistence-enabled", FLAG),
        value("backup-dir", TEXT),
        value("backup-count", TEXT),
    ]),
    group("integrity-checker")
        .since(5, 1)
        .no_effect(why::JAVA_CLASSES)
        .attributes(&[attribute("enabled", FLAG).required()]),
    group("data-connection")
        .since(5, 3)
        .repeats()
        .no_effect(why::JET)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[value("type", TEXT), value("shared", FLAG).default("true"), PROPERTIES]),
    group("tpc")
        .since(5, 3)
        .no_effect(why::THREADS)
        .attributes(&[attribute("enabled", FLAG).required()])
        .children(&[value("eventloop-count", INTEGER)]),
    group("user-code-namespaces")
        .since(5, 4)
        .no_effect(why::JAVA_CLASSES)
        .attributes(&[attribute("enabled", FLAG).required()])
        .children(&[
            group("class-filter")
                .attributes(&[attribute("defaults-disabled", FLAG).default("false")])
                .children(&[BLACKLIST, WHITELIST]),
            group("namespace").repeats().attributes(&[attribute("name", TEXT).required()]).children(&[
                group("jar").repeats().attributes(&[attribute("id", TEXT)]).children(&[value("url", TEXT)]),
                group("jars-in-zip")
                    .repeats()
                    .attributes(&[attribute("id", TEXT)])
                    .children(&[value("url", TEXT)]),
                group("class").repeats().attributes(&[attribute("id", TEXT)]).children(&[value("url", TEXT)]),
            ]),
        ]),
    group("rest")
        .since(5, 5)
        .no_effect(why::REST)
        .attributes(&[attribute("enabled", FLAG).default("false")])
        .children(&[
            value("port", INTEGER).default("8443"),
            value("security-realm", TEXT),
            value("token-validity-seconds", INTEGER).default("900"),
            value("request-timeout-seconds", INTEGER).since(5, 6).default("120"),
            group("ssl").attributes(&[attribute("enabled", FLAG).default("false")]).children(&[
                value("client-auth", one_of(&["NONE", "WANT", "NEED"])),
                value("ciphers", TEXT),
                value("key-alias", TEXT),
                value("key-password", TEXT),
                value("key-store", TEXT),
                value("key-store-password", TEXT),
                value("key-store-type", TEXT),
                value("key-store-provider", TEXT),
                value("protocol", TEXT),
                value("trust-store", TEXT),
                value("trust-store-password", TEXT),
                value("trust-store-type", TEXT),
                value("trust-store-provider", TEXT),
                value("enabled-protocols", TEXT),
                value("certificate", TEXT),
                value("certificate-key", TEXT),
                value("trust-certificate", TEXT),
                value("trust-certificate-key", TEXT),
            ]),
            value("lockout-duration-seconds", INTEGER).since(5, 6).default("900"),
            value("max-login-attempts", INTEGER).since(5, 6).default("5"),
        ]),
    group("external-data-store")
        .since(5, 2)
        .until(5, 2)
        .repeats()
        .no_effect(why::JET)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[value("class-name", TEXT), value("shared", FLAG).default("true"), PROPERTIES]),
    group("event-journal")
        .since(3, 9)
        .until(3, 12)
        .repeats()
        .no_effect(why::JOURNAL)
        .attributes(&[attribute("enabled", FLAG).default("true")])
        .children(&[
            value("mapName", TEXT),
            value("cacheName", TEXT),
            value("capacity", NATURAL),
            value("time-to-live-seconds", NATURAL),
        ]),
    group("merkle-tree")
        .since(3, 11)
        .until(3, 12)
        .repeats()
        .no_effect(why::WAN)
        .attributes(&[attribute("enabled", FLAG).default("true")])
        .children(&[value("mapName", TEXT), value("depth", NATURAL)]),
];
