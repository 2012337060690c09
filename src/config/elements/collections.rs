//! Collections other than maps.

use super::info::{
    ElementInfo, FLAG, INTEGER, NATURAL, POSITIVE, TEXT, at_least, attribute, between, group, one_of, value,
};
use super::shared::{CURRENT_FORMATS, ENTRY_LISTENERS, PROPERTIES};
use super::why;

const ITEM_LISTENERS: ElementInfo = group("item-listeners").children(&[value("item-listener", TEXT)
    .repeats()
    .attributes(&[attribute("include-value", FLAG).default("true")])]);

const MESSAGE_LISTENERS: ElementInfo =
    group("message-listeners").children(&[value("message-listener", TEXT).repeats()]);

/// Elements below `hazelcast` on this subject.
pub(super) const COLLECTIONS: &[ElementInfo] = &[
    group("queue")
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("priority-comparator-class-name", TEXT).since(4, 1),
            value("statistics-enabled", FLAG).since(3, 0).default("true"),
            value("max-size", NATURAL).since(3, 0).default("0"),
            value("backup-count", between(0, 6)).since(3, 0).default("1"),
            value("async-backup-count", between(0, 6)).since(3, 0).default("0"),
            value("empty-queue-ttl", at_least(-1)).since(3, 0).default("-1"),
            ITEM_LISTENERS,
            group("queue-store")
                .since(3, 0)
                .attributes(&[attribute("enabled", FLAG).default("true")])
                .children(&[
                    PROPERTIES,
                    value("class-name", TEXT),
                    value("factory-class-name", TEXT).since(3, 1),
                ]),
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("merge-policy", TEXT)
                .since(3, 10)
                .attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("user-code-namespace", TEXT).since(5, 4),
            value("quorum-ref", TEXT).since(3, 8).until(3, 12),
            value("max-size-per-jvm", between(-32768, 32767)).until(2, 5),
            value("backing-map-ref", TEXT).until(2, 5),
        ]),
    group("multimap")
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[
            value("backup-count", between(0, 6)).since(3, 1).default("1"),
            value("async-backup-count", between(0, 6)).since(3, 1).default("0"),
            value("statistics-enabled", FLAG).since(3, 0).default("true"),
            value("binary", FLAG).since(3, 7).default("true"),
            value("value-collection-type", one_of(&["SET", "LIST"])),
            ENTRY_LISTENERS,
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("merge-policy", TEXT)
                .since(3, 10)
                .attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("user-code-namespace", TEXT).since(5, 4),
            value("quorum-ref", TEXT).since(3, 10).until(3, 12),
        ]),
    group("replicatedmap")
        .since(3, 3)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[
            value("in-memory-format", one_of(&["BINARY", "OBJECT", "NATIVE", "OFFHEAP"])).default("OBJECT"),
            value("async-fillup", FLAG).default("true"),
            value("statistics-enabled", FLAG).default("true"),
            ENTRY_LISTENERS,
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("merge-policy", TEXT)
                .since(3, 10)
                .attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("user-code-namespace", TEXT).since(5, 4),
            value("concurrency-level", NATURAL).until(3, 12).default("32"),
            value("replication-delay-millis", NATURAL).until(3, 12).default("100"),
            value("quorum-ref", TEXT).since(3, 10).until(3, 12),
        ]),
    group("list")
        .since(3, 1)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("statistics-enabled", FLAG).default("true"),
            value("max-size", NATURAL).default("0"),
            value("backup-count", between(0, 6)).default("1"),
            value("async-backup-count", between(0, 6)).default("0"),
            ITEM_LISTENERS,
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("merge-policy", TEXT)
                .since(3, 10)
                .attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("user-code-namespace", TEXT).since(5, 4),
            value("quorum-ref", TEXT).since(3, 10).until(3, 12),
        ]),
    group("set")
        .since(3, 1)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("statistics-enabled", FLAG).default("true"),
            value("max-size", NATURAL).default("0"),
            value("backup-count", between(0, 6)).default("1"),
            value("async-backup-count", between(0, 6)).default("0"),
            ITEM_LISTENERS,
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("merge-policy", TEXT)
                .since(3, 10)
                .attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("user-code-namespace", TEXT).since(5, 4),
            value("quorum-ref", TEXT).since(3, 10).until(3, 12),
        ]),
    group("topic")
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("statistics-enabled", FLAG).since(3, 0).default("true"),
            value("global-ordering-enabled", FLAG).since(3, 2).default("false"),
            MESSAGE_LISTENERS,
            value("multi-threading-enabled", FLAG).since(3, 7).default("false"),
            value("user-code-namespace", TEXT).since(5, 4),
        ]),
    group("reliable-topic")
        .since(3, 5)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("statistics-enabled", FLAG).default("true"),
            MESSAGE_LISTENERS,
            value("read-batch-size", INTEGER),
            value("topic-overload-policy", one_of(&["DISCARD_OLDEST", "DISCARD_NEWEST", "BLOCK", "ERROR"])),
            value("user-code-namespace", TEXT).since(5, 4),
        ]),
    group("ringbuffer")
        .since(3, 5)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[
            value("capacity", NATURAL),
            value("time-to-live-seconds", NATURAL),
            value("backup-count", between(0, 6)).default("1"),
            value("async-backup-count", between(0, 6)).default("0"),
            value("in-memory-format", one_of(CURRENT_FORMATS)).default("BINARY"),
            group("ringbuffer-store")
                .since(3, 8)
                .attributes(&[attribute("enabled", FLAG).default("true")])
                .children(&[
                    value("class-name", TEXT),
                    value("factory-class-name", TEXT),
                    PROPERTIES.since(3, 9),
                ]),
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("merge-policy", TEXT)
                .since(3, 10)
                .attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("user-code-namespace", TEXT).since(5, 4),
            value("quorum-ref", TEXT).since(3, 10).until(3, 12),
        ]),
    group("vector-collection")
        .since(5, 5)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[
            value("backup-count", between(0, 6)).since(5, 6).default("1"),
            value("async-backup-count", between(0, 6)).since(5, 6).default("0"),
            value("split-brain-protection-ref", TEXT).since(5, 6),
            value("merge-policy", TEXT)
                .since(5, 6)
                .attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("user-code-namespace", TEXT).since(5, 6),
            group("indexes").children(&[group("index")
                .repeats()
                .attributes(&[attribute("name", TEXT)])
                .children(&[
                    value("dimension", POSITIVE),
                    value("metric", TEXT),
                    value("max-degree", POSITIVE).default("32"),
                    value("ef-construction", POSITIVE).default("100"),
                    value("use-deduplication", FLAG).default("true"),
                ])]),
        ]),
];
