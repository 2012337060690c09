//! What breaks the cluster: one fault after the other, chosen by the seed.

use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use compat_tests::{Chance, Fleet, Treatment};
use rustix::process::Signal;

use crate::event::What;
use crate::people::Scene;

/// Longer than it takes until a silent member is removed.
const LONG: Duration = Duration::from_secs(7);
/// Shorter than it takes until a silent member is suspected.
const SHORT: Duration = Duration::from_millis(1500);
/// How long the network is bad or a killed node is away.
const WHILE: Duration = Duration::from_secs(3);
/// How long a loose cable has contact, and has none, each time.
const FLAP: Duration = Duration::from_millis(600);
/// See [`FLAP`].
const FLAPS: u32 = 4;

/// Kinds of faults.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Kill,
    ShortPause,
    LongPause,
    Cut,
    Deaf,
    Halves,
    Loss,
    Delay,
    Flapping,
}

impl Fault {
    const ALL: [Self; 9] = [
        Self::Kill,
        Self::ShortPause,
        Self::LongPause,
        Self::Cut,
        Self::Deaf,
        Self::Halves,
        Self::Loss,
        Self::Delay,
        Self::Flapping,
    ];

    /// Whether members may remove each other because of it.
    fn may_remove(self) -> bool {
        !matches!(self, Self::ShortPause | Self::Delay | Self::Flapping)
    }

    fn hits_all(self) -> bool {
        matches!(self, Self::Halves | Self::Loss | Self::Delay)
    }
}

/// Breaks something, waits, and repairs it.
pub(crate) fn break_something(fleet: &mut Fleet, scene: &Scene, chance: &mut Chance) -> Result<()> {
    let fault = *chance.pick(&Fault::ALL).unwrap_or(&Fault::Kill);
    let victim = chance.below(fleet.nodes.len());
    let begun = scene.recorder.now();
    let broken = apply(fleet, scene, chance, fault, victim);
    fleet.lab().treat_well();
    let nodes = if fault.hits_all() { (0..fleet.nodes.len()).collect() } else { vec![victim] };
    let name = format!("{fault:?}");
    scene.recorder.record(begun, What::Fault { name, nodes, may_remove: fault.may_remove() });
    broken
}

fn apply(fleet: &mut Fleet, scene: &Scene, chance: &mut Chance, fault: Fault, victim: usize) -> Result<()> {
    match fault {
        Fault::Kill => {
            fleet.nodes[victim].kill()?;
            scene.runs[victim].fetch_add(1, Ordering::Relaxed);
            sleep(WHILE);
            return fleet.nodes[victim].start();
        }
        Fault::ShortPause | Fault::LongPause => {
            fleet.nodes[victim].process()?.signal(Signal::STOP)?;
            sleep(if fault.may_remove() { LONG } else { SHORT });
            return fleet.nodes[victim].process()?.signal(Signal::CONT);
        }
        Fault::Cut => {
            fleet.nodes[victim].host().unplug()?;
            sleep(LONG);
            return fleet.nodes[victim].host().plug_in();
        }
        Fault::Flapping => {
            for _ in 0..FLAPS {
                fleet.nodes[victim].host().unplug()?;
                sleep(FLAP);
                fleet.nodes[victim].host().plug_in()?;
                sleep(FLAP);
            }
        }
        Fault::Deaf => {
            treat(fleet, Treatment::CUT, |from, to| to == victim && from != victim)?;
            sleep(LONG);
        }
        Fault::Halves => {
            let border = 1 + chance.below(fleet.nodes.len() - 1);
            treat(fleet, Treatment::CUT, |from, to| (from < border) != (to < border))?;
            sleep(LONG);
        }
        Fault::Loss => {
            treat(fleet, Treatment::lossy(30), |_, _| true)?;
            sleep(WHILE);
        }
        Fault::Delay => {
            treat(fleet, Treatment::late(Duration::from_millis(200)), |_, _| true)?;
            sleep(WHILE);
        }
    }
    Ok(())
}

/// Treats frames between the nodes that `is_hit` names, from and to.
fn treat(fleet: &Fleet, treatment: Treatment, is_hit: impl Fn(usize, usize) -> bool) -> Result<()> {
    for (from, sender) in fleet.nodes.iter().enumerate() {
        for (to, receiver) in fleet.nodes.iter().enumerate() {
            if from != to && is_hit(from, to) {
                fleet.lab().treat(sender.host(), receiver.host(), treatment)?;
            }
        }
    }
    Ok(())
}
