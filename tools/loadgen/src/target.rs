//! A server to measure: its name, its nodes' client ports and its processes.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::str::FromStr;

use anyhow::{Context as _, Result, ensure};

/// One server or cluster, written `NAME=HOST:PORT[,HOST:PORT…][@PID[,PID…]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// Client ports, one for each node; never empty.
    pub(crate) nodes: Vec<SocketAddr>,
    /// Processes whose CPU time and memory are the server's; empty when they are not to be measured.
    pub(crate) processes: Vec<u32>,
}

impl FromStr for Target {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, rest) = text.split_once('=').context("a target looks like NAME=HOST:PORT@PID")?;
        ensure!(!name.is_empty(), "the name before the = is empty");
        let (nodes, processes) = rest.split_once('@').unwrap_or((rest, ""));
        let nodes = nodes.split(',').map(address).collect::<Result<Vec<_>>>()?;
        let processes = processes
            .split(',')
            .filter(|id| !id.is_empty())
            .map(|id| id.parse().with_context(|| format!("{id} is no process id")))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { name: name.to_owned(), nodes, processes })
    }
}

fn address(text: &str) -> Result<SocketAddr> {
    let mut found = text.to_socket_addrs().with_context(|| format!("{text} is no HOST:PORT"))?;
    found.next().with_context(|| format!("{text} has no address"))
}

/// Where the two ends of a conversation are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Placement {
    SameNode,
    AcrossNodes,
}

impl Placement {
    /// What can be measured on this target: across nodes takes two of them.
    pub(crate) fn possible(target: &Target) -> &'static [Self] {
        if target.nodes.len() > 1 { &[Self::SameNode, Self::AcrossNodes] } else { &[Self::SameNode] }
    }

    /// The nodes of the two ends of pair number `pair`; pairs take turns, so that every node does both jobs.
    pub(crate) fn nodes(self, target: &Target, pair: usize) -> Option<(SocketAddr, SocketAddr)> {
        let count = target.nodes.len();
        let first = pair.checked_rem(count)?;
        let second = match self {
            Self::SameNode => first,
            Self::AcrossNodes => (first + 1) % count,
        };
        Some((*target.nodes.get(first)?, *target.nodes.get(second)?))
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::SameNode => "same node",
            Self::AcrossNodes => "across nodes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read() -> Result<()> {
        let target: Target = "cobnut=127.0.5.1:5222,127.0.5.2:5223@17,18".parse()?;
        assert_eq!(target.name, "cobnut");
        assert_eq!(target.nodes, ["127.0.5.1:5222".parse()?, "127.0.5.2:5223".parse()?]);
        assert_eq!(target.processes, [17, 18]);
        assert!("prosody=127.0.0.1:5222".parse::<Target>()?.processes.is_empty());
        for bad in
            ["", "127.0.0.1:5222", "=127.0.0.1:1", "a=127.0.0.1", "a=127.0.0.1:1@x", "a=127.0.0.1:99999"]
        {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
        Ok(())
    }

    #[test]
    fn pairs_are_spread_over_the_nodes() -> Result<()> {
        let target: Target = "x=127.0.0.1:1,127.0.0.1:2".parse()?;
        let ports = |placement: Placement, pair| {
            placement.nodes(&target, pair).map(|(one, other)| (one.port(), other.port()))
        };
        assert_eq!(ports(Placement::SameNode, 0), Some((1, 1)));
        assert_eq!(ports(Placement::SameNode, 3), Some((2, 2)));
        assert_eq!(ports(Placement::AcrossNodes, 0), Some((1, 2)));
        assert_eq!(ports(Placement::AcrossNodes, 1), Some((2, 1)));
        assert_eq!(Placement::possible(&target).len(), 2);
        assert_eq!(Placement::possible(&"x=127.0.0.1:1".parse()?), [Placement::SameNode]);
        Ok(())
    }
}
