//! Which fault is played in which cluster: every fault with every number of nodes, and every fault with every way of
//! finding each other. All three together, 132 cells, take three times as long:
//!
//! ```text
//! COBNUT_ALL_FAULTS=1 COBNUT_BIN=target/debug/cobnut cargo test -p compat-tests --test faults
//! ```

use std::collections::BTreeSet;

use anyhow::Result;
use compat_tests::{Discovery, Fleet, note};

use crate::play::play;
use crate::stage::Stage;

/// Sizes of clusters.
const SIZES: [usize; 4] = [2, 3, 5, 9];

/// Set to anything: every fault in every cluster.
const ALL_FAULTS: &str = "COBNUT_ALL_FAULTS";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// A node is killed and started again.
    Kill,
    /// A process is stopped for less time than a silent member is granted.
    ShortPause,
    /// A process is stopped until the others have removed it.
    LongPause,
    /// A node's cable is pulled until it is removed.
    CablePull,
    /// A node is heard and hears nobody.
    OneWayDrop,
    /// Three of ten frames between nodes are lost.
    Loss,
    /// Every frame between nodes is 200 ms late.
    Delay,
    /// A node's cable is loose.
    Flapping,
    /// A node's disk takes nothing more.
    FullDisk,
    /// The database is stopped.
    DatabaseDown,
    /// Two of the above at once; which ones depends on the number of nodes.
    TwoAtOnce,
}

impl Fault {
    const ALL: [Self; 11] = [
        Self::Kill,
        Self::ShortPause,
        Self::LongPause,
        Self::CablePull,
        Self::OneWayDrop,
        Self::Loss,
        Self::Delay,
        Self::Flapping,
        Self::FullDisk,
        Self::DatabaseDown,
        Self::TwoAtOnce,
    ];
}

/// The faults that a cluster of this size and kind goes through, in this order.
fn faults_of(size: usize, discovery: Discovery) -> Vec<Fault> {
    // The sum turns the three kinds past the faults, one step further for each size: a covering array of strength 2.
    let shift = SIZES.iter().position(|&known| known == size).unwrap_or_default();
    let kind = Discovery::ALL.iter().position(|&known| known == discovery).unwrap_or_default();
    let numbered = Fault::ALL.into_iter().enumerate();
    numbered.filter(|(number, _)| (number + shift) % 3 == kind).map(|(_, fault)| fault).collect()
}

/// Plays one column of the matrix on one cluster, fault after fault.
fn play_all(test: &str, size: usize, discovery: Discovery) -> Result<()> {
    if !Fleet::ready(test) {
        return Ok(());
    }
    let faults = match std::env::var_os(ALL_FAULTS) {
        Some(_) => Fault::ALL.to_vec(),
        None => faults_of(size, discovery),
    };
    note(&format!("FAULTS {size} nodes, {discovery:?}: {faults:?}"));
    let mut stage = Stage::set(test, size, discovery)?;
    for (number, fault) in faults.into_iter().enumerate() {
        play(&mut stage, fault, number % size)?;
    }
    Ok(())
}

#[test]
fn every_pair_is_covered() {
    let mut with_size = BTreeSet::new();
    let mut with_kind = BTreeSet::new();
    let mut kind_with_size = BTreeSet::new();
    for size in SIZES {
        for discovery in Discovery::ALL {
            for fault in faults_of(size, discovery) {
                assert!(with_size.insert((fault, size)), "{fault:?} twice with {size} nodes");
                with_kind.insert((fault, discovery));
                kind_with_size.insert((discovery, size));
            }
        }
    }
    assert_eq!(with_size.len(), Fault::ALL.len() * SIZES.len());
    assert_eq!(with_kind.len(), Fault::ALL.len() * Discovery::ALL.len());
    assert_eq!(kind_with_size.len(), Discovery::ALL.len() * SIZES.len());
}

/// One test for each cluster, so that a failure names it and it can be run alone.
macro_rules! clusters {
    ($($name:ident: $size:literal nodes, $discovery:ident;)*) => {$(
        #[test]
        fn $name() -> Result<()> {
            play_all(stringify!($name), $size, Discovery::$discovery)
        }
    )*};
}

clusters! {
    two_nodes_that_name_each_other: 2 nodes, TcpIp;
    two_nodes_by_multicast: 2 nodes, Multicast;
    two_nodes_of_the_article: 2 nodes, Typo;
    three_nodes_that_name_each_other: 3 nodes, TcpIp;
    three_nodes_by_multicast: 3 nodes, Multicast;
    three_nodes_with_the_typo: 3 nodes, Typo;
    five_nodes_that_name_each_other: 5 nodes, TcpIp;
    five_nodes_by_multicast: 5 nodes, Multicast;
    five_nodes_with_the_typo: 5 nodes, Typo;
    nine_nodes_that_name_each_other: 9 nodes, TcpIp;
    nine_nodes_by_multicast: 9 nodes, Multicast;
    nine_nodes_with_the_typo: 9 nodes, Typo;
}
