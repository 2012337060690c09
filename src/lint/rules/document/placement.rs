//! What to say about an element that Hazelcast does not know where it stands.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cobnut_config::elements::{self, Known};
use cobnut_config::{ElementId, Syntax};

use crate::Node;
use crate::distance::nearest;
use crate::table::Place;

/// More places than these are no hint.
const PARENTS_MAX: usize = 3;

/// Where each name is known: the paths of its parents. Names of plug-in settings are not in it.
static PARENTS: LazyLock<BTreeMap<&'static str, Vec<String>>> = LazyLock::new(|| {
    let mut parents: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut open: Vec<(String, Known)> =
        elements::element(elements::ROOT).map(|root| (elements::ROOT.to_owned(), root)).into_iter().collect();
    while let Some((path, parent)) = open.pop() {
        for child in parent.children() {
            parents.entry(child.info.name).or_default().push(path.clone());
            open.push((format!("{path}/{}", child.info.name), child));
        }
    }
    parents
});

/// Whether an element stands where Hazelcast knows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// It does, or what is around it is the mistake.
    Right,
    /// Its name is known, but below other elements.
    Elsewhere {
        /// Where it belongs.
        parents: Vec<&'static str>,
    },
    /// Its name is not known.
    Unknown {
        /// A known name for this place that may be meant.
        near: Option<&'static str>,
    },
}

/// Looks at one element.
pub(super) fn placement(node: &Node, id: ElementId) -> Placement {
    let Place::Unknown { parent } = node.places().of(id) else { return Placement::Right };
    let document = &node.config.document;
    let name = document.element(id).lower_name();
    // In YAML attributes and elements look the same.
    let is_yaml = document.syntax() == Syntax::Yaml;
    let siblings = || {
        let attributes = parent.attributes().map(|attribute| attribute.info.name).filter(|_| is_yaml);
        parent.children().map(|child| child.info.name).chain(attributes)
    };
    let around = document.element(id).parent.map_or_else(String::new, |parent| document.path(parent));
    let is_network = around.is_empty() || around == elements::ROOT || around.starts_with("hazelcast/network");
    let near = nearest(&name, siblings());
    // Around the network people know the names and mistake the place; elsewhere a name near to a sibling's is that.
    if !is_network && near.is_some() {
        return Placement::Unknown { near };
    }
    match parents(&name, is_network) {
        parents if parents.is_empty() => Placement::Unknown { near },
        parents => Placement::Elsewhere { parents },
    }
}

/// The elements that know a child of this name, as far as one of them can be meant.
fn parents(name: &str, is_network: bool) -> Vec<&'static str> {
    let Some((_, paths)) = PARENTS.get_key_value(name) else { return Vec::new() };
    let is_meant = |path: &&String| {
        !is_network || path.as_str() == elements::ROOT || path.starts_with("hazelcast/network")
    };
    let mut parents: Vec<&'static str> = Vec::new();
    for path in paths.iter().filter(is_meant) {
        let last = path.rsplit('/').next().unwrap_or(path);
        // The table's own name lives as long as the table.
        let known = elements::element(path).map_or("", |known| known.info.name);
        if known == last && !parents.contains(&known) {
            parents.push(known);
        }
    }
    if parents.len() > PARENTS_MAX { Vec::new() } else { parents }
}

#[cfg(test)]
mod tests {
    use cobnut_config::parse;
    use cobnut_diagnostics::Source;

    use super::*;
    use crate::NodeInput;

    fn found(text: &str) -> Vec<(String, Placement)> {
        let source = Source::new("t.xml", text);
        let config = parse(&source).0.unwrap();
        let node = Node::new(NodeInput::of_file(source, "t"), config);
        let document = &node.config.document;
        document
            .ids()
            .map(|id| (document.element(id).name.clone(), placement(&node, id)))
            .filter(|(_, placement)| *placement != Placement::Right)
            .collect()
    }

    #[test]
    fn names_are_known_by_place() {
        let elsewhere = |parents: &[&'static str]| Placement::Elsewhere { parents: parents.to_vec() };
        let unknown = |near: Option<&'static str>| Placement::Unknown { near };
        let cases = [
            ("<network><ssl/></network>", None),
            (
                "<join><interfaces><interface>a</interface></interfaces></join>",
                Some(("interfaces", elsewhere(&["network"]))),
            ),
            ("<join><member>a</member></join>", Some(("member", elsewhere(&["tcp-ip", "member-list"])))),
            ("<join><tcpip/></join>", Some(("tcpip", unknown(Some("tcp-ip"))))),
            ("<tcp-ip><memeber>a</memeber></tcp-ip>", Some(("memeber", unknown(Some("member"))))),
            ("<network><zzz/></network>", Some(("zzz", unknown(None)))),
            (
                "<hazelcast><map name='a'><back-up-count>1</back-up-count></map></hazelcast>",
                Some(("back-up-count", unknown(Some("backup-count")))),
            ),
            ("<hazelcast><join/></hazelcast>", Some(("join", elsewhere(&["network"])))),
            ("<join><aws><anything/></aws></join>", None),
        ];
        for (text, expected) in cases {
            let expected: Vec<(String, Placement)> =
                expected.into_iter().map(|(name, placement)| (name.to_owned(), placement)).collect();
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
