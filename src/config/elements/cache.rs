//! `cache`: JCache.

use super::info::{ElementInfo, FLAG, NATURAL, POSITIVE, TEXT, attribute, between, group, one_of, value};
use super::shared::{CURRENT_FORMATS, DATA_PERSISTENCE, EVENT_JOURNAL, EVICTION, HOT_RESTART, MERKLE_TREE};
use super::why;

/// Elements below `hazelcast` on this subject.
pub(super) const CACHES: &[ElementInfo] = &[group("cache")
    .since(3, 4)
    .repeats()
    .no_effect(why::STRUCTURES)
    .attributes(&[attribute("name", TEXT).required()])
    .children(&[
        group("key-type").attributes(&[attribute("class-name", TEXT).required()]),
        group("value-type").attributes(&[attribute("class-name", TEXT).required()]),
        value("statistics-enabled", FLAG).default("false"),
        value("management-enabled", FLAG).default("false"),
        value("read-through", FLAG).default("false"),
        value("write-through", FLAG).default("false"),
        group("cache-loader-factory").attributes(&[attribute("class-name", TEXT).required()]),
        group("cache-loader").since(3, 8).attributes(&[attribute("class-name", TEXT).required()]),
        group("cache-writer-factory").attributes(&[attribute("class-name", TEXT).required()]),
        group("cache-writer").since(3, 8).attributes(&[attribute("class-name", TEXT).required()]),
        group("expiry-policy-factory").attributes(&[attribute("class-name", TEXT)]).children(&[group(
            "timed-expiry-policy-factory",
        )
        .since(3, 5)
        .attributes(&[
            attribute(
                "expiry-policy-type",
                one_of(&["CREATED", "ACCESSED", "ETERNAL", "MODIFIED", "TOUCHED"]),
            )
            .required(),
            attribute("duration-amount", NATURAL),
            attribute(
                "time-unit",
                one_of(&[
                    "NANOSECONDS",
                    "MICROSECONDS",
                    "MILLISECONDS",
                    "SECONDS",
                    "MINUTES",
                    "HOURS",
                    "DAYS",
                ]),
            ),
        ])]),
        group("cache-entry-listeners").children(&[group("cache-entry-listener")
            .repeats()
            .attributes(&[
                attribute("old-value-required", FLAG).default("false"),
                attribute("synchronous", FLAG).default("false"),
            ])
            .children(&[
                group("cache-entry-listener-factory").attributes(&[attribute("class-name", TEXT).required()]),
                group("cache-entry-event-filter-factory")
                    .attributes(&[attribute("class-name", TEXT).required()]),
            ])]),
        value("in-memory-format", one_of(CURRENT_FORMATS)).default("BINARY"),
        value("backup-count", between(0, 6)).default("0"),
        value("async-backup-count", between(0, 6)).default("1"),
        EVICTION,
        group("wan-replication-ref").since(3, 5).attributes(&[attribute("name", TEXT).required()]).children(
            &[
                value("merge-policy-class-name", TEXT)
                    .since(4, 0)
                    .default("com.hazelcast.spi.merge.PassThroughMergePolicy"),
                group("filters").since(3, 6).children(&[value("filter-impl", TEXT).repeats()]),
                value("republishing-enabled", FLAG).default("true"),
                value("merge-policy", TEXT).until(3, 12),
            ],
        ),
        value("split-brain-protection-ref", TEXT).since(4, 0),
        group("partition-lost-listeners")
            .since(3, 6)
            .children(&[value("partition-lost-listener", TEXT).repeats()]),
        value("merge-policy", TEXT)
            .since(3, 6)
            .attributes(&[attribute("batch-size", POSITIVE).since(4, 0).default("100")]),
        HOT_RESTART.since(3, 6),
        DATA_PERSISTENCE.since(5, 0),
        EVENT_JOURNAL.since(4, 0),
        MERKLE_TREE.since(5, 0),
        value("disable-per-entry-invalidation-events", FLAG).since(3, 7).default("false"),
        value("user-code-namespace", TEXT).since(5, 4),
        value("quorum-ref", TEXT).since(3, 6).until(3, 12),
    ])];
