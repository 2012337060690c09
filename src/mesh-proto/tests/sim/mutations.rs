//! Shows that the checks bite: each of the deliberate bugs makes some seed fail.
//!
//! `cargo test -p cobnut-mesh-proto --features mutations --test sim bug -- --nocapture` prints what found which.

use std::sync::atomic::{AtomicUsize, Ordering};

use cobnut_mesh_proto::Mutation;

use crate::plan::Plan;
use crate::run;

/// A bug has to show within so many schedules.
const SEEDS_MAX: u64 = 500;

/// After how many schedules a bug is found, and what finds it.
fn found(mutation: Mutation) -> Option<(u64, String)> {
    (0..SEEDS_MAX).find_map(|seed| {
        let plan = Plan::new(seed);
        mutation.switch_on();
        let outcome = run(&plan, false);
        Mutation::switch_off();
        // A schedule that fails anyway has found nothing.
        let error = outcome.err().filter(|_| run(&plan, false).is_ok())?;
        Some((seed + 1, error))
    })
}

#[test]
fn every_deliberate_bug_is_found() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut lines = Vec::new();
        while let Some(&mutation) = Mutation::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            lines.push((mutation, found(mutation)));
        }
        lines
    };
    let outcomes: Vec<(Mutation, Option<(u64, String)>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("worker")).collect()
    });
    for (mutation, outcome) in &outcomes {
        if let Some((seeds, error)) = outcome {
            let error: String = error.chars().take(160).collect();
            println!("{mutation:?}: found after {seeds} schedules, {error}");
        }
    }
    let survivors: Vec<Mutation> =
        outcomes.iter().filter(|(_, outcome)| outcome.is_none()).map(|&(mutation, _)| mutation).collect();
    assert!(survivors.is_empty(), "no check found {survivors:?} within {SEEDS_MAX} schedules");
}
