//! Names, imports, properties, and what describes this one member.

use super::info::{
    AttributeInfo, DECIMAL, ElementInfo, FLAG, NATURAL, TEXT, attribute, group, one_of, value,
};
use super::shared::PROPERTIES;
use super::why;

const PROTECT_ONS: &[&str] = &["READ", "WRITE", "READ_WRITE"];

const SUSPICION: &[AttributeInfo] = &[
    attribute("acceptable-heartbeat-pause-millis", NATURAL).default("60000"),
    attribute("suspicion-threshold", DECIMAL).default("10"),
    attribute("max-sample-size", NATURAL).default("200"),
    attribute("min-std-deviation-millis", NATURAL).default("100"),
    attribute("heartbeat-interval-millis", NATURAL).default("5000"),
];
const TOLERANCE: &[AttributeInfo] = &[attribute("heartbeat-tolerance-millis", NATURAL).default("5000")];

/// Elements below `hazelcast` on this subject.
pub(super) const CLUSTER: &[ElementInfo] = &[
    group("import").since(3, 4).repeats().obeyed().attributes(&[attribute("resource", TEXT).required()]),
    group("config-replacers")
        .since(3, 10)
        .obeyed()
        .attributes(&[attribute("fail-if-value-missing", FLAG).default("true")])
        .children(&[group("replacer")
            .repeats()
            .attributes(&[attribute("class-name", TEXT).required()])
            .children(&[PROPERTIES])]),
    value("cluster-name", TEXT).since(4, 0).default("dev").obeyed(),
    value("license-key", TEXT).no_effect(why::LICENSE),
    value("instance-name", TEXT).since(3, 6).no_effect(why::INSTANCE_NAME),
    group("properties")
        .obeyed()
        .children(&[value("property", TEXT).repeats().attributes(&[attribute("name", TEXT).required()])]),
    group("partition-group")
        .no_effect(why::PARTITIONS)
        .attributes(&[
            attribute("enabled", FLAG).default("false"),
            attribute(
                "group-type",
                one_of(&[
                    "HOST_AWARE",
                    "CUSTOM",
                    "PER_MEMBER",
                    "ZONE_AWARE",
                    "NODE_AWARE",
                    "PLACEMENT_AWARE",
                    "SPI",
                ]),
            ),
        ])
        .children(&[group("member-group").repeats().children(&[value("interface", TEXT).repeats()])]),
    group("listeners").no_effect(why::JAVA_CLASSES).children(&[value("listener", TEXT).repeats()]),
    group("member-attributes").since(3, 3).no_effect(why::MEMBER_ATTRIBUTES).children(&[value(
        "attribute",
        TEXT,
    )
    .repeats()
    .attributes(&[
        attribute("name", TEXT).required(),
        attribute("type", one_of(&["boolean", "byte", "double", "float", "int", "long", "short", "string"]))
            .until(3, 12)
            .default("string"),
    ])]),
    group("split-brain-protection")
        .since(4, 0)
        .repeats()
        .obeyed()
        .attributes(&[attribute("enabled", FLAG).required(), attribute("name", TEXT).required()])
        .children(&[
            value("minimum-cluster-size", NATURAL),
            value("protect-on", one_of(PROTECT_ONS)).no_effect(why::PROTECT_ON),
            value("function-class-name", TEXT).no_effect(why::JAVA_CLASSES),
            group("listeners").no_effect(why::JAVA_CLASSES).children(&[value("listener", TEXT).repeats()]),
            group("member-count-split-brain-protection"),
            group("probabilistic-split-brain-protection").no_effect(why::HEARTBEATS).attributes(SUSPICION),
            group("recently-active-split-brain-protection").no_effect(why::HEARTBEATS).attributes(TOLERANCE),
        ]),
    group("lite-member")
        .since(3, 6)
        .obeyed()
        .attributes(&[attribute("enabled", FLAG).default("false").required()]),
    group("group").until(3, 12).obeyed().children(&[
        value("name", TEXT).default("dev"),
        value("password", TEXT).default("dev-pass").no_effect(why::GROUP_PASSWORD),
    ]),
    group("services")
        .since(3, 0)
        .until(3, 12)
        .no_effect(why::JAVA_CLASSES)
        .attributes(&[attribute("enable-defaults", FLAG).default("true")])
        .children(&[group("service")
            .repeats()
            .attributes(&[attribute("enabled", FLAG).default("true")])
            .children(&[
                value("name", TEXT),
                value("class-name", TEXT),
                PROPERTIES,
                group("configuration").open().attributes(&[attribute("parser", TEXT).required()]),
            ])]),
    group("quorum")
        .since(3, 5)
        .until(3, 12)
        .repeats()
        .obeyed()
        .attributes(&[attribute("enabled", FLAG).required(), attribute("name", TEXT).required()])
        .children(&[
            value("quorum-size", NATURAL),
            value("quorum-type", one_of(PROTECT_ONS)).no_effect(why::PROTECT_ON),
            value("quorum-function-class-name", TEXT).no_effect(why::JAVA_CLASSES),
            group("quorum-listeners").no_effect(why::JAVA_CLASSES).children(&[value(
                "quorum-listener",
                TEXT,
            )
            .repeats()]),
            group("member-count-quorum").since(3, 10),
            group("probabilistic-quorum").since(3, 10).no_effect(why::HEARTBEATS).attributes(SUSPICION),
            group("recently-active-quorum").since(3, 10).no_effect(why::HEARTBEATS).attributes(TOLERANCE),
        ]),
];
