//! Executors, counters, locks and the consensus subsystem.

use super::info::{
    ElementInfo, FLAG, INTEGER, NATURAL, PORT, POSITIVE, TEXT, attribute, between, group, one_of, value,
};
use super::why;

/// Elements below `hazelcast` on this subject.
pub(super) const CONCURRENCY: &[ElementInfo] = &[
    group("executor-service")
        .repeats()
        .no_effect(why::EXECUTORS)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("statistics-enabled", FLAG).since(3, 0).default("true"),
            value("pool-size", PORT).since(3, 0).default("8"),
            value("queue-capacity", NATURAL).since(3, 0).default("0"),
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("user-code-namespace", TEXT).since(5, 4),
            value("quorum-ref", TEXT).since(3, 10).until(3, 12),
            value("core-pool-size", between(0, 32767)).until(2, 5).default("16"),
            value("max-pool-size", between(0, 32767)).until(2, 5).default("64"),
            value("keep-alive-seconds", NATURAL).until(2, 5).default("60"),
        ]),
    group("durable-executor-service")
        .since(3, 7)
        .repeats()
        .no_effect(why::EXECUTORS)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("statistics-enabled", FLAG).since(4, 1).default("true"),
            value("pool-size", PORT).default("16"),
            value("durability", PORT).default("1"),
            value("capacity", NATURAL).default("100"),
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("user-code-namespace", TEXT).since(5, 4),
            value("quorum-ref", TEXT).since(3, 10).until(3, 12),
        ]),
    group("scheduled-executor-service")
        .since(3, 8)
        .repeats()
        .no_effect(why::EXECUTORS)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("statistics-enabled", FLAG).since(4, 1).default("true"),
            value("pool-size", PORT).default("16"),
            value("durability", PORT).default("1"),
            value("capacity", PORT).default("100"),
            value("capacity-policy", one_of(&["PER_NODE", "PER_PARTITION"])).since(4, 0),
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("merge-policy", TEXT)
                .since(3, 10)
                .attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("user-code-namespace", TEXT).since(5, 4),
            value("quorum-ref", TEXT).since(3, 10).until(3, 12),
        ]),
    group("cardinality-estimator")
        .since(3, 8)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("backup-count", between(0, 6)).default("1"),
            value("async-backup-count", between(0, 6)).default("0"),
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("merge-policy", TEXT)
                .since(3, 10)
                .attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("quorum-ref", TEXT).since(3, 10).until(3, 12),
        ]),
    group("flake-id-generator")
        .since(3, 10)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[
            value("prefetch-count", POSITIVE).default("100"),
            value("prefetch-validity-millis", INTEGER).default("600000"),
            value("epoch-start", INTEGER).since(4, 0).default("1514764800000"),
            value("node-id-offset", INTEGER).default("0"),
            value("bits-sequence", between(0, 63)).since(4, 0).default("6"),
            value("bits-node-id", between(0, 63)).since(4, 0).default("16"),
            value("allowed-future-millis", NATURAL).since(4, 0).default("15000"),
            value("statistics-enabled", FLAG).default("true"),
            value("id-offset", INTEGER).until(3, 12).default("0"),
        ]),
    group("crdt-replication").since(3, 10).no_effect(why::STRUCTURES).children(&[
        value("replication-period-millis", NATURAL),
        value("max-concurrent-replication-targets", NATURAL),
    ]),
    group("pn-counter")
        .since(3, 10)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[
            value("replica-count", between(1, 2_147_483_647)).default("2147483647"),
            value("split-brain-protection-ref", TEXT).since(4, 0),
            value("statistics-enabled", FLAG).default("true"),
            value("quorum-ref", TEXT).until(3, 12),
        ]),
    group("cp-subsystem").since(3, 12).no_effect(why::CONSENSUS).children(&[
        value("cp-member-count", NATURAL).default("0"),
        value("group-size", between(0, 7)).default("0"),
        value("session-time-to-live-seconds", NATURAL).default("60"),
        value("session-heartbeat-interval-seconds", NATURAL).default("5"),
        value("missing-cp-member-auto-removal-seconds", NATURAL).default("0"),
        value("fail-on-indeterminate-operation-state", FLAG).default("false"),
        value("persistence-enabled", FLAG).since(4, 0).default("false"),
        value("base-dir", TEXT).since(4, 0).default("cp-data"),
        value("data-load-timeout-seconds", NATURAL).since(4, 0).default("120"),
        value("cp-member-priority", INTEGER).since(5, 2).default("0"),
        value("map-limit", POSITIVE).since(5, 4).default("10"),
        group("raft-algorithm").children(&[
            value("leader-election-timeout-in-millis", NATURAL).default("2000"),
            value("leader-heartbeat-period-in-millis", NATURAL).default("5000"),
            value("max-missed-leader-heartbeat-count", NATURAL).default("5"),
            value("append-request-max-entry-count", NATURAL).default("100"),
            value("commit-index-advance-count-to-snapshot", NATURAL).default("10000"),
            value("uncommitted-entry-count-to-reject-new-appends", NATURAL).default("100"),
            value("append-request-backoff-timeout-in-millis", NATURAL).default("100"),
        ]),
        value("auto-step-down-when-leader", FLAG).since(5, 7).default("false"),
        group("semaphores").children(&[
            group("semaphore").since(4, 0).repeats().children(&[
                value("name", TEXT),
                value("jdk-compatible", FLAG).default("false"),
                value("initial-permits", NATURAL).default("0"),
            ]),
            group("cp-semaphore")
                .until(3, 12)
                .repeats()
                .children(&[value("name", TEXT), value("jdk-compatible", FLAG).default("false")]),
        ]),
        group("locks").children(&[group("fenced-lock")
            .repeats()
            .children(&[value("name", TEXT), value("lock-acquire-limit", NATURAL).default("0")])]),
        group("maps").since(5, 4).children(&[group("map").repeats().children(&[
            value("name", TEXT),
            value("max-size-mb", POSITIVE).default("100"),
            value("purge-enabled", FLAG).since(5, 7).default("false"),
        ])]),
    ]),
    group("jobtracker")
        .since(3, 2)
        .until(3, 12)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[
            value("max-thread-size", NATURAL).default("0"),
            value("queue-size", NATURAL).default("0"),
            value("retry-count", NATURAL).default("0"),
            value("chunk-size", NATURAL).default("1000"),
            value("communicate-stats", FLAG).default("true"),
            value("topology-changed-strategy", one_of(&["CANCEL_RUNNING_OPERATION", "DISCARD_AND_RESTART"]))
                .default("CANCEL_RUNNING_OPERATION"),
        ]),
    group("semaphore")
        .until(3, 12)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[
            value("initial-permits", NATURAL).default("0"),
            value("backup-count", between(0, 6)).since(3, 0).default("1"),
            value("async-backup-count", between(0, 6)).since(3, 0).default("0"),
            value("quorum-ref", TEXT).since(3, 10),
            group("semaphore-factory")
                .until(2, 5)
                .attributes(&[attribute("enabled", FLAG).default("false")])
                .children(&[value("class-name", TEXT)]),
        ]),
    group("lock")
        .since(3, 8)
        .until(3, 12)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).default("default")])
        .children(&[value("quorum-ref", TEXT)]),
    group("atomic-long")
        .since(3, 10)
        .until(3, 12)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[
            value("merge-policy", TEXT).attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("quorum-ref", TEXT),
        ]),
    group("atomic-reference")
        .since(3, 10)
        .until(3, 12)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[
            value("merge-policy", TEXT).attributes(&[attribute("batch-size", POSITIVE).default("100")]),
            value("quorum-ref", TEXT),
        ]),
    group("count-down-latch")
        .since(3, 10)
        .until(3, 12)
        .repeats()
        .no_effect(why::STRUCTURES)
        .attributes(&[attribute("name", TEXT).required()])
        .children(&[value("quorum-ref", TEXT)]),
];
