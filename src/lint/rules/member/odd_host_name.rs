#![doc = include_str!("odd_host_name.md")]

use cobnut_config::{Host, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Safety, Severity, visible};

use crate::distance::distance;
use crate::entry::{Repair, fix};
use crate::{Check, Cluster, Node, Rule};

/// Names longer than this are not compared letter by letter.
const NAME_BYTES_MAX: usize = 253;

pub(crate) static RULE: Rule = Rule {
    name: "odd-host-name",
    severity: Severity::Warning,
    summary: "one node lists a host name that no other lists, and lacks one of theirs",
    page: include_str!("odd_host_name.md"),
    check: Check::Cluster(check),
};

/// A host name of a list.
#[derive(Clone, Copy)]
struct Named<'a> {
    node: &'a Node,
    entry: &'a MemberEntry,
    name: &'a str,
}

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let nodes = cluster.nodes();
    // Two nodes that list nothing but each other differ rightly.
    if nodes.len() == 2 && nodes.iter().all(|node| node.config.network.join.tcp_ip.entries.len() < 2) {
        return;
    }
    for (index, node) in nodes.iter().enumerate() {
        let peers: Vec<&Node> = cluster.peers(node).collect();
        let others: Vec<Named<'_>> = peers.iter().flat_map(|peer| names(peer)).collect();
        let odd: Vec<Named<'_>> =
            names(node).filter(|own| !others.iter().any(|other| is_same(own.name, other.name))).collect();
        let lacking = others.iter().filter(|other| {
            let is_first = others.iter().find(|first| is_same(first.name, other.name));
            is_first.is_some_and(|first| std::ptr::eq(first.entry, other.entry))
                && !names(node).any(|own| is_same(own.name, other.name))
                && peers.iter().all(|peer| names(peer).any(|named| is_same(named.name, other.name)))
        });
        for missing in lacking {
            let Some(nearest) = odd.iter().min_by_key(|odd| distance(odd.name, missing.name)) else { break };
            if is_suspect(cluster, index, nearest.name, missing.name) {
                found.push(finding(cluster, *nearest, *missing));
            }
        }
    }
}

/// The host names of a list that have no slip of another kind.
fn names(node: &Node) -> impl Iterator<Item = Named<'_>> {
    node.entries().filter_map(move |(entry, slip)| match &entry.host {
        Host::Name(name) if slip.is_none() && name.len() <= NAME_BYTES_MAX => {
            Some(Named { node, entry, name })
        }
        _ => None,
    })
}

/// Whether two names mean one host: letter case, a dot at the end and a left-out domain do not count.
fn is_same(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.trim_end_matches('.').to_lowercase();
    let (one, other) = (plain(one), plain(other));
    let is_short = |short: &str, long: &str| {
        !short.contains('.') && long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'))
    };
    one == other || is_short(&one, &other) || is_short(&other, &one)
}

/// Of two nodes that lack each other's name, the one with the stranger name is reported, else the later one.
fn is_suspect(cluster: &Cluster, index: usize, odd: &str, missing: &str) -> bool {
    if cluster.nodes().len() > 2 {
        return true;
    }
    let stem = |name: &str| name.to_lowercase().replace(|character: char| character.is_ascii_digit(), "");
    let support = |name: &str| {
        let wanted = stem(name);
        cluster.nodes().iter().flat_map(names).filter(|named| stem(named.name) == wanted).count()
    };
    match support(odd).cmp(&support(missing)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Equal => index + 1 == cluster.nodes().len(),
        std::cmp::Ordering::Greater => false,
    }
}

fn finding(cluster: &Cluster, odd: Named<'_>, missing: Named<'_>) -> Diagnostic {
    let (name, expected) = (visible(odd.name), visible(missing.name));
    let others = match cluster.nodes().len() {
        2 => missing.node.label.clone(),
        _ => "the other nodes".to_owned(),
    };
    let found = RULE
        .at(odd.node, odd.entry.span, format!("{} lists `{name}`, {others} `{expected}`", odd.node.label))
        .label(missing.node.config.sources.location(missing.entry.span), format!("{} lacks this one", odd.node.label))
        .note(
            "a name that cannot be resolved is skipped with a warning, one that leads elsewhere is dialled in vain: this node \
             never dials the member that was meant",
        );
    let text = odd.entry.text.replacen(odd.name, missing.name, 1);
    if distance(odd.name, missing.name) <= 2 {
        let repair = Repair::whole(&odd.entry.text, text, false);
        found.fix(fix(odd.node, odd.entry, &repair, Safety::Suggestion))
    } else {
        found.help("every node's list should name all members in the same way")
    }
}
