//! Which Hazelcast generation a node's file is meant for.

use crate::generation::generation;
use crate::{Cluster, Node, Target};

/// The generation that was asked for, else what the file itself tells: its elements first, its schema location second.
///
/// [`Target::Auto`] means that nothing tells; rules about one generation are silent then.
pub(crate) fn era(cluster: &Cluster, node: &Node) -> Target {
    match cluster.options.target {
        Target::Auto => generation(cluster, node).target(),
        target => target,
    }
}

#[cfg(test)]
mod tests {
    use cobnut_config::parse;
    use cobnut_diagnostics::Source;

    use super::*;
    use crate::{NodeInput, Options};

    #[test]
    fn elements_beat_the_schema_and_an_option_beats_both() {
        let schema = |version: &str, inside: &str| {
            format!(
                "<hazelcast xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a \
                 http://www.hazelcast.com/schema/config/hazelcast-config-{version}.xsd\">{inside}</hazelcast>"
            )
        };
        let group = "<group><name>a</name></group>";
        let cases = [
            (schema("3.12", ""), Target::V3_12),
            (schema("4.0", ""), Target::V4_2),
            (schema("5.3", ""), Target::V5_3),
            (schema("5.5", ""), Target::V5_5),
            (schema("5.5", group), Target::V3_12),
            (schema("3.9", "<cluster-name>a</cluster-name>"), Target::V5_3),
            (format!("<hazelcast>{group}</hazelcast>"), Target::V3_12),
            ("<hazelcast><cluster-name>a</cluster-name></hazelcast>".to_owned(), Target::V5_3),
            ("<join/>".to_owned(), Target::Auto),
        ];
        for (text, expected) in cases {
            for option in [Target::Auto, Target::V4_2] {
                let source = Source::new("t.xml", text.as_str());
                let config = parse(&source).0.unwrap();
                let node = Node::new(NodeInput::of_file(source, "t"), config);
                let cluster =
                    Cluster::new(Vec::new(), true, Options { target: option, ..Options::default() });
                let expected = if option == Target::Auto { expected } else { option };
                assert_eq!(era(&cluster, &node), expected, "{text}");
            }
        }
    }
}
