//! Members that cannot reach each other: who stays together.
//!
//! The rule is a function of who is there and which pairs are cut, so that all who know the same decide the same: whoever
//! is cut off from fewer others goes first, then the older one; each takes the first group in which it reaches
//! everybody. A broken pair therefore costs the younger of the two, and a node whose own line is bad costs itself.

use crate::Origin;

/// One node that somebody hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Vertex {
    pub(crate) origin: Origin,
    pub(crate) joined_at: u64,
}

/// Splits nodes into groups whose members all reach each other, the one to stay with first.
pub(crate) fn groups(vertices: &[Vertex], is_cut: impl Fn(Origin, Origin) -> bool) -> Vec<Vec<Origin>> {
    let cuts_of = |one: &Vertex| {
        let others = vertices.iter().filter(|other| other.origin != one.origin);
        others.filter(|other| is_cut(one.origin, other.origin)).count()
    };
    let mut order: Vec<(usize, u64, Origin)> =
        vertices.iter().map(|vertex| (cuts_of(vertex), vertex.joined_at, vertex.origin)).collect();
    order.sort_unstable();
    let mut groups: Vec<Vec<Origin>> = Vec::new();
    for (_, _, origin) in order {
        let fitting = groups.iter_mut().find(|group| !group.iter().any(|&member| is_cut(member, origin)));
        match fitting {
            Some(group) => group.push(origin),
            None => groups.push(vec![origin]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn origin(node: u8) -> Origin {
        Origin { node: [node; 16], incarnation: 1 }
    }

    /// Groups of nodes 1 to `count` (the number is the age) by number.
    fn grouped(count: u8, cuts: &[(u8, u8)]) -> Vec<Vec<u8>> {
        let vertices: Vec<Vertex> =
            (1..=count).map(|node| Vertex { origin: origin(node), joined_at: u64::from(node) }).collect();
        let is_cut = |one: Origin, two: Origin| {
            let pair = (one.node[0], two.node[0]);
            cuts.contains(&pair) || cuts.contains(&(pair.1, pair.0))
        };
        let sorted = |mut group: Vec<u8>| {
            group.sort_unstable();
            group
        };
        groups(&vertices, is_cut)
            .into_iter()
            .map(|group| sorted(group.into_iter().map(|origin| origin.node[0]).collect()))
            .collect()
    }

    #[test]
    fn the_younger_of_a_broken_pair_goes_and_a_bad_line_costs_its_owner() {
        for (count, cuts, expected) in [
            (3, &[][..], vec![vec![1, 2, 3]]),
            (3, &[(1, 2)], vec![vec![1, 3], vec![2]]),
            (3, &[(2, 3)], vec![vec![1, 2], vec![3]]),
            // The oldest reaches only one of four others: it goes, not the three.
            (5, &[(1, 2), (1, 3), (1, 4)], vec![vec![2, 3, 4, 5], vec![1]]),
            // Two halves that only one member in between reaches.
            (5, &[(1, 2), (1, 5), (4, 2), (4, 5)], vec![vec![1, 3, 4], vec![2, 5]]),
            (2, &[(1, 2)], vec![vec![1], vec![2]]),
        ] {
            assert_eq!(grouped(count, cuts), expected, "{count} {cuts:?}");
        }
    }

    proptest! {
        #[test]
        fn groups_are_whole_disjoint_and_as_large_as_they_can_be(
            count in 1_u8..12,
            pairs in prop::collection::vec((1_u8..12, 1_u8..12), 0..30),
        ) {
            let cuts: Vec<(u8, u8)> = pairs.into_iter().filter(|(one, two)| one != two).collect();
            let is_cut = |one: u8, two: u8| cuts.contains(&(one, two)) || cuts.contains(&(two, one));
            let groups = grouped(count, &cuts);
            let all: Vec<u8> = groups.iter().flatten().copied().collect();
            prop_assert_eq!(all.len(), usize::from(count));
            prop_assert_eq!(all.into_iter().collect::<BTreeSet<u8>>().len(), usize::from(count));
            for (index, group) in groups.iter().enumerate() {
                for &one in group {
                    prop_assert!(group.iter().all(|&two| one == two || !is_cut(one, two)));
                    for earlier in &groups[..index] {
                        prop_assert!(earlier.iter().any(|&two| is_cut(one, two)), "it would have fitted earlier");
                    }
                }
            }
        }
    }
}
