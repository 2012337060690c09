//! `serialization`: how Java objects become bytes.

use super::info::{ElementInfo, FLAG, NATURAL, TEXT, attribute, group, one_of, value};
use super::shared::{BLACKLIST, WHITELIST};
use super::why;

/// Elements below `hazelcast` on this subject.
pub(super) const SERIALIZATION: &[ElementInfo] =
    &[group("serialization").since(3, 0).no_effect(why::SERIALIZATION).children(&[
        value("portable-version", NATURAL),
        value("use-native-byte-order", FLAG).default("false"),
        value("byte-order", one_of(&["BIG_ENDIAN", "LITTLE_ENDIAN"])).default("BIG_ENDIAN"),
        value("enable-compression", FLAG).default("false"),
        value("enable-shared-object", FLAG).default("false"),
        value("allow-unsafe", FLAG).default("false"),
        value("allow-override-default-serializers", FLAG).since(4, 2).default("false"),
        group("data-serializable-factories").children(&[value("data-serializable-factory", TEXT)
            .repeats()
            .attributes(&[attribute("factory-id", NATURAL).required()])]),
        group("portable-factories").children(&[value("portable-factory", TEXT)
            .repeats()
            .attributes(&[attribute("factory-id", NATURAL).required()])]),
        group("serializers").children(&[
            value("global-serializer", TEXT).repeats().attributes(&[attribute(
                "override-java-serialization",
                FLAG,
            )
            .since(3, 6)
            .default("false")]),
            group("serializer").repeats().attributes(&[
                attribute("class-name", TEXT).since(3, 3).required(),
                attribute("type-class", TEXT).required(),
            ]),
        ]),
        value("check-class-def-errors", FLAG).default("true"),
        group("java-serialization-filter")
            .since(3, 11)
            .attributes(&[attribute("defaults-disabled", FLAG).default("false")])
            .children(&[BLACKLIST, WHITELIST]),
        group("compact-serialization")
            .since(5, 1)
            .attributes(&[attribute("enabled", FLAG).until(5, 1).default("false")])
            .children(&[
                group("serializers").since(5, 2).children(&[value("serializer", TEXT).repeats()]),
                group("classes").since(5, 2).children(&[value("class", TEXT).repeats()]),
                group("zero-config-filter")
                    .since(5, 7)
                    .attributes(&[attribute("defaults-disabled", FLAG).default("false")])
                    .children(&[BLACKLIST, WHITELIST]),
                group("registered-classes").until(5, 1).children(&[value("class", TEXT)
                    .repeats()
                    .attributes(&[attribute("type-name", TEXT), attribute("serializer", TEXT)])]),
            ]),
    ])];
