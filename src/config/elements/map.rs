//! `map` and the merge policies of 2.x.

use super::info::{
    ElementInfo, FLAG, INTEGER, NATURAL, POSITIVE, TEXT, attribute, between, group, one_of, value,
};
use super::shared::{
    CAPACITY, CURRENT_FORMATS, DATA_PERSISTENCE, ENTRY_LISTENERS, EVENT_JOURNAL, EVICTION, EVICTION_POLICIES,
    HOT_RESTART, MERKLE_TREE, PROPERTIES, UNITS,
};
use super::why;

const MAX_SIZE_POLICIES: &[&str] = &[
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

const IN_MEMORY_FORMATS: &[&str] = &["BINARY", "OBJECT", "NATIVE", "OFFHEAP", "CACHED"];

const INDEXES: ElementInfo = group("indexes").children(&[group("index")
    .repeats()
    .attributes(&[
        attribute("name", TEXT).since(4, 0),
        attribute("type", one_of(&["SORTED", "HASH", "BITMAP"])).since(4, 0).default("SORTED"),
        attribute("ordered", FLAG).until(3, 12).default("false"),
    ])
    .children(&[
        group("attributes").since(4, 0).children(&[value("attribute", TEXT).repeats()]),
        group("bitmap-index-options").since(4, 0).children(&[
            value("unique-key", TEXT).default("__key"),
            value("unique-key-transformation", one_of(&["OBJECT", "LONG", "RAW"])).default("OBJECT"),
        ]),
        group("btree-index").since(5, 2).children(&[
            MEMORY_TIER,
            group("page-size").attributes(&[
                attribute("value", NATURAL).default("128"),
                attribute("unit", one_of(UNITS)).default("MEGABYTES"),
            ]),
        ]),
    ])]);

const MEMORY_TIER: ElementInfo = group("memory-tier").children(&[CAPACITY]);

/// Elements below `hazelcast` on this subject.
pub(super) const MAPS: &[ElementInfo] = &[
    group("map").repeats().no_effect(why::MAPS).attributes(&[attribute("name", TEXT).required()]).children(
        &[
            value("metadata-policy", one_of(&["CREATE_ON_UPDATE", "OFF"]))
                .since(3, 12)
                .default("CREATE_ON_UPDATE")
                .no_effect(why::QUERIES),
            value("in-memory-format", one_of(IN_MEMORY_FORMATS))
                .since(3, 0)
                .default("BINARY")
                .no_effect(why::MAP_FORMAT),
            value("statistics-enabled", FLAG).since(3, 0).default("true").no_effect(why::MAP_STATISTICS),
            value("per-entry-stats-enabled", FLAG)
                .since(4, 2)
                .default("false")
                .no_effect(why::MAP_STATISTICS),
            value("cache-deserialized-values", one_of(&["NEVER", "ALWAYS", "INDEX-ONLY"]))
                .since(3, 6)
                .default("INDEX-ONLY")
                .no_effect(why::MAP_FORMAT),
            value("backup-count", between(0, 6)).default("1").no_effect(why::MAP_BACKUPS),
            value("async-backup-count", between(0, 6)).since(2, 1).default("0").no_effect(why::MAP_BACKUPS),
            value("time-to-live-seconds", NATURAL).default("0").no_effect(why::MAP_LIFE),
            value("max-idle-seconds", NATURAL).default("0").no_effect(why::MAP_LIFE),
            group("eviction").since(4, 0).no_effect(why::MAP_EVICTION).attributes(&[
                attribute("size", NATURAL).default("0"),
                attribute("max-size-policy", one_of(MAX_SIZE_POLICIES)).default("PER_NODE"),
                attribute("eviction-policy", one_of(EVICTION_POLICIES)).default("NONE"),
                attribute("comparator-class-name", TEXT),
            ]),
            value("merge-policy", TEXT)
                .default("PutIfAbsentMergePolicy")
                .no_effect(why::MAP_MERGE)
                .attributes(&[attribute("batch-size", POSITIVE).since(3, 10).default("100")]),
            value("read-backup-data", FLAG).since(2, 1).default("false").no_effect(why::MAP_BACKUPS),
            MERKLE_TREE.since(4, 0).no_effect(why::WAN),
            HOT_RESTART.since(3, 6).no_effect(why::DISK),
            DATA_PERSISTENCE.since(5, 0).no_effect(why::DISK),
            EVENT_JOURNAL.since(4, 0).no_effect(why::JOURNAL),
            group("map-store")
                .no_effect(why::MAP_STORE)
                .attributes(&[
                    attribute("enabled", FLAG).default("true"),
                    attribute("initial-mode", one_of(&["LAZY", "EAGER"])).since(3, 2),
                ])
                .children(&[
                    value("write-delay-seconds", NATURAL).default("0"),
                    value("write-batch-size", NATURAL).since(3, 3).default("1"),
                    value("write-coalescing", FLAG).since(3, 3).default("true"),
                    value("offload", FLAG).since(5, 2).default("true"),
                    PROPERTIES,
                    value("class-name", TEXT),
                    value("factory-class-name", TEXT),
                ]),
            group("near-cache")
                .no_effect(why::MAP_NEAR_CACHE)
                .attributes(&[attribute("name", TEXT).since(3, 5).default("default")])
                .children(&[
                    value("in-memory-format", one_of(IN_MEMORY_FORMATS)).since(3, 0).default("BINARY"),
                    value("serialize-keys", FLAG).since(3, 9).default("false"),
                    value("invalidate-on-change", FLAG).default("true"),
                    value("time-to-live-seconds", NATURAL).default("0"),
                    value("max-idle-seconds", NATURAL).default("0"),
                    EVICTION.since(3, 5),
                    value("cache-local-entries", FLAG).since(3, 2).default("false"),
                    value("eviction-policy", one_of(EVICTION_POLICIES)).until(3, 12).default("LRU"),
                    value("max-size", NATURAL).until(3, 12).default("0").attributes(&[attribute(
                        "policy", TEXT,
                    )
                    .until(2, 5)
                    .default("cluster_wide_map_size")]),
                ]),
            group("wan-replication-ref")
                .no_effect(why::WAN)
                .attributes(&[attribute("name", TEXT).required()])
                .children(&[
                    value("merge-policy-class-name", TEXT)
                        .since(4, 0)
                        .default("com.hazelcast.spi.merge.PassThroughMergePolicy"),
                    group("filters").since(3, 6).children(&[value("filter-impl", TEXT).repeats()]),
                    value("republishing-enabled", FLAG).since(3, 5).default("true"),
                    value("merge-policy", TEXT).until(3, 12).default("hz.ADD_NEW_ENTRY"),
                ]),
            INDEXES.no_effect(why::QUERIES),
            group("attributes").since(3, 6).no_effect(why::QUERIES).children(&[value("attribute", TEXT)
                .repeats()
                .attributes(&[
                    attribute("extractor-class-name", TEXT).since(4, 0),
                    attribute("extractor", TEXT).until(3, 12),
                ])]),
            ENTRY_LISTENERS.no_effect(why::JAVA_CLASSES),
            group("partition-lost-listeners").since(3, 5).no_effect(why::PARTITIONS).children(&[value(
                "partition-lost-listener",
                TEXT,
            )
            .repeats()]),
            value("partition-strategy", TEXT).since(3, 1).no_effect(why::PARTITIONS),
            value("split-brain-protection-ref", TEXT).since(4, 0).no_effect(why::QUORUM),
            group("query-caches").since(3, 5).no_effect(why::QUERIES).children(&[group("query-cache")
                .repeats()
                .attributes(&[attribute("name", TEXT).required()])
                .children(&[
                    value("include-value", FLAG).default("true"),
                    value("predicate", TEXT)
                        .attributes(&[attribute("type", one_of(&["class-name", "sql"])).required()]),
                    ENTRY_LISTENERS,
                    value("in-memory-format", one_of(CURRENT_FORMATS)).default("BINARY"),
                    value("populate", FLAG).default("true"),
                    value("coalesce", FLAG).default("false"),
                    value("serialize-keys", FLAG).since(5, 1).default("false"),
                    value("delay-seconds", NATURAL).default("0"),
                    value("batch-size", NATURAL).default("1"),
                    value("buffer-size", NATURAL).default("16"),
                    EVICTION,
                    INDEXES,
                ])]),
            group("tiered-store")
                .since(5, 1)
                .no_effect(why::DISK)
                .attributes(&[attribute("enabled", FLAG).required()])
                .children(&[
                    MEMORY_TIER,
                    group("disk-tier").attributes(&[
                        attribute("enabled", FLAG).required(),
                        attribute("device-name", TEXT).default("default-tiered-store-device"),
                    ]),
                ]),
            group("partition-attributes").since(5, 3).no_effect(why::PARTITIONS).children(&[value(
                "attribute",
                TEXT,
            )
            .repeats()]),
            value("user-code-namespace", TEXT).since(5, 4).no_effect(why::JAVA_CLASSES),
            value("optimize-queries", FLAG)
                .since(3, 3)
                .until(3, 12)
                .default("false")
                .no_effect(why::MAP_FORMAT),
            value("eviction-policy", one_of(EVICTION_POLICIES))
                .until(3, 12)
                .default("NONE")
                .no_effect(why::MAP_EVICTION),
            value("map-eviction-policy-class-name", TEXT)
                .since(3, 7)
                .until(3, 12)
                .no_effect(why::MAP_EVICTION),
            value("max-size", INTEGER)
                .until(3, 12)
                .default("0")
                .no_effect(why::MAP_EVICTION)
                .attributes(&[attribute("policy", TEXT).default("PER_NODE")]),
            value("eviction-percentage", between(0, 100))
                .until(3, 12)
                .default("25")
                .no_effect(why::MAP_EVICTION),
            value("min-eviction-check-millis", NATURAL)
                .since(3, 3)
                .until(3, 12)
                .default("100")
                .no_effect(why::MAP_EVICTION),
            value("quorum-ref", TEXT).since(3, 5).until(3, 12).no_effect(why::QUORUM),
            value("storage-type", TEXT).until(3, 0).default("HEAP").no_effect(why::MAP_FORMAT),
            value("cache-value", FLAG).since(2, 1).until(2, 5).no_effect(why::MAP_FORMAT),
            value("clear-quick", FLAG).since(2, 4).until(2, 5).default("false"),
        ],
    ),
    group("merge-policies").until(2, 5).no_effect(why::MAP_MERGE).children(&[group("map-merge-policy")
        .repeats()
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[value("class-name", TEXT)])]),
];
