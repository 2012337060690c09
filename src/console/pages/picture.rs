//! The picture of the cluster: nodes on a circle, a line for each link.

use std::f64::consts::{FRAC_PI_2, TAU};

use cobnut_model::MemberInfo;

/// Nodes that a picture can hold and still be read.
const NODES_MAX: usize = 24;
/// Most nodes whose links are all drawn; beyond it they would only be a grey disc.
const FULL_MESH_MAX: usize = 12;
const NODE_RADIUS: i32 = 26;
/// Room for the ring around the oldest member, and below the lowest address.
const MARGIN: i32 = 12;
/// From the middle of a node down to the line of its address.
const ADDRESS_Y: i32 = NODE_RADIUS + 32;

pub(super) struct Node {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) sessions: usize,
    pub(super) is_self: bool,
    pub(super) is_oldest: bool,
}

pub(super) struct Link {
    pub(super) x1: i32,
    pub(super) y1: i32,
    pub(super) x2: i32,
    pub(super) y2: i32,
}

/// Coordinates for the SVG of the template.
pub(super) struct Picture {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) radius: i32,
    pub(super) count_y: i32,
    pub(super) name_y: i32,
    pub(super) address_y: i32,
    pub(super) nodes: Vec<Node>,
    pub(super) links: Vec<Link>,
    /// Nodes that did not fit.
    pub(super) hidden: usize,
}

impl Picture {
    pub(super) fn of(members: &[MemberInfo]) -> Self {
        let shown = members.len().min(NODES_MAX);
        // Two nodes stand side by side on one line; more need a circle.
        let (width, circle_x, circle_y) = match shown {
            0 | 1 => (320, 0, 0),
            2 => (440, 115, 0),
            3 | 4 => (470, 150, 106),
            5..=8 => (640, 210, 130),
            _ => (680, 250, 215),
        };
        let centre_y = circle_y + NODE_RADIUS + MARGIN;
        let place = |index: usize| {
            let start = if shown == 2 { std::f64::consts::PI } else { -FRAC_PI_2 };
            let angle = start + TAU * fraction(index, shown);
            (width / 2 + scaled(angle.cos(), circle_x), centre_y + scaled(angle.sin(), circle_y))
        };
        let nodes: Vec<Node> = members
            .iter()
            .take(shown)
            .enumerate()
            .map(|(index, member)| {
                let (x, y) = place(index);
                Node {
                    x,
                    y,
                    name: shortened(&member.name),
                    address: member.address.to_string(),
                    sessions: member.sessions,
                    is_self: member.is_self,
                    is_oldest: member.is_oldest,
                }
            })
            .collect();
        Self {
            width,
            height: nodes.iter().map(|node| node.y).max().unwrap_or(centre_y) + ADDRESS_Y + MARGIN,
            radius: NODE_RADIUS,
            count_y: 5,
            name_y: NODE_RADIUS + 17,
            address_y: ADDRESS_Y,
            links: links(&nodes),
            nodes,
            hidden: members.len() - shown,
        }
    }
}

fn links(nodes: &[Node]) -> Vec<Link> {
    let mut links = Vec::new();
    for (index, from) in nodes.iter().enumerate() {
        for (offset, to) in nodes.iter().enumerate().skip(index + 1) {
            let is_near = offset == index + 1 || (index == 0 && offset + 1 == nodes.len());
            if nodes.len() <= FULL_MESH_MAX || is_near {
                links.push(Link { x1: from.x, y1: from.y, x2: to.x, y2: to.y });
            }
        }
    }
    links
}

fn fraction(index: usize, count: usize) -> f64 {
    let part = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    part(index) / part(count.max(1))
}

#[expect(clippy::cast_possible_truncation, reason = "a fraction of a picture's size fits an i32")]
fn scaled(fraction: f64, size: i32) -> i32 {
    (fraction * f64::from(size)).round() as i32
}

/// A name that fits under its node.
pub(super) fn shortened(name: &str) -> String {
    const CHARS_MAX: usize = 20;
    if name.chars().count() <= CHARS_MAX {
        return name.to_owned();
    }
    name.chars().take(CHARS_MAX - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use cobnut_model::{NodeId, UnixMillis};

    use super::*;

    fn members(count: u8) -> Vec<MemberInfo> {
        let member = |number: u8| MemberInfo {
            id: NodeId([number; 16]),
            name: format!("node-{number}-with-a-rather-long-name"),
            address: ([10, 0, 0, number], 5701).into(),
            joined_at: UnixMillis(1),
            is_oldest: number == 0,
            is_self: number == 0,
            sessions: 0,
            memory_bytes: 0,
            version: "1".to_owned(),
        };
        (0..count).map(member).collect()
    }

    #[test]
    fn every_node_lies_within_the_picture_and_apart_from_the_others() {
        for count in [0, 1, 2, 3, 5, 8, 12, 24, 100] {
            let picture = Picture::of(&members(count));
            assert_eq!(picture.nodes.len() + picture.hidden, usize::from(count));
            for (index, node) in picture.nodes.iter().enumerate() {
                assert!(
                    (NODE_RADIUS..=picture.width - NODE_RADIUS).contains(&node.x),
                    "{count}: x {}",
                    node.x
                );
                let bottom = picture.height - picture.address_y;
                assert!((NODE_RADIUS..=bottom).contains(&node.y), "{count}: y {}", node.y);
                for other in &picture.nodes[..index] {
                    let apart = (node.x - other.x).abs().max((node.y - other.y).abs());
                    assert!(apart > NODE_RADIUS / 2, "{count}: {apart}");
                }
            }
        }
    }

    #[test]
    fn small_clusters_show_every_link() {
        for (count, links) in [(0, 0), (1, 0), (2, 1), (3, 3), (5, 10), (12, 66), (24, 24)] {
            assert_eq!(Picture::of(&members(count)).links.len(), links, "{count}");
        }
    }
}
