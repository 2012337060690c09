//! Plays one seed: people, faults, calm, verdict.

use std::fs;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use compat_tests::{Chance, Discovery, Fleet, FleetOptions, eventually, note};

use crate::checker::{Bounds, Violation, check};
use crate::event::{Event, What};
use crate::faults::break_something;
use crate::people::{BUSY, CALM, OVER, Person, Scene, WATCHED, watch};
use crate::timeline::timeline;

/// Nodes of the cluster.
const NODES: usize = 5;
/// People who write to each other, each with an account and a full JID of their own.
const TALKATIVE: usize = 8;
/// Full JIDs about which two people quarrel.
const QUARRELS: usize = 2;
/// Time without faults between two of them.
const CALM_BETWEEN: Duration = Duration::from_secs(2);
/// How long the last logins may take after the last fault.
const SETTLE_LIMIT: Duration = Duration::from_secs(90);
/// How long the quiet cluster is watched.
const QUIET: Duration = Duration::from_secs(3);
/// How long the start and the end of a fault may take.
const FORM_LIMIT: Duration = Duration::from_mins(1);

/// The promised times; those that nobody waits for with a margin for debug builds on two busy cores.
const SEEN_WAIT_MS: u64 = 450;
const SETTLE_MS: u64 = 4000;
const HEAL_MS: u64 = 15_000;

/// Plays a seed for this long; the record and its timeline are kept when a promise was broken.
fn play(test: &str, seed: u64, faults_for: Duration) -> Result<()> {
    if !Fleet::ready(test) {
        return Ok(());
    }
    let users = TALKATIVE + QUARRELS;
    let options = FleetOptions {
        nodes: NODES,
        discovery: Discovery::TcpIp,
        users,
        wire: Some(seed),
        properties: Vec::new(),
    };
    let mut fleet = Fleet::start(test, &options, FORM_LIMIT)?;
    let scene = Scene::new(&fleet);
    let ids: Vec<String> = (0..NODES).map(|node| fleet.id(node).to_owned()).collect();
    let views: Vec<_> = fleet.nodes.iter().map(compat_tests::Node::view).collect();
    let quiet_from = std::thread::scope(|scope| {
        let observers: Vec<_> = views
            .iter()
            .enumerate()
            .map(|(node, view)| {
                let (scene, ids) = (&scene, &ids);
                scope.spawn(move || watch(scene, node, view, ids))
            })
            .collect();
        for person in people(seed) {
            let scene = &scene;
            scope.spawn(move || person.live(scene));
        }
        let quiet_from = conduct(&mut fleet, &scene, seed, faults_for);
        scene.phase.store(WATCHED, Ordering::Relaxed);
        let panicked = observers.into_iter().filter_map(|observer| observer.join().err()).count();
        scene.phase.store(OVER, Ordering::Relaxed);
        ensure!(panicked == 0, "{panicked} observers panicked");
        quiet_from
    });
    let history = scene.recorder.history();
    keep(&fleet, &history)?;
    let quiet_from = quiet_from.with_context(|| format!("seed {seed}: {}", summary(&history)))?;
    let bounds = Bounds { seen_wait: SEEN_WAIT_MS, settle: SETTLE_MS, heal: HEAL_MS, quiet_from };
    let violations = check(&history, &bounds);
    note(&format!("HISTORY seed {seed}: {}", summary(&history)));
    judge(&fleet, seed, &history, &violations)
}

impl Scene {
    fn new(fleet: &Fleet) -> Self {
        Self {
            recorder: crate::event::Recorder::new(),
            door: fleet.door(),
            nodes: NODES,
            phase: AtomicU8::new(BUSY),
            runs: (0..NODES).map(|_| AtomicU32::new(1)).collect(),
            settled: AtomicUsize::new(0),
            addresses: (0..TALKATIVE).map(|user| format!("user{user:06}@example.org/r")).collect(),
            next_session: AtomicU64::new(1),
            next_message: AtomicU64::new(1),
        }
    }
}

fn people(seed: u64) -> impl Iterator<Item = Person> {
    let talkative = (0..TALKATIVE).map(|user| (user, true, true));
    let quarrels =
        (TALKATIVE..TALKATIVE + QUARRELS).flat_map(|user| [(user, false, true), (user, false, false)]);
    talkative.chain(quarrels).zip(1..).map(move |((user, is_talkative, stays), number)| Person {
        user,
        is_talkative,
        stays,
        chance: Chance::new(seed.wrapping_mul(1000).wrapping_add(number)),
    })
}

/// Breaks things for a time, then waits until everybody has come in for the last time; returns when it became quiet.
fn conduct(fleet: &mut Fleet, scene: &Scene, seed: u64, faults_for: Duration) -> Result<u64> {
    let mut chance = Chance::new(seed);
    let started = Instant::now();
    sleep(CALM_BETWEEN);
    while started.elapsed() < faults_for {
        break_something(fleet, scene, &mut chance)?;
        // Sometimes the next fault hits before the cluster has healed.
        sleep(CALM_BETWEEN * u32::try_from(chance.below(4)).unwrap_or(1));
    }
    fleet.wait_until_formed(FORM_LIMIT)?;
    scene.phase.store(CALM, Ordering::Relaxed);
    let all = people(seed).count();
    eventually("everybody coming in for the last time", SETTLE_LIMIT, || {
        let settled = scene.settled.load(Ordering::Relaxed);
        if settled < all {
            bail!("{settled} of {all} have")
        }
        Ok(Some(()))
    })?;
    sleep(Duration::from_millis(HEAL_MS + SETTLE_MS));
    let quiet_from = scene.recorder.now();
    sleep(QUIET);
    Ok(quiet_from)
}

fn summary(history: &[Event]) -> String {
    let count = |wanted: fn(&What) -> bool| history.iter().filter(|event| wanted(&event.what)).count();
    let faults: Vec<String> = history
        .iter()
        .filter_map(|event| match &event.what {
            What::Fault { name, .. } => Some(name.clone()),
            _ => None,
        })
        .collect();
    format!(
        "{} binds, {} presences, {} messages, {} lookups; {}",
        count(|what| matches!(what, What::Bind { .. })),
        count(|what| matches!(what, What::Status { .. })),
        count(|what| matches!(what, What::Send { .. })),
        count(|what| matches!(what, What::Lookup { rows: Some(_), .. })),
        faults.join(", ")
    )
}

/// Keeps the record, one event a line.
fn keep(fleet: &Fleet, history: &[Event]) -> Result<()> {
    let lines: Vec<String> = history.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let record = fleet.artifacts().path("history.jsonl");
    fs::write(&record, lines.join("\n")).with_context(|| format!("write {}", record.display()))
}

/// Fails with the timeline when a promise was broken, and when the record proves nothing.
fn judge(fleet: &Fleet, seed: u64, history: &[Event], violations: &[Violation]) -> Result<()> {
    if !violations.is_empty() {
        let text = timeline(history, violations);
        let path = fleet.artifacts().path("timeline.txt");
        fs::write(&path, &text).with_context(|| format!("write {}", path.display()))?;
        let first: Vec<String> =
            violations.iter().take(5).map(|broken| format!("{}: {}", broken.promise, broken.text)).collect();
        bail!(
            "seed {seed}: {} promises broken; timeline in {}\n{}",
            violations.len(),
            path.display(),
            first.join("\n")
        );
    }
    let messages = history.iter().filter(|event| matches!(event.what, What::Received { .. })).count();
    ensure!(messages > 20, "only {messages} messages arrived: the record proves nothing");
    Ok(())
}

/// How long each seed is played in CI.
const SHORT: Duration = Duration::from_secs(30);

#[test]
fn the_promises_hold_seed_1() -> Result<()> {
    play("the_promises_hold_seed_1", 1, SHORT)
}

#[test]
fn the_promises_hold_seed_2() -> Result<()> {
    play("the_promises_hold_seed_2", 2, SHORT)
}

#[test]
fn the_promises_hold_seed_3() -> Result<()> {
    play("the_promises_hold_seed_3", 3, SHORT)
}

/// A seed and a time from outside; nothing happens without.
#[test]
fn one_more_seed_from_the_environment() -> Result<()> {
    let number = |name: &str| -> Result<Option<u64>> {
        let text = std::env::var(name).ok();
        text.map(|text| text.parse().with_context(|| format!("{name}={text}"))).transpose()
    };
    let Some(seed) = number("COBNUT_HISTORY_SEED")? else { return Ok(()) };
    let seconds = number("COBNUT_HISTORY_SECONDS")?.unwrap_or(300);
    play("one_more_seed_from_the_environment", seed, Duration::from_secs(seconds))
}
