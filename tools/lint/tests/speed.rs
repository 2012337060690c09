//! The linter stays fast: bounds of processor time (what else the machine does is not counted) that even an
//! unoptimised build keeps, far above what is measured.
#![cfg(unix)]

use std::fmt::Write as _;
use std::time::Duration;

use cobnut_diagnostics::Source;
use cobnut_lint::lint_cluster;
use rustix::time::{ClockId, clock_gettime};

/// Processor time that this thread has used.
fn used() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("a clock that counts from zero")
}

/// A node of `nodes`, each listing all, with one typo in every tenth file.
fn file(node: usize, nodes: usize) -> (Source, String) {
    let address = |node: usize| format!("10.0.{}.{}", node / 250, node % 250 + 1);
    let mut members = String::new();
    for other in 0..nodes {
        let is_typo = node.is_multiple_of(10) && other == node + 1;
        let address = if is_typo { address(other).replacen('.', ":", 1) } else { address(other) };
        writeln!(members, "<member>{address}:5701</member>").expect("strings take everything");
    }
    let text = format!(
        "<join><tcp-ip enabled=\"true\">\n{members}</tcp-ip></join>\n<interfaces enabled=\"true\"><interface>{}</interface></interfaces>",
        address(node)
    );
    (Source::new(format!("node{node}.xml"), text), format!("node{node}"))
}

#[test]
fn a_hundred_nodes_take_a_moment() {
    let files: Vec<_> = (0..100).map(|node| file(node, 100)).collect();
    let start = used();
    let found = lint_cluster(&files);
    let taken = used().saturating_sub(start);
    assert_eq!(found.iter().filter(|found| found.rule() == "misplaced-separator").count(), 10);
    assert!(taken < Duration::from_secs(10), "{taken:?}");
    println!("100 nodes: {taken:?}");
}

#[test]
fn a_thousand_members_take_a_moment() {
    let files = [file(0, 1000)];
    let start = used();
    let found = lint_cluster(&files);
    let taken = used().saturating_sub(start);
    assert!(found.iter().any(|found| found.rule() == "misplaced-separator"));
    assert!(taken < Duration::from_secs(5), "{taken:?}");
    println!("1000 members: {taken:?}");
}
