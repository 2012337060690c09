//! Proves the core by simulation: whole clusters with a virtual clock under seeded faults.
//!
//! Each seed is one schedule of writes, sends, delays, cuts (also one-way), broken connections, pauses, crashes,
//! silent hosts, goodbyes and restarts. When the faults end, every node must have the same members in the same order,
//! exactly one oldest, equal maps, and every payload delivered once or given back.
//!
//! `COBNUT_SIM_SEEDS=N` runs N seeds, `COBNUT_SIM_SEED=S` runs one, `COBNUT_SIM_TRACE=1` prints what happens.

mod chance;
mod checks;
mod host;
mod mischief;
mod network;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

const DEFAULT_SEEDS: u64 = 300;
/// Seeds beyond the default ones that found a bug once, in the node or in this simulation.
const FOUND_BUGS: [u64; 4] = [331, 371, 381, 2202];

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn run(seed: u64) -> Result<(), String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| world::World::new(seed).run()));
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.into())).unwrap_or_default())
    })
}

#[test]
fn clusters_heal_from_every_schedule() {
    let seeds: Vec<u64> = match number_from("COBNUT_SIM_SEED") {
        Some(seed) => vec![seed],
        None => FOUND_BUGS
            .into_iter()
            .chain(0..number_from("COBNUT_SIM_SEEDS").unwrap_or(DEFAULT_SEEDS))
            .collect(),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let mine = seeds.iter().copied().filter(move |seed| seed % threads == worker);
                scope.spawn(move || {
                    mine.filter_map(|seed| run(seed).err().map(|err| (seed, err)))
                        .map(|(seed, err)| {
                            format!(
                                "{err}\nreplay: COBNUT_SIM_SEED={seed} COBNUT_SIM_TRACE=1 cargo test -p cobnut-mesh-proto --test sim -- --nocapture"
                            )
                        })
                        .take(3)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("worker")).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
