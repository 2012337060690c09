//! All scenarios of a set of nodes, and what comes out of each.

use crate::hazelcast::{self, Direction, direction};
use crate::orders::orders;
use crate::{Happening, History, JoinMethod, Millis, NodeModel, Rules, Scenario, cobnut};

/// What comes out of all scenarios by one set of rules.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The nodes.
    pub nodes: Vec<NodeModel>,
    /// Whose rules.
    pub rules: Rules,
    /// The scenarios: orders first, then all together, then restarts.
    pub played: Vec<Played>,
}

/// One scenario and what came out of it.
#[derive(Debug, Clone)]
pub struct Played {
    /// What was played.
    pub scenario: Scenario,
    /// What happened.
    pub history: History,
    /// What came out.
    pub outcome: Outcome,
}

/// What came out of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All running nodes are one cluster.
    One {
        /// This long after the last step.
        after: Millis,
    },
    /// There were several clusters.
    Split {
        /// Which.
        clusters: Vec<Vec<usize>>,
        /// For how long, if it ended by itself.
        healed_after: Option<Millis>,
        /// How long it lasts at the least.
        at_least: Millis,
        /// Why it came to it, and why it does or does not end.
        reasons: Vec<String>,
    },
    /// Some nodes ended, or did not start.
    Incomplete {
        /// Which, and why.
        gave_up: Vec<(usize, String)>,
        /// The clusters of the others.
        clusters: Vec<Vec<usize>>,
    },
}

/// Most nodes whose restart is played; of more, some that are spread evenly over the files.
const RESTARTED_MAX: usize = 24;
/// How long after the last step a scenario is watched, counting from the first search for other clusters.
const SEARCHES_WATCHED: Millis = 3;
const MARGIN: Millis = 60_000;
/// Turns of nodes that one forecast may take, shared by its scenarios: a file may set timers of many years.
const TURNS_MAX: usize = 10_000_000;
/// Turns that each scenario may take for each node, whatever the others take; ordinary timers need a tenth of it.
const TURNS_PER_NODE: usize = 500;

/// Plays every start order, the start of all at once, and every restart of one node out of a whole cluster.
///
/// With more than [`crate::NODES_MAX`] nodes only the order of the files and its reverse are played, and restarts only after
/// one of them, of a few dozen nodes at most.
pub fn forecast(nodes: &[NodeModel], rules: Rules) -> Forecast {
    let listed: Vec<usize> = (0..nodes.len()).collect();
    let all = if nodes.len() <= crate::NODES_MAX {
        orders(nodes.len())
    } else {
        vec![listed.clone(), listed.iter().rev().copied().collect()]
    };
    let every = nodes.len().div_ceil(RESTARTED_MAX).max(1);
    let restarted: Vec<usize> = listed.iter().copied().step_by(every).collect();
    let restarts_max = if nodes.len() <= crate::NODES_MAX { all.len() } else { 1 };
    let scenarios = all.len() + 1 + restarts_max * restarted.len();
    let turns = (TURNS_MAX / scenarios).max(TURNS_PER_NODE * nodes.len());
    let play_out = |scenario| play_out(nodes, rules, scenario, turns);
    let mut played: Vec<Played> = all.iter().map(|order| play_out(Scenario::Order(order.clone()))).collect();
    played.push(play_out(Scenario::Together));
    let whole: Vec<&Vec<usize>> = all
        .iter()
        .zip(&played)
        .filter(|(_, played)| matches!(played.outcome, Outcome::One { .. }))
        .map(|(order, _)| order)
        .take(restarts_max)
        .collect();
    let restarts: Vec<Scenario> = whole
        .into_iter()
        .flat_map(|order| restarted.iter().map(|&node| Scenario::Restart { order: order.clone(), node }))
        .collect();
    played.extend(restarts.into_iter().map(play_out));
    Forecast { nodes: nodes.to_vec(), rules, played }
}

/// Plays one scenario, in so many turns at most.
fn play_out(nodes: &[NodeModel], rules: Rules, scenario: Scenario, turns: usize) -> Played {
    let steps = scenario.steps(nodes.len());
    let last_step = scenario.last_step(nodes.len());
    let longest = |timer: fn(&NodeModel) -> Millis| nodes.iter().map(timer).max().unwrap_or_default();
    let watched = longest(|node| node.timers.merge_first_run.max(node.timers.max_join))
        + SEARCHES_WATCHED * longest(|node| node.timers.merge_next_run);
    let history = match rules {
        Rules::Hazelcast => hazelcast::play(nodes, &steps, last_step + watched + MARGIN, turns),
        Rules::Cobnut => cobnut::play(nodes, &steps),
    };
    let outcome = outcome(nodes, rules, &history, last_step);
    Played { scenario, history, outcome }
}

fn outcome(nodes: &[NodeModel], rules: Rules, history: &History, last_step: Millis) -> Outcome {
    let mut gave_up: Vec<(usize, String)> = history
        .occurrences
        .iter()
        .filter_map(|occurrence| match &occurrence.what {
            Happening::GaveUp { reason } => Some((occurrence.node, reason.clone())),
            _ => None,
        })
        .collect();
    let last = history.stretches.last();
    let final_clusters = last.map(|stretch| stretch.clusters.clone()).unwrap_or_default();
    // Every scenario ends with all nodes started.
    let has_settled = |node: &usize| {
        gave_up.iter().any(|(ended, _)| ended == node) || final_clusters.iter().flatten().any(|at| at == node)
    };
    let searching: Vec<usize> = (0..nodes.len()).filter(|node| !has_settled(node)).collect();
    gave_up.extend(searching.into_iter().map(|node| (node, "it is still looking for a cluster".to_owned())));
    if !gave_up.is_empty() {
        return Outcome::Incomplete { gave_up, clusters: final_clusters };
    }
    let Some(first_split) = history.stretches.iter().find(|stretch| stretch.clusters.len() > 1) else {
        return Outcome::One { after: last.map_or(0, |last| last.from.saturating_sub(last_step)) };
    };
    let widest =
        history.stretches.iter().rev().find(|stretch| stretch.clusters.len() > 1).unwrap_or(first_split);
    let is_whole = final_clusters.len() == 1;
    let healed_after = last.filter(|_| is_whole).map(|last| last.from - first_split.from);
    let mut reasons = Vec::new();
    if rules == Rules::Hazelcast {
        reasons.extend(founding_reasons(nodes, history));
        reasons.extend(healing_reasons(nodes, &widest.clusters, healed_after));
    } else {
        reasons.push("no file names an address of the other side, and no group is shared".to_owned());
    }
    let at_least = healed_after
        .unwrap_or_else(|| nodes.iter().map(|node| node.timers.merge_first_run).min().unwrap_or_default());
    Outcome::Split { clusters: widest.clusters.clone(), healed_after, at_least, reasons }
}

/// Why nodes founded clusters although there was one.
fn founding_reasons(nodes: &[NodeModel], history: &History) -> Vec<String> {
    let mut reasons = Vec::new();
    for occurrence in &history.occurrences {
        if occurrence.what != Happening::Founded {
            continue;
        }
        let before = occurrence.at.saturating_sub(1);
        let existing: Vec<usize> =
            history.at(before).iter().flatten().copied().filter(|&other| other != occurrence.node).collect();
        if existing.is_empty() {
            continue;
        }
        reasons.push(founding_reason(nodes, occurrence.node, &existing));
    }
    reasons.dedup();
    reasons
}

fn founding_reason(nodes: &[NodeModel], node: usize, existing: &[usize]) -> String {
    let model = &nodes[node];
    let label = &model.label;
    let others = list(nodes, existing);
    if let Some(&foreign) = existing.iter().find(|&&other| nodes[other].cluster_name != model.cluster_name) {
        return format!(
            "{label} founds a cluster of its own: its cluster is named `{}`, that of {} `{}`",
            model.cluster_name, nodes[foreign].label, nodes[foreign].cluster_name
        );
    }
    match &model.method {
        JoinMethod::Alone => format!("{label} founds a cluster of its own: no joiner is enabled in its file"),
        JoinMethod::Multicast { .. } => {
            format!("{label} founds a cluster of its own: nobody of {others} answers on its multicast group")
        }
        JoinMethod::TcpIp { .. } => {
            let dead = match model.dead_entries.first() {
                Some((entry, reason)) => format!(" (`{entry}`: {reason})"),
                None => String::new(),
            };
            format!("{label} founds a cluster of its own: nothing in its list leads to {others}{dead}")
        }
    }
}

/// Who would have to go over to whom, and whether it can.
fn healing_reasons(nodes: &[NodeModel], clusters: &[Vec<usize>], healed: Option<Millis>) -> Vec<String> {
    let mut reasons = Vec::new();
    let data = |cluster: &[usize]| cluster.iter().filter(|&&node| !nodes[node].is_lite).count();
    for (index, one) in clusters.iter().enumerate() {
        for other in &clusters[index + 1..] {
            let (Some(&a), Some(&b)) = (one.first(), other.first()) else { continue };
            let ours = direction((&nodes[a], data(one)), (&nodes[b], data(other))) == Direction::Ours;
            let ((loser, loser_size), (winner, winner_size)) =
                if ours { ((a, data(one)), (b, data(other))) } else { ((b, data(other)), (a, data(one))) };
            let why = if loser_size == winner_size {
                "both are equally large and its address sorts behind".to_owned()
            } else {
                format!("{loser_size} against {winner_size} members")
            };
            let first = nodes[loser].timers.merge_first_run / 1000;
            let (loser, winner) = (&nodes[loser], &nodes[winner]);
            reasons.push(if healed.is_some() {
                format!(
                    "Hazelcast looks for other clusters {first} s after a start; then {} goes over to {} ({why})",
                    loser.label, winner.label
                )
            } else {
                format!(
                    "Hazelcast looks for other clusters {first} s after a start, but nothing ends this split: {} would have to \
                     go over to {} ({why}), and does not find it",
                    loser.label, winner.label
                )
            });
        }
    }
    reasons
}

pub(crate) fn list(nodes: &[NodeModel], indices: &[usize]) -> String {
    let labels: Vec<&str> =
        indices.iter().filter_map(|&index| Some(nodes.get(index)?.label.as_str())).collect();
    labels.join(", ")
}
