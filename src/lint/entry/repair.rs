//! From possible readings of a slip to the one that was meant.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use cobnut_config::MemberEntry;
use cobnut_diagnostics::{Edit, Fix, Safety};

use crate::distance::distance;
use crate::{Cluster, Known, Node};

/// One reading: edits of the entry's text, and the text that they give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repair {
    /// The entry as it was meant.
    pub(crate) text: String,
    /// Byte ranges of the entry's text (or just behind it) and what replaces them, in order.
    pub(crate) edits: Vec<(Range<usize>, String)>,
    /// Whether no other reading is sensible, so that the edit may be made without asking.
    pub(crate) certain: bool,
}

impl Repair {
    /// A reading made by replacing ranges of `token`.
    pub(crate) fn by_edits(token: &str, edits: Vec<(Range<usize>, String)>, certain: bool) -> Self {
        let mut text = token.to_owned();
        for (range, replacement) in edits.iter().rev() {
            text.replace_range(range.clone(), replacement);
        }
        Self { text, edits, certain }
    }

    /// A reading that replaces the whole token.
    pub(crate) fn whole(token: &str, text: impl Into<String>, certain: bool) -> Self {
        let text = text.into();
        Self { edits: vec![(0..token.len(), text.clone())], text, certain }
    }

    /// The address that it names, if it is one.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        MemberEntry::from_text(&self.text).single_address()
    }
}

/// What is left of the possible readings.
#[derive(Debug)]
pub(crate) enum Choice<'a> {
    /// One reading, the place that names its address, and whether it may be applied without asking.
    One(&'a Repair, Option<Known>, Safety),
    /// Several readings that are equally good.
    Several(Vec<&'a Repair>),
    /// None that Hazelcast would dial.
    None,
}

/// Ranks readings: an address that some file names beats everything else; without one, a single reading may stand.
pub(crate) fn choose<'a>(
    cluster: &Cluster,
    node: &Node,
    repairs: &'a [Repair],
    only_known: bool,
) -> Choice<'a> {
    let known = cluster.known_addresses(node);
    let entries = &node.config.network.join.tcp_ip.entries;
    let is_listed = |address| entries.iter().any(|entry| entry.reaches(address));
    let named = |repair: &Repair| {
        // A guess that only repeats another entry is no help.
        let address = repair.address().filter(|&address| !only_known || !is_listed(address))?;
        known.iter().find(|known| known.address == address).cloned()
    };
    let is_dialled = |repair: &&Repair| MemberEntry::from_text(&repair.text).outcome().is_dialled();
    let usable: Vec<&Repair> = repairs.iter().filter(is_dialled).collect();
    let mut confirmed: Vec<(&Repair, Known)> =
        usable.iter().filter_map(|repair| named(repair).map(|known| (*repair, known))).collect();
    match (confirmed.len(), usable.as_slice()) {
        (1, _) => {
            let (repair, known) = confirmed.remove(0);
            Choice::One(repair, Some(known), Safety::Safe)
        }
        (2.., _) => Choice::Several(confirmed.into_iter().map(|(repair, _)| repair).collect()),
        (_, []) => Choice::None,
        _ if only_known => Choice::None,
        (_, [repair]) if repair.certain => Choice::One(repair, None, Safety::Safe),
        (_, [repair]) => Choice::One(repair, None, Safety::Suggestion),
        (_, several) => Choice::Several(several.to_vec()),
    }
}

/// Known addresses that this node's list lacks and that one slip of the hand makes of the entry's text.
///
/// For text of which nothing can be made by itself: only a file that names the address tells what was meant.
pub(crate) fn neighbours(cluster: &Cluster, node: &Node, entry: &MemberEntry) -> Vec<Repair> {
    let entries = &node.config.network.join.tcp_ip.entries;
    let own_port = *node.config.network.port.number;
    let mut repairs: Vec<Repair> = Vec::new();
    for known in cluster.known_addresses(node) {
        if entries.iter().any(|other| other.reaches(known.address)) {
            continue;
        }
        let with_port = |port: u16| SocketAddr::new(known.address, port).to_string();
        let texts =
            [known.address.to_string(), with_port(known.port.unwrap_or(own_port)), with_port(own_port)];
        for text in texts {
            let is_new = !repairs.iter().any(|repair| repair.text == text);
            if is_new && distance(&entry.text, &text) == 1 {
                repairs.push(Repair::whole(&entry.text, text, false));
            }
        }
    }
    repairs
}

/// The edits of a reading at the place of its entry.
pub(crate) fn fix(node: &Node, entry: &MemberEntry, repair: &Repair, safety: Safety) -> Fix {
    let source = &node.config.sources;
    let exact = source.slice(entry.span) == entry.text;
    let edits = if exact {
        let place = |range: &Range<usize>| {
            let start = entry.span.start;
            source.location((start + range.start..start + range.end).into())
        };
        repair.edits.iter().map(|(range, with)| Edit::replace(place(range), with.as_str())).collect()
    } else {
        // Comments or references stand inside the entry: it is written anew as a whole.
        vec![Edit::replace(source.location(entry.span), repair.text.as_str())]
    };
    Fix { description: format!("write `{}`", repair.text), safety, edits }
}
