//! Which elements Hazelcast knows, and where: the grammar of the part that cobnut reads, and the names around it.

use cobnut_config::grammar;

use crate::distance::distance;

/// Longer names are not compared with the known ones.
const NAME_BYTES_MAX: usize = 64;

/// Parents and their children, as far as names are checked.
const GRAMMAR: &[(&str, &[&str])] = &[
    ("hazelcast", grammar::ROOT_ONCE),
    ("hazelcast", grammar::ROOT_REPEATED),
    ("network", grammar::NETWORK),
    ("join", grammar::JOIN),
    ("multicast", grammar::MULTICAST),
    ("tcp-ip", grammar::TCP_IP),
    ("member-list", &["member"]),
    ("interfaces", &["interface"]),
    ("trusted-interfaces", &["interface"]),
    ("discovery-strategies", &["node-filter", "discovery-strategy"]),
    ("group", &["name", "password"]),
    ("properties", &["property"]),
];

/// Whether an element stands where Hazelcast knows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// It does.
    Right,
    /// Its name is known, but below other elements.
    Elsewhere {
        /// Where it belongs.
        parents: Vec<&'static str>,
    },
    /// Its name is not known.
    Unknown {
        /// A known name for this place that differs in a letter or two.
        near: Option<&'static str>,
    },
}

/// Looks an element up by its path, for example `hazelcast/network/ssl`.
pub(super) fn placement(path: &str) -> Placement {
    let mut names = path.rsplit('/');
    let name = names.next().unwrap_or_default();
    let parent = names.next().unwrap_or("hazelcast");
    let siblings: Vec<&'static str> = GRAMMAR
        .iter()
        .filter(|(grammar, _)| *grammar == parent)
        .flat_map(|(_, children)| *children)
        .copied()
        .collect();
    if siblings.is_empty() || siblings.contains(&name) {
        return Placement::Right;
    }
    let parents: Vec<&str> =
        GRAMMAR.iter().filter(|(_, children)| children.contains(&name)).map(|(parent, _)| *parent).collect();
    if !parents.is_empty() {
        return Placement::Elsewhere { parents };
    }
    Placement::Unknown { near: nearest(name, &siblings) }
}

/// The one name of `known` that differs by at most two letters, and by less than half of the name.
pub(super) fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    // No known name is that long, and the distance takes time.
    if name.len() > NAME_BYTES_MAX {
        return None;
    }
    let ranked = known.iter().map(|candidate| (distance(name, candidate), *candidate)).min()?;
    (ranked.0 <= 2 && ranked.0 * 2 < name.chars().count()).then_some(ranked.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_by_place() {
        assert_eq!(placement("hazelcast/network/ssl"), Placement::Right);
        assert_eq!(
            placement("hazelcast/network/join/interfaces"),
            Placement::Elsewhere { parents: vec!["network"] }
        );
        assert_eq!(placement("hazelcast/network/join/tcpip"), Placement::Unknown { near: Some("tcp-ip") });
        assert_eq!(
            placement("hazelcast/network/join/tcp-ip/memeber"),
            Placement::Unknown { near: Some("member") }
        );
        assert_eq!(placement("hazelcast/network/zzz"), Placement::Unknown { near: None });
        assert_eq!(placement("hazelcast/map/anything"), Placement::Right);
    }
}
