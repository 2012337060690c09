//! What Hazelcast keeps on disk or outside the Java heap.

use super::info::{
    DECIMAL, ElementInfo, FLAG, INTEGER, NATURAL, POSITIVE, TEXT, at_least, attribute, group, one_of, value,
};
use super::shared::{CAPACITY, PROPERTIES, UNITS};
use super::why;

const ENCRYPTION_AT_REST: ElementInfo =
    group("encryption-at-rest").attributes(&[attribute("enabled", FLAG).default("false")]).children(&[
        value("algorithm", TEXT),
        value("salt", TEXT).default("thesalt"),
        value("key-size", INTEGER).default("0"),
        group("secure-store").children(&[
            group("keystore").children(&[
                value("path", TEXT),
                value("type", TEXT).default("PKCS12"),
                value("password", TEXT),
                value("current-key-alias", TEXT),
                value("polling-interval", INTEGER).default("0"),
            ]),
            group("vault").children(&[
                value("address", TEXT),
                value("secret-path", TEXT),
                value("token", TEXT),
                value("polling-interval", INTEGER).default("0"),
                group("ssl")
                    .attributes(&[attribute("enabled", FLAG).default("false")])
                    .children(&[value("factory-class-name", TEXT), PROPERTIES]),
            ]),
        ]),
    ]);

/// Elements below `hazelcast` on this subject.
pub(super) const STORAGE: &[ElementInfo] = &[
    group("native-memory")
        .since(3, 4)
        .no_effect(why::MEMORY)
        .attributes(&[
            attribute("allocator-type", one_of(&["STANDARD", "POOLED"])).default("POOLED"),
            attribute("enabled", FLAG).default("false"),
        ])
        .children(&[
            group("size").attributes(&[
                attribute("value", NATURAL).default("128"),
                attribute("unit", one_of(UNITS)).default("MEGABYTES"),
            ]),
            CAPACITY.since(5, 2),
            value("min-block-size", POSITIVE),
            value("page-size", POSITIVE),
            value("metadata-space-percentage", DECIMAL),
            value("persistent-memory-directory", TEXT).since(4, 0),
            group("persistent-memory")
                .since(4, 1)
                .attributes(&[
                    attribute("enabled", FLAG).default("false"),
                    attribute("mode", one_of(&["MOUNTED", "SYSTEM_MEMORY"])).default("MOUNTED"),
                ])
                .children(&[group("directories").children(&[value("directory", TEXT)
                    .repeats()
                    .attributes(&[attribute("numa-node", INTEGER).default("-1")])])]),
        ]),
    group("hot-restart-persistence")
        .since(3, 6)
        .no_effect(why::DISK)
        .attributes(&[attribute("enabled", FLAG).required()])
        .children(&[
            value("base-dir", TEXT).default("hot-restart"),
            value("backup-dir", TEXT).since(3, 8),
            value("parallelism", NATURAL).since(3, 7),
            value("validation-timeout-seconds", NATURAL),
            value("data-load-timeout-seconds", NATURAL),
            value("cluster-data-recovery-policy", TEXT).since(3, 8).default("FULL_RECOVERY_ONLY"),
            value("auto-remove-stale-data", FLAG).since(3, 12).default("true"),
            ENCRYPTION_AT_REST.since(4, 0),
        ]),
    group("persistence")
        .since(5, 0)
        .no_effect(why::DISK)
        .attributes(&[attribute("enabled", FLAG).required()])
        .children(&[
            value("base-dir", TEXT).default("persistence"),
            value("backup-dir", TEXT),
            value("parallelism", NATURAL),
            value("validation-timeout-seconds", NATURAL),
            value("data-load-timeout-seconds", NATURAL),
            value("cluster-data-recovery-policy", TEXT).default("FULL_RECOVERY_ONLY"),
            value("auto-remove-stale-data", FLAG).default("true"),
            ENCRYPTION_AT_REST,
            value("rebalance-delay-seconds", NATURAL).default("0"),
        ]),
    group("local-device")
        .since(5, 1)
        .repeats()
        .no_effect(why::DISK)
        .attributes(&[attribute("name", TEXT).default("default-tiered-store-device").required()])
        .children(&[
            value("base-dir", TEXT).default("tiered-store"),
            CAPACITY,
            value("block-size", at_least(512)).default("4096"),
            value("read-io-thread-count", POSITIVE).default("4"),
            value("write-io-thread-count", POSITIVE).default("4"),
        ]),
];
