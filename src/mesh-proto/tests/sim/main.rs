//! Proves the core by simulation: whole clusters with a virtual clock under seeded faults.
//!
//! Each seed is one schedule: 2 to 50 nodes, a network with its delays and losses, slow readers, nodes of the release
//! before; writes, payloads, broken and stalled connections, cuts (also one-way), splits, pauses, kills, dark hosts,
//! goodbyes, restarts, wall clocks that jump. `checks` says what must hold on the spot, at all times, and at the end.
//!
//! `COBNUT_SIM_SEEDS=N` runs N seeds, `COBNUT_SIM_SEED=S` runs one, `COBNUT_SIM_FAULTS=3,17` keeps only those faults of
//! its schedule, `COBNUT_SIM_TRACE=1` prints what happens. A failure prints the line that replays it, already with the
//! few faults that it takes.

mod application;
mod chance;
mod checks;
mod cost;
mod host;
mod mischief;
#[cfg(feature = "mutations")]
mod mutations;
mod network;
mod plan;
mod scenarios;
mod shrink;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use plan::Plan;
use world::World;

const DEFAULT_SEEDS: u64 = 300;
/// Failures that are shrunk and shown.
const SHOWN_MAX: u64 = 3;
/// Seeds beyond the default ones that found a bug once, in the node or in this simulation.
const FOUND_BUGS: [u64; 5] = [1780, 2828, 5577, 7328, 8154];

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn run(plan: &Plan, trace: bool) -> Result<(), String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| World::new(plan, trace).run()));
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.into()));
        Err(format!("panic: {}", text.unwrap_or_default()))
    })
}

/// Why a seed fails, with the fewest faults that make it fail and the line that replays that.
fn failure_of(seed: u64) -> Option<String> {
    let plan = Plan::new(seed);
    let error = run(&plan, false).err()?;
    let (kept, error) = shrink::shrink(&plan, error, |plan| run(plan, false));
    let faults: Vec<String> = kept.iter().map(usize::to_string).collect();
    let shown: Vec<String> = kept.iter().map(|&place| format!("  {:?}", plan.actions[place])).collect();
    Some(format!(
        "{error}\n{}\nreplay: COBNUT_SIM_SEED={seed} COBNUT_SIM_FAULTS={} COBNUT_SIM_TRACE=1 \
         cargo test -p cobnut-mesh-proto --test sim heal -- --nocapture",
        shown.join("\n"),
        if faults.is_empty() { "none".to_owned() } else { faults.join(",") }
    ))
}

/// Replays one seed, perhaps with some of its faults only.
fn replay(seed: u64) -> Result<(), String> {
    let mut plan = Plan::new(seed);
    if let Ok(kept) = std::env::var("COBNUT_SIM_FAULTS") {
        let kept: Vec<usize> = kept.split(',').filter_map(|place| place.parse().ok()).collect();
        plan.keep_faults(&kept);
    }
    run(&plan, std::env::var_os("COBNUT_SIM_TRACE").is_some())
}

#[test]
fn clusters_heal_from_every_schedule() {
    if let Some(seed) = number_from("COBNUT_SIM_SEED") {
        return replay(seed).unwrap_or_else(|err| panic!("{err}"));
    }
    let all = number_from("COBNUT_SIM_SEEDS").unwrap_or(DEFAULT_SEEDS);
    let seeds: Vec<u64> = FOUND_BUGS.into_iter().filter(|&seed| seed >= all).chain(0..all).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, found) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        let mut failures = Vec::new();
        while found.load(Ordering::Relaxed) < SHOWN_MAX {
            let place = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).expect("few seeds");
            let Some(&seed) = seeds.get(place) else { break };
            if let Some(failure) = failure_of(seed) {
                found.fetch_add(1, Ordering::Relaxed);
                failures.push(failure);
            }
        }
        failures
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("worker")).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
