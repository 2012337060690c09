//! Which elements Hazelcast knows, and where.

use cobnut_config::elements;

use crate::distance::distance;

/// Longer names are not compared with the known ones.
const NAME_BYTES_MAX: usize = 64;

/// Where people look for an element that stands in a wrong place.
const PLACES: &[&str] = &[
    "hazelcast",
    "hazelcast/network",
    "hazelcast/network/join",
    "hazelcast/network/join/multicast",
    "hazelcast/network/join/multicast/trusted-interfaces",
    "hazelcast/network/join/tcp-ip",
    "hazelcast/network/join/tcp-ip/member-list",
    "hazelcast/network/join/discovery-strategies",
    "hazelcast/network/interfaces",
    "hazelcast/group",
    "hazelcast/properties",
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
    let (parent, name) = path.rsplit_once('/').unwrap_or((elements::ROOT, path));
    let Some(around) = elements::element(parent) else { return Placement::Right };
    if around.info.open || around.child(name).is_some() {
        return Placement::Right;
    }
    let holds = |place: &&&str| elements::element(place).is_some_and(|place| place.child(name).is_some());
    let parents: Vec<&str> =
        PLACES.iter().filter(holds).map(|place| place.rsplit('/').next().unwrap_or(place)).collect();
    if !parents.is_empty() {
        return Placement::Elsewhere { parents };
    }
    let siblings: Vec<&str> = around.children().map(|child| child.info.name).collect();
    Placement::Unknown { near: nearest(name, &siblings) }
}

/// The attribute that may be meant by an unknown key of a YAML file, where attributes and elements look the same.
pub(super) fn near_attribute(path: &str) -> Option<&'static str> {
    let (parent, name) = path.rsplit_once('/')?;
    let names: Vec<&str> = elements::element(parent)?.attributes().map(|found| found.info.name).collect();
    nearest(name, &names)
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
        assert_eq!(placement("hazelcast/map/anything"), Placement::Unknown { near: None });
        assert_eq!(placement("hazelcast/unheard/of"), Placement::Right);
        assert_eq!(placement("hazelcast/network/join/aws/any-name"), Placement::Right);
        assert_eq!(near_attribute("hazelcast/network/join/tcp-ip/enable"), Some("enabled"));
    }
}
