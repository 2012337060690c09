//! Scenarios with the same outcome, put together.

use crate::forecast::list;
use crate::render::duration;
use crate::{Forecast, Millis, NodeModel, Outcome, Played, Scenario};

/// Most start orders that a group names one by one.
const NAMED_MAX: usize = 8;

/// Scenarios with the same outcome.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// Which, in words: "every start order", "server1 first".
    pub scenarios: Vec<String>,
    /// How many that are.
    pub count: usize,
    /// The first of them.
    pub example: &'a Played,
    /// Whether all nodes became one cluster without having been several.
    pub is_whole: bool,
    /// What came out, in one line.
    pub headline: String,
    /// Why.
    pub reasons: Vec<String>,
}

/// The scenarios of a forecast by outcome: what goes wrong first.
pub fn groups(forecast: &Forecast) -> Vec<Group<'_>> {
    let mut sorted: Vec<Vec<&Played>> = Vec::new();
    for played in &forecast.played {
        match sorted.iter_mut().find(|group| is_alike(&group[0].outcome, &played.outcome)) {
            Some(group) => group.push(played),
            None => sorted.push(vec![played]),
        }
    }
    let mut groups: Vec<Group<'_>> = sorted.iter().map(|members| group(forecast, members)).collect();
    groups.sort_by_key(|group| group.is_whole);
    groups
}

/// Whether two outcomes differ at most in times.
fn is_alike(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::One { .. }, Outcome::One { .. }) => true,
        (
            Outcome::Split { clusters: a, healed_after: healed_a, .. },
            Outcome::Split { clusters: b, healed_after: healed_b, .. },
        ) => a == b && healed_a.is_some() == healed_b.is_some(),
        (Outcome::Incomplete { .. }, Outcome::Incomplete { .. }) => one == other,
        _ => false,
    }
}

fn group<'a>(forecast: &Forecast, members: &[&'a Played]) -> Group<'a> {
    let example = members[0];
    let nodes = &forecast.nodes;
    let (headline, reasons) = match &example.outcome {
        Outcome::One { .. } => {
            let longest = members.iter().filter_map(|played| match played.outcome {
                Outcome::One { after } => Some(after),
                _ => None,
            });
            (
                format!("one cluster, after {} at most", duration(longest.max().unwrap_or_default())),
                Vec::new(),
            )
        }
        Outcome::Split { clusters, healed_after, at_least, reasons } => {
            let length = match healed_after {
                Some(_) => format!("for {}", range(members)),
                None => format!("for at least {}", duration(*at_least)),
            };
            (format!("{} {length}: {}", count(clusters.len()), sides(nodes, clusters)), reasons.clone())
        }
        Outcome::Incomplete { gave_up, clusters } => {
            let ended: Vec<usize> = gave_up.iter().map(|(node, _)| *node).collect();
            let rest = if clusters.is_empty() {
                String::new()
            } else {
                format!("; running: {}", sides(nodes, clusters))
            };
            let reasons = gave_up
                .iter()
                .map(|(node, reason)| format!("{} ends: {reason}", nodes[*node].label))
                .collect();
            (format!("without {}{rest}", list(nodes, &ended)), reasons)
        }
    };
    Group {
        scenarios: describe(forecast, members),
        count: members.len(),
        example,
        is_whole: matches!(example.outcome, Outcome::One { .. }),
        headline,
        reasons,
    }
}

fn range(members: &[&Played]) -> String {
    let lengths = members.iter().filter_map(|played| match played.outcome {
        Outcome::Split { healed_after, .. } => healed_after,
        _ => None,
    });
    let (shortest, longest): (Option<Millis>, Option<Millis>) = (lengths.clone().min(), lengths.max());
    let (shortest, longest) = (duration(shortest.unwrap_or_default()), duration(longest.unwrap_or_default()));
    if shortest == longest { longest } else { format!("{shortest} to {longest}") }
}

fn count(clusters: usize) -> String {
    match clusters {
        2 => "two clusters".to_owned(),
        3 => "three clusters".to_owned(),
        more => format!("{more} clusters"),
    }
}

/// `server1 | server2, server3`.
pub(super) fn sides(nodes: &[NodeModel], clusters: &[Vec<usize>]) -> String {
    clusters.iter().map(|cluster| list(nodes, cluster)).collect::<Vec<_>>().join(" | ")
}

/// The scenarios in words.
fn describe(forecast: &Forecast, members: &[&Played]) -> Vec<String> {
    let nodes = &forecast.nodes;
    let mut words = Vec::new();
    let is_order = |played: &&Played| matches!(played.scenario, Scenario::Order(_));
    let all_orders = forecast.played.iter().filter(|played| is_order(played)).count();
    let orders: Vec<&[usize]> = members
        .iter()
        .filter_map(|played| match &played.scenario {
            Scenario::Order(order) => Some(order.as_slice()),
            _ => None,
        })
        .collect();
    if orders.len() == all_orders && all_orders > 1 {
        words.push("every start order".to_owned());
    } else {
        let mut prefixes = Vec::new();
        collapse(&orders, nodes.len(), 0, &mut prefixes);
        let more = prefixes.len().saturating_sub(NAMED_MAX);
        let named = prefixes.iter().take(NAMED_MAX).map(|prefix| format!("{} first", list(nodes, prefix)));
        words.extend(named);
        if more > 0 {
            words.push(format!("and {more} more start orders"));
        }
    }
    if members.iter().any(|played| played.scenario == Scenario::Together) {
        words.push("all at once".to_owned());
    }
    words.extend(restarts(forecast, members));
    words
}

/// Orders that share their beginning and are all there, as that beginning.
fn collapse(orders: &[&[usize]], nodes: usize, depth: usize, found: &mut Vec<Vec<usize>>) {
    let mut rest = orders;
    while let Some(&first) = rest.first() {
        let same = rest.iter().take_while(|order| order.get(..=depth) == first.get(..=depth)).count();
        let (group, others) = rest.split_at(same);
        let all: usize = (1..=nodes.saturating_sub(depth + 1)).product();
        if group.len() == all || depth + 1 >= nodes {
            found.push(first.get(..=depth).unwrap_or(first).to_vec());
        } else {
            collapse(group, nodes, depth + 1, found);
        }
        rest = others;
    }
}

/// "restart of server2", or with how many of the start orders it comes out like this.
fn restarts(forecast: &Forecast, members: &[&Played]) -> Vec<String> {
    let restarted = |played: &Played| match played.scenario {
        Scenario::Restart { node, .. } => Some(node),
        _ => None,
    };
    let mut words = Vec::new();
    for (index, node) in forecast.nodes.iter().enumerate() {
        let all = forecast.played.iter().filter(|played| restarted(played) == Some(index)).count();
        let here = members.iter().filter(|played| restarted(played) == Some(index)).count();
        if here > 0 && here == all {
            words.push(format!("restart of {}", node.label));
        } else if here > 0 {
            words.push(format!("restart of {} (after {here} of {all} start orders)", node.label));
        }
    }
    let every = forecast.nodes.len();
    if words.len() == every && every > 1 && words.iter().all(|word| !word.contains('(')) {
        return vec!["every single restart".to_owned()];
    }
    words
}
