//! Written faults with known outcomes: cuts between two of many, splits, pauses.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::collections::BTreeSet;

use cobnut_mesh_proto::Standing;

use crate::plan::{Conditions, Machine, Plan};
use crate::world::World;

/// Silence, patience with the pair, and the views of all.
const SETTLED_MS: u64 = 18_000;
/// Time within which members find each other after the network is back.
const HEALED_MS: u64 = 10_000;

/// Later than any scenario ends.
const FOREVER_MS: u64 = 1_000_000_000;

/// Number of hosts, cuts, expected groups.
type Case = (usize, Vec<(usize, usize)>, &'static [&'static [usize]]);

/// Hosts that all know the first one, started one after the other, so that their number is their age.
fn cluster(count: usize, seed: u64, cuts_from_start: &[(usize, usize)]) -> World {
    let machine = |_| Machine {
        knows: vec![0],
        has_typo: false,
        is_up: false,
        read_ms: 0,
        accept_ms: 10,
        is_old: false,
        clock_ms: 0,
    };
    let conditions = Conditions {
        delay_max: 20,
        loss_percent: 0,
        batch_bytes: 2048,
        window_bytes: 16_384,
        tombstones_max: 2,
        keys: 6,
        large_percent: 0,
    };
    let machines = (0..count).map(machine).collect();
    let plan = Plan { seed, machines, conditions, faults_ms: 0, actions: Vec::new() };
    let mut world = World::new(&plan, false);
    // What the cuts here lead to is asserted by each scenario, not by the rules for schedules.
    world.torn_at = Some(FOREVER_MS);
    cut(&mut world, cuts_from_start);
    for host in 0..count {
        world.start(host).unwrap();
        world.work_until(world.now + 500).unwrap();
    }
    world.work_until(5000).unwrap();
    world
}

fn cut(world: &mut World, cuts: &[(usize, usize)]) {
    world.cuts.extend(cuts.iter().copied());
}

fn both_ways(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    pairs.iter().flat_map(|&(one, two)| [(one, two), (two, one)]).collect()
}

/// The numbers of the hosts that a host counts as members, itself included.
fn view(world: &World, host: usize) -> BTreeSet<usize> {
    let process = world.hosts[host].process.as_ref().unwrap();
    process.node.members().iter().map(|member| usize::from(member.origin.node[0] - 1)).collect()
}

fn assert_views(world: &World, groups: &[&[usize]], when: &str) {
    for group in groups {
        for &host in *group {
            let expected: BTreeSet<usize> = group.iter().copied().collect();
            assert_eq!(view(world, host), expected, "host {host} {when}");
        }
    }
}

fn after(world: &mut World, ms: u64) {
    let until = world.now + ms;
    world.work_until(until).unwrap();
}

#[test]
fn two_of_many_that_cannot_reach_each_other_end_in_one_view_of_all() {
    let cases: [Case; 6] = [
        (3, both_ways(&[(1, 2)]), &[&[0, 1], &[2]]),
        (3, both_ways(&[(0, 1)]), &[&[0, 2], &[1]]),
        // One direction only: the other end's answers are missing all the same.
        (3, vec![(1, 2)], &[&[0, 1], &[2]]),
        (3, vec![(2, 1)], &[&[0, 1], &[2]]),
        // The oldest has a bad line: it goes, not the three that it cannot reach.
        (5, both_ways(&[(0, 1), (0, 2), (0, 3)]), &[&[1, 2, 3, 4], &[0]]),
        // Two halves, and one member that both reach.
        (5, both_ways(&[(0, 1), (0, 4), (3, 1), (3, 4)]), &[&[0, 2, 3], &[1, 4]]),
    ];
    for (count, cuts, groups) in cases {
        for seed in 0..4 {
            let all: Vec<usize> = (0..count).collect();
            let mut world = cluster(count, seed, &[]);
            assert_views(&world, &[&all], "before");
            cut(&mut world, &cuts);
            after(&mut world, SETTLED_MS);
            let when = format!("{cuts:?} seed {seed}");
            assert_views(&world, groups, &when);
            // It stays so: nobody joins only to be thrown out again.
            for _ in 0..20 {
                after(&mut world, 1000);
                assert_views(&world, groups, &format!("later, {when}"));
            }
            world.heal_cuts();
            after(&mut world, HEALED_MS);
            assert_views(&world, &[&all], &format!("healed, {when}"));
        }
    }
}

#[test]
fn two_that_could_never_reach_each_other_do_not_both_stay() {
    let cuts = both_ways(&[(1, 2)]);
    let mut world = cluster(3, 1, &cuts);
    after(&mut world, SETTLED_MS + 5000);
    assert_views(&world, &[&[0, 1], &[2]], "from the start");
    world.heal_cuts();
    after(&mut world, HEALED_MS);
    assert_views(&world, &[&[0, 1, 2]], "healed");
}

#[test]
fn both_halves_of_a_split_know_their_standing_and_merge_in_time() {
    for seed in 0..6 {
        let mut world = cluster(5, seed, &[]);
        let across: Vec<(usize, usize)> =
            [0, 1].into_iter().flat_map(|one| [2, 3, 4].into_iter().map(move |two| (one, two))).collect();
        cut(&mut world, &both_ways(&across));
        // Longer than any pause between dials.
        after(&mut world, 120_000);
        assert_views(&world, &[&[0, 1], &[2, 3, 4]], "split");
        let standing =
            |world: &World, host: usize| world.hosts[host].process.as_ref().unwrap().node.standing();
        assert_eq!(standing(&world, 0), Standing::Minority { have: 2, of: 5 });
        assert_eq!(standing(&world, 4), Standing::Majority);
        world.heal_cuts();
        after(&mut world, HEALED_MS);
        assert_views(&world, &[&[0, 1, 2, 3, 4]], &format!("merged, seed {seed}"));
        assert!((0..5).all(|host| standing(&world, host) == Standing::Majority));
    }
}

#[test]
fn a_stopped_node_blames_nobody_and_comes_back() {
    for pause_ms in [1800, 4000, 60_000] {
        let mut world = cluster(3, 7, &[]);
        let until = world.now + pause_ms;
        world.hosts[1].paused_until = until;
        world.work_until(until).unwrap();
        // The node has had no time yet for anything but to notice. It removed nobody for a silence that was its own.
        after(&mut world, 1);
        assert_eq!(view(&world, 1), BTreeSet::from([0, 1, 2]), "{pause_ms} ms");
        after(&mut world, HEALED_MS);
        assert_views(&world, &[&[0, 1, 2]], &format!("after {pause_ms} ms"));
        let counters = |host: usize| world.hosts[host].process.as_ref().unwrap().node.counters();
        assert_eq!(counters(1).pauses, 1, "{pause_ms} ms");
        assert_eq!((counters(0).pauses, counters(2).pauses), (0, 0));
    }
}
