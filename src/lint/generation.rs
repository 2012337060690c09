//! Which Hazelcast versions a file is meant for.
//!
//! A target that was asked for decides. Otherwise every element and attribute that only some versions know is a witness, and
//! the versions that contradict the fewest of them win; the schema location, which Hazelcast itself ignores, only chooses
//! among those.

use std::collections::BTreeMap;

use cobnut_config::ElementId;
use cobnut_config::elements::{Version, Versions};
use cobnut_diagnostics::Span;

use crate::{Cluster, Node, Target};

/// Every minor version that had a schema of its own.
const RELEASES: &[(u8, std::ops::RangeInclusive<u8>)] = &[(2, 0..=5), (3, 0..=12), (4, 0..=2), (5, 0..=7)];

/// Something in a file that only some versions know.
#[derive(Debug, Clone)]
pub(crate) struct Witness {
    /// The element.
    pub(crate) element: ElementId,
    /// How messages name it: `<group>`, or `port-count` for an attribute.
    pub(crate) name: String,
    /// The attribute, when it is one.
    pub(crate) attribute: Option<String>,
    /// Its name in the file.
    pub(crate) span: Span,
    /// The versions that know it.
    pub(crate) versions: Versions,
}

/// Where the knowledge of a generation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The user said so.
    Target,
    /// The elements of the file leave no other, or the fewest contradictions.
    Elements,
    /// Every version fits the elements, so the schema location tells.
    SchemaLocation,
    /// Nothing tells.
    Nothing,
}

/// The versions that a file is meant for.
#[derive(Debug)]
pub(crate) struct Generation {
    /// The candidates, oldest first; never empty.
    possible: Vec<Version>,
    /// How they were found.
    pub(crate) basis: Basis,
    /// Everything that only some versions know, in the order of the file, the first of each kind.
    pub(crate) witnesses: Vec<Witness>,
    /// The version in the schema location, and its place.
    pub(crate) location: Option<(Version, Span)>,
}

/// What the file of a node is meant for.
pub(crate) fn generation<'a>(cluster: &Cluster, node: &'a Node) -> &'a Generation {
    node.generation(|| infer(cluster, node))
}

/// The target that was asked for, else the nearest to what the file tells; [`Target::Auto`] when nothing does.
pub(crate) fn target(cluster: &Cluster, node: &Node) -> Target {
    match cluster.options.target {
        Target::Auto => generation(cluster, node).target(),
        target => target,
    }
}

fn infer(cluster: &Cluster, node: &Node) -> Generation {
    let witnesses = witnesses(node);
    let location = location(node);
    if let Some(version) = cluster.options.target.version() {
        return Generation { possible: vec![version], basis: Basis::Target, witnesses, location };
    }
    let contradictions =
        |version: Version| witnesses.iter().filter(|witness| !witness.versions.contains(version)).count();
    let fewest = releases().map(contradictions).min().unwrap_or(0);
    let mut possible: Vec<Version> =
        releases().filter(|&version| contradictions(version) == fewest).collect();
    let located = location.map(|(version, _)| version).filter(|version| possible.contains(version));
    let basis = match located {
        _ if !witnesses.is_empty() => Basis::Elements,
        Some(_) => Basis::SchemaLocation,
        None => Basis::Nothing,
    };
    if let Some(version) = located {
        possible = vec![version];
    }
    Generation { possible, basis, witnesses, location }
}

impl Generation {
    /// Whether every candidate lacks what these versions have.
    pub(crate) fn lacks(&self, versions: Versions) -> bool {
        self.possible.iter().all(|&version| !versions.contains(version))
    }

    /// Whether all candidates are this version or later.
    pub(crate) fn is_from(&self, major: u8, minor: u8) -> bool {
        self.basis != Basis::Nothing && self.oldest() >= Version::new(major, minor)
    }

    /// Whether all candidates are earlier than this version.
    pub(crate) fn is_before(&self, major: u8, minor: u8) -> bool {
        self.basis != Basis::Nothing && self.newest() < Version::new(major, minor)
    }

    /// Whether a version is among the candidates.
    pub(crate) fn allows(&self, version: Version) -> bool {
        self.possible.contains(&version)
    }

    fn oldest(&self) -> Version {
        self.possible.first().copied().unwrap_or(Version::OLDEST)
    }

    fn newest(&self) -> Version {
        self.possible.last().copied().unwrap_or(Version::NEWEST)
    }

    /// The witness that tells best why the file is not for a version that knows something with these versions.
    pub(crate) fn evidence_against(&self, versions: Versions) -> Option<&Witness> {
        let fits = |witness: &&Witness| {
            let overlaps =
                witness.versions.since <= versions.until && versions.since <= witness.versions.until;
            !overlaps && !self.lacks(witness.versions)
        };
        self.witnesses.iter().find(fits)
    }

    /// The nearest of the targets that can be chosen; `Auto` when nothing tells.
    fn target(&self) -> Target {
        if self.is_before(4, 0) {
            return Target::V3_12;
        }
        if !self.is_from(4, 0) {
            return Target::Auto;
        }
        match (self.oldest(), self.newest()) {
            (_, newest) if newest < Version::new(5, 0) => Target::V4_2,
            (oldest, _) if oldest >= Version::new(5, 4) => Target::V5_5,
            _ => Target::V5_3,
        }
    }

    /// How messages name the candidates: `Hazelcast 5.5`, `Hazelcast up to 3.12`, `Hazelcast since 4.0`.
    pub(crate) fn name(&self) -> String {
        let (oldest, newest) = (self.oldest(), self.newest());
        match (oldest == Version::OLDEST, newest == Version::NEWEST) {
            _ if oldest == newest => format!("Hazelcast {oldest}"),
            (true, true) => "Hazelcast".to_owned(),
            (true, false) => format!("Hazelcast up to {newest}"),
            (false, true) => format!("Hazelcast since {oldest}"),
            (false, false) => format!("Hazelcast {oldest} to {newest}"),
        }
    }
}

impl Target {
    /// The version of the schema, unless it is to be found out.
    pub(crate) fn version(self) -> Option<Version> {
        match self {
            Self::Auto => None,
            Self::V3_12 => Some(Version::new(3, 12)),
            Self::V4_2 => Some(Version::new(4, 2)),
            Self::V5_3 => Some(Version::new(5, 3)),
            Self::V5_5 => Some(Version::new(5, 5)),
        }
    }
}

/// All versions, oldest first.
pub(crate) fn releases() -> impl Iterator<Item = Version> {
    RELEASES.iter().flat_map(|(major, minors)| minors.clone().map(|minor| Version::new(*major, minor)))
}

/// The version after `version`, for "removed in".
pub(crate) fn next(version: Version) -> Option<Version> {
    releases().find(|&release| release > version)
}

/// What only some versions know; what stands inside such an element tells nothing more than it, unless it is narrower.
fn witnesses(node: &Node) -> Vec<Witness> {
    let document = &node.config.document;
    let mut found: BTreeMap<String, Witness> = BTreeMap::new();
    for id in document.ids() {
        let Some(known) = node.places().known(id) else { continue };
        let element = document.element(id);
        let parent = element.parent.and_then(|parent| node.places().known(parent));
        let is_narrower = |versions: Versions, outer: Option<Versions>| {
            let outer = outer.unwrap_or(Versions { since: Version::OLDEST, until: Version::NEWEST });
            versions != outer
        };
        // YAML lets some names be guessed: a semaphore is called by its key alone, whatever the version calls its element.
        let is_written = node.config.sources.slice(element.name_span).contains(&element.name);
        // Most elements are known by all versions: no path is built for them.
        if is_written && is_narrower(known.versions, parent.map(|parent| parent.versions)) {
            let witness = Witness {
                element: id,
                name: format!("<{}>", known.info.name),
                attribute: None,
                span: element.name_span,
                versions: known.versions,
            };
            found.entry(document.path(id)).or_insert(witness);
        }
        for attribute in &element.attributes {
            let Some(row) = known.attribute(&attribute.name.value) else { continue };
            let is_written = attribute.name.span != element.name_span;
            if is_written && is_narrower(row.versions, Some(known.versions)) {
                let witness = Witness {
                    element: id,
                    name: attribute.name.value.clone(),
                    attribute: Some(attribute.name.value.clone()),
                    span: attribute.name.span,
                    versions: row.versions,
                };
                found.entry(format!("{}@{}", document.path(id), attribute.name.value)).or_insert(witness);
            }
        }
    }
    let mut witnesses: Vec<Witness> = found.into_values().collect();
    witnesses.sort_by_key(|witness| witness.span);
    witnesses
}

fn location(node: &Node) -> Option<(Version, Span)> {
    let location = node.config.schema_location.as_ref()?;
    let (major, minor) = location.version()?;
    let version = Version::new(u8::try_from(major).ok()?, u8::try_from(minor).ok()?);
    // The tokens share one place when a line end stands between them.
    let written = node.config.sources.slice(location.text.span);
    let at = written.find("hazelcast-config-")?;
    let start = written.get(..at)?.rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
    let length = written.get(start..)?.find(char::is_whitespace).unwrap_or(written.len() - start);
    let start = location.text.span.start + start;
    Some((version, Span::new(start, start + length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NodeInput, Options};
    use cobnut_config::parse;
    use cobnut_diagnostics::Source;

    fn read(text: &str, target: Target) -> (String, Basis) {
        let source = Source::new("t.xml", text);
        let config = parse(&source).0.unwrap();
        let node = Node::new(NodeInput::of_file(source, "t"), config);
        let cluster = Cluster::new(Vec::new(), true, Options { target, ..Options::default() });
        let found = generation(&cluster, &node);
        (found.name(), found.basis)
    }

    fn located(version: &str, inside: &str) -> String {
        format!(
            "<hazelcast xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a \
             http://www.hazelcast.com/schema/config/hazelcast-config-{version}.xsd\">{inside}</hazelcast>"
        )
    }

    #[test]
    fn elements_come_first_and_the_location_second() {
        let cases = [
            ("<join/>".to_owned(), "Hazelcast", Basis::Nothing),
            (located("5.5", ""), "Hazelcast 5.5", Basis::SchemaLocation),
            (located("5.5", "<cluster-name>a</cluster-name>"), "Hazelcast 5.5", Basis::Elements),
            (located("5.5", "<group/>"), "Hazelcast up to 3.12", Basis::Elements),
            (located("3.1", "<cluster-name>a</cluster-name>"), "Hazelcast since 4.0", Basis::Elements),
            ("<join><auto-detection/></join>".to_owned(), "Hazelcast since 4.1", Basis::Elements),
            // Two witnesses for 4.0 and later outvote one.
            (
                "<hazelcast><group/><cluster-name>a</cluster-name><network><join><auto-detection/></join></network>\
                 </hazelcast>"
                    .to_owned(),
                "Hazelcast since 4.1",
                Basis::Elements,
            ),
        ];
        for (text, name, basis) in cases {
            assert_eq!(read(&text, Target::Auto), (name.to_owned(), basis), "{text}");
        }
        assert_eq!(read("<join/>", Target::V4_2), ("Hazelcast 4.2".to_owned(), Basis::Target));
    }

    /// In 3.12 the key of an index is its text and that of a semaphore a `<cp-semaphore>`; both forms are one in YAML.
    #[test]
    fn names_that_yaml_leaves_out_tell_nothing() {
        let text = "hazelcast:\n  group:\n    name: a\n  map:\n    m:\n      indexes:\n        name:\n          ordered: true\n  \
                    cp-subsystem:\n    semaphores:\n      s:\n        jdk-compatible: true\n";
        let config = parse(&Source::new("t.yaml", text)).0.unwrap();
        let node = Node::new(NodeInput::of_file(Source::new("t.yaml", text), "t"), config);
        let cluster = Cluster::new(Vec::new(), true, Options::default());
        let found = generation(&cluster, &node);
        let names: Vec<&str> = found.witnesses.iter().map(|witness| witness.name.as_str()).collect();
        assert!(!names.contains(&"name") && !names.contains(&"<semaphore>"), "{names:?}");
        assert!(found.is_before(4, 0), "{}", found.name());
    }

    #[test]
    fn versions_follow_one_another() {
        for (version, following) in [((2, 5), (3, 0)), ((3, 12), (4, 0)), ((4, 2), (5, 0)), ((5, 2), (5, 3))]
        {
            let version = Version::new(version.0, version.1);
            assert_eq!(next(version), Some(Version::new(following.0, following.1)));
        }
        assert_eq!(next(Version::NEWEST), None);
    }

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
                assert_eq!(target(&cluster, &node), expected, "{text}");
            }
        }
    }
}
