//! What is played: who starts and stops when.

use crate::Millis;

/// What happens to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Its process starts.
    Start,
    /// Its process ends without a word.
    Stop,
}

/// One thing that an operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Millis,
    /// To which node, by its index.
    pub node: usize,
    /// What.
    pub action: Action,
}

/// A way of starting the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scenario {
    /// One after the other.
    Order(Vec<usize>),
    /// All at the same time.
    Together,
    /// One after the other, and later one node again.
    Restart {
        /// The order of the first start.
        order: Vec<usize>,
        /// Who is restarted.
        node: usize,
    },
}

impl Scenario {
    /// Between two starts, so that a node has joined before the next one starts.
    pub const GAP: Millis = 30_000;
    /// How long a restarted node is down.
    pub const DOWN: Millis = 10_000;

    /// What the operator does, in the order of time.
    pub fn steps(&self, nodes: usize) -> Vec<Step> {
        let start = |(place, &node): (usize, &usize)| Step {
            at: place as Millis * Self::GAP,
            node,
            action: Action::Start,
        };
        match self {
            Self::Together => (0..nodes).map(|node| Step { at: 0, node, action: Action::Start }).collect(),
            Self::Order(order) => order.iter().enumerate().map(start).collect(),
            Self::Restart { order, node } => {
                let stop = order.len() as Millis * Self::GAP;
                let mut steps: Vec<Step> = order.iter().enumerate().map(start).collect();
                steps.push(Step { at: stop, node: *node, action: Action::Stop });
                steps.push(Step { at: stop + Self::DOWN, node: *node, action: Action::Start });
                steps
            }
        }
    }

    /// When the last step is done.
    pub fn last_step(&self, nodes: usize) -> Millis {
        self.steps(nodes).last().map_or(0, |step| step.at)
    }
}
