//! `wan-replication`: copies of data for other clusters.

use super::info::{ElementInfo, FLAG, INTEGER, TEXT, attribute, group, one_of, value};
use super::shared::{AWS, AZURE, DISCOVERY_STRATEGIES, EUREKA, GCP, KUBERNETES, PROPERTIES};
use super::why;

const CONSISTENCY_CHECK_STRATEGIES: &[&str] = &["NONE", "MERKLE_TREES"];

const QUEUE_FULL_BEHAVIORS: &[&str] =
    &["DISCARD_AFTER_MUTATION", "THROW_EXCEPTION", "THROW_EXCEPTION_ONLY_IF_REPLICATION_ACTIVE"];

const INITIAL_PUBLISHER_STATES: &[&str] = &["REPLICATING", "PAUSED", "STOPPED"];

/// Elements below `hazelcast` on this subject.
pub(super) const WAN: &[ElementInfo] = &[value("wan-replication", TEXT)
    .repeats()
    .no_effect(why::WAN)
    .attributes(&[
        attribute("name", TEXT).required(),
        attribute("snapshot-enabled", FLAG).since(3, 5).until(3, 6).default("false"),
    ])
    .children(&[
        value("batch-publisher", TEXT).since(4, 0).repeats().children(&[
            value("cluster-name", TEXT),
            value("snapshot-enabled", FLAG).default("false"),
            value("initial-publisher-state", one_of(INITIAL_PUBLISHER_STATES)).default("REPLICATING"),
            value("queue-capacity", INTEGER).default("10000"),
            value("batch-size", INTEGER).default("500"),
            value("batch-max-delay-millis", INTEGER).default("1000"),
            value("response-timeout-millis", INTEGER).default("60000"),
            value("queue-full-behavior", one_of(QUEUE_FULL_BEHAVIORS)).default("DISCARD_AFTER_MUTATION"),
            value("acknowledge-type", one_of(&["ACK_ON_OPERATION_COMPLETE", "ACK_ON_RECEIPT"]))
                .default("ACK_ON_OPERATION_COMPLETE"),
            value("discovery-period-seconds", INTEGER).default("10"),
            value("max-target-endpoints", INTEGER).default("2147483647"),
            value("max-concurrent-invocations", INTEGER).default("-1"),
            value("use-endpoint-private-address", FLAG).default("false"),
            value("idle-min-park-ns", INTEGER).default("10000000"),
            value("idle-max-park-ns", INTEGER).default("250000000"),
            value("publisher-id", TEXT),
            value("target-endpoints", TEXT),
            AWS,
            GCP,
            AZURE,
            KUBERNETES,
            EUREKA,
            DISCOVERY_STRATEGIES,
            group("sync").children(&[value(
                "consistency-check-strategy",
                one_of(CONSISTENCY_CHECK_STRATEGIES),
            )
            .default("NONE")]),
            value("endpoint", TEXT),
            PROPERTIES,
        ]),
        value("custom-publisher", TEXT).since(4, 0).repeats().children(&[
            value("publisher-id", TEXT),
            value("class-name", TEXT),
            PROPERTIES,
        ]),
        group("consumer").since(4, 0).children(&[
            value("class-name", TEXT),
            PROPERTIES,
            value("persist-wan-replicated-data", FLAG).default("false"),
        ]),
        value("wan-publisher", TEXT)
            .since(3, 7)
            .until(3, 12)
            .repeats()
            .attributes(&[
                attribute("group-name", TEXT).required(),
                attribute("publisher-id", TEXT).since(3, 11),
            ])
            .children(&[
                value("class-name", TEXT),
                value("queue-capacity", INTEGER).default("10000"),
                value("queue-full-behavior", one_of(QUEUE_FULL_BEHAVIORS)),
                value("initial-publisher-state", one_of(INITIAL_PUBLISHER_STATES))
                    .since(3, 11)
                    .default("REPLICATING"),
                AWS.since(3, 9),
                GCP.since(3, 11),
                AZURE.since(3, 11),
                KUBERNETES.since(3, 11),
                EUREKA.since(3, 11),
                DISCOVERY_STRATEGIES.since(3, 9),
                group("wan-sync").since(3, 11).children(&[value(
                    "consistency-check-strategy",
                    one_of(CONSISTENCY_CHECK_STRATEGIES),
                )
                .default("NONE")]),
                value("endpoint", TEXT).since(3, 12),
                PROPERTIES,
            ]),
        group("wan-consumer").since(3, 7).until(3, 12).children(&[
            value("class-name", TEXT),
            PROPERTIES,
            value("persist-wan-replicated-data", FLAG).since(3, 11).default("false"),
        ]),
        group("target-cluster")
            .until(3, 6)
            .repeats()
            .attributes(&[
                attribute("group-name", TEXT).required(),
                attribute("group-password", TEXT).required(),
            ])
            .children(&[
                value("replication-impl", TEXT),
                group("end-points").children(&[value("address", TEXT).default("127.0.0.1").repeats()]),
                value("batch-size", INTEGER).since(3, 6).default("500"),
                value("batch-max-delay-millis", INTEGER).since(3, 6).default("1000"),
                value("queue-capacity", INTEGER).since(3, 6).default("10000"),
                value("response-timeout-millis", INTEGER).since(3, 6).default("60000"),
                value("acknowledge-type", one_of(&["ACK_ON_RECEIPT", "ACK_ON_OPERATION_COMPLETE"]))
                    .since(3, 6),
                value("queue-full-behavior", one_of(&["DISCARD_AFTER_MUTATION", "THROW_EXCEPTION"]))
                    .since(3, 6),
            ]),
    ])];
