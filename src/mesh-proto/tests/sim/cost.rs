//! What a cluster costs as it grows: frames and bytes to form it, for each second of idling, and for each update.
//!
//! `cargo test -p cobnut-mesh-proto --test sim cost -- --nocapture` prints the table.

use cobnut_mesh_proto::Counters;

use crate::plan::Plan;
use crate::world::World;

/// When a calm cluster is complete, whatever its size.
const FORMED_MS: u64 = 10_000;
const IDLE_SECONDS: u64 = 20;
const UPDATES: u64 = 200;
const UPDATE_EVERY_MS: u64 = 20;
/// Bytes of a value: about those of a session.
const VALUE_BYTES: usize = 300;
/// An update is one frame to each reader, which answers that it has it; a heartbeat may fall in between.
const FRAMES_PER_UPDATE_MAX: f64 = 2.5;
/// Key, value, and the frames around them, there and back.
const BYTES_PER_UPDATE_MAX: f64 = 420.0;
/// A heartbeat in each direction, and with it what the entries amount to.
const IDLE_FRAMES_MAX: f64 = 2.5;

/// Frames that arrived and bytes that were sent, by all nodes together.
#[derive(Clone, Copy)]
struct Traffic {
    frames: u64,
    bytes: u64,
}

impl Traffic {
    fn of(world: &World) -> Self {
        let processes = world.hosts.iter().filter_map(|host| host.process.as_ref());
        let counters: Vec<Counters> = processes.map(|process| process.node.counters()).collect();
        Self {
            frames: counters.iter().map(|counters| counters.frames_received).sum(),
            bytes: counters.iter().map(|counters| counters.bytes_sent).sum(),
        }
    }

    fn since(self, before: Self) -> Self {
        Self { frames: self.frames - before.frames, bytes: self.bytes - before.bytes }
    }

    /// Frames and bytes for each of `count`.
    fn per(self, count: u64) -> (f64, f64) {
        let number = |value: u64| f64::from(u32::try_from(value).expect("small"));
        (number(self.frames) / number(count), number(self.bytes) / number(count))
    }
}

fn run_until(world: &mut World, end: u64) {
    world.work_until(end).unwrap_or_else(|err| panic!("{err}"));
}

/// The traffic of forming a cluster, of idling, and of updates of one node.
fn measure(count: usize) -> [Traffic; 3] {
    let mut world = World::new(&Plan::calm(count), false);
    world.start_machines().unwrap_or_else(|err| panic!("{err}"));
    run_until(&mut world, FORMED_MS);
    let formed = Traffic::of(&world);
    let idle_until = FORMED_MS + IDLE_SECONDS * 1000;
    run_until(&mut world, idle_until);
    let idle = Traffic::of(&world).since(formed);
    for update in 0..UPDATES {
        world.put_entry(0, update, VALUE_BYTES).unwrap_or_else(|err| panic!("{err}"));
        run_until(&mut world, idle_until + (update + 1) * UPDATE_EVERY_MS);
    }
    let all = Traffic::of(&world).since(formed).since(idle);
    // What the time of the updates would have cost without them.
    let part = |value: u64| value * UPDATES * UPDATE_EVERY_MS / (IDLE_SECONDS * 1000);
    let idle_meanwhile = Traffic { frames: part(idle.frames), bytes: part(idle.bytes) };
    [formed, idle, all.since(idle_meanwhile)]
}

#[test]
fn cost_grows_with_the_number_of_links_and_of_readers_only() {
    println!(
        "| nodes | to form the cluster: frames, kB | idling, each link and second: frames, bytes | each update and reader: frames, bytes |"
    );
    println!("|---|---|---|---|");
    for count in [2, 3, 5, 9, 17, 33, 50] {
        let [formed, idle, updates] = measure(count);
        let nodes = count as u64;
        let links = nodes * (nodes - 1) / 2;
        let (formed_frames, formed_bytes) = formed.per(1);
        let (idle_frames, idle_bytes) = idle.per(links * IDLE_SECONDS);
        let (frames, bytes) = updates.per(UPDATES * (nodes - 1));
        println!(
            "| {count} | {formed_frames}, {:.0} | {idle_frames:.1}, {idle_bytes:.0} | {frames:.2}, {bytes:.0} |",
            formed_bytes / 1000.0
        );
        assert!(frames <= FRAMES_PER_UPDATE_MAX, "{count} nodes: {frames} frames for an update and reader");
        assert!(bytes <= BYTES_PER_UPDATE_MAX, "{count} nodes: {bytes} bytes for an update and reader");
        assert!(idle_frames <= 2.0 * IDLE_FRAMES_MAX, "{count} nodes: {idle_frames} frames for an idle link");
    }
}
