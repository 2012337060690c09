//! A switch in this process: the interface of each host is a TAP device, and every frame between two hosts passes through
//! here, where it can be lost, come late, or pass in one direction only. The kernel's netem would do the same, but many
//! kernels are built without it; /dev/net/tun is everywhere.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

use crate::Chance;

/// Longest wait for frames before the switch looks at its rules again.
const IDLE_WAIT: Duration = Duration::from_millis(20);
/// Largest frame.
const FRAME_BYTES_MAX: usize = 16 << 10;
/// Frames taken from one host before the next one has its turn.
const FRAMES_PER_TURN: usize = 64;
/// Frames that may be under way late; a further one is lost, as in a full router.
const LATE_MAX: usize = 100_000;

/// What happens to frames on their way from one host to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Treatment {
    /// Of a hundred frames this many are lost.
    pub loss_percent: u8,
    /// How much later each frame arrives.
    pub delay: Duration,
}

impl Treatment {
    /// Nothing passes.
    pub const CUT: Self = Self { loss_percent: 100, delay: Duration::ZERO };

    /// This share of frames is lost.
    #[must_use]
    pub const fn lossy(percent: u8) -> Self {
        Self { loss_percent: percent, delay: Duration::ZERO }
    }

    /// Everything is late.
    #[must_use]
    pub const fn late(delay: Duration) -> Self {
        Self { loss_percent: 0, delay }
    }
}

/// The switch; it stops when dropped.
#[derive(Debug)]
pub struct Wire {
    plane: Arc<Plane>,
    thread: Option<JoinHandle<()>>,
}

/// What the switch and those who turn its knobs share.
#[derive(Debug)]
pub(crate) struct Plane {
    state: Mutex<State>,
    is_over: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    ports: Vec<Arc<Port>>,
    rules: BTreeMap<(usize, usize), Treatment>,
    unplugged: BTreeSet<usize>,
}

struct Port {
    device: SyncDevice,
    mac: [u8; 6],
}

impl std::fmt::Debug for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Port({})", mac_text(self.mac))
    }
}

impl Wire {
    /// Starts a switch without hosts; `seed` decides which frames are lost.
    pub(crate) fn start(seed: u64) -> Result<Self> {
        let plane = Arc::new(Plane { state: Mutex::default(), is_over: AtomicBool::new(false) });
        let shared = Arc::clone(&plane);
        let thread = std::thread::Builder::new()
            .name("lab wire".to_owned())
            .spawn(move || Forwarding::new(shared, seed).run())
            .context("start the switch")?;
        Ok(Self { plane, thread: Some(thread) })
    }

    pub(crate) fn plane(&self) -> &Arc<Plane> {
        &self.plane
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.plane.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the switch has been printed; the test has failed for its consequences.
            let _ = thread.join();
        }
    }
}

impl Plane {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes `eth0` in the namespace of the calling thread; returns the number of the port and the address for `ip`.
    pub(crate) fn plug_host(&self) -> Result<(usize, String)> {
        let device = DeviceBuilder::new()
            .name("eth0")
            .layer(Layer::L2)
            .inherit_enable_state()
            .build_sync()
            .context("make a TAP device (is /dev/net/tun there?)")?;
        device.set_nonblocking(true).context("set up a TAP device")?;
        let mut state = self.state();
        let number = state.ports.len();
        let last = u8::try_from(number + 1).context("too many hosts")?;
        let mac = [0x02, 0xc0, 0xb0, 0, 0, last];
        state.ports.push(Arc::new(Port { device, mac }));
        Ok((number, mac_text(mac)))
    }

    pub(crate) fn unplug(&self, port: usize) {
        self.state().unplugged.insert(port);
    }

    pub(crate) fn plug_in(&self, port: usize) {
        self.state().unplugged.remove(&port);
    }

    /// Replaces what happens to frames from one host to another.
    pub(crate) fn treat(&self, from: usize, to: usize, treatment: Treatment) {
        self.state().rules.insert((from, to), treatment);
    }

    /// A wire without faults again; pulled cables stay pulled.
    pub(crate) fn clear(&self) {
        self.state().rules.clear();
    }
}

fn mac_text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// A frame that arrives later; the number keeps frames of one moment in order.
type Late = Reverse<(Instant, u64, usize, Vec<u8>)>;

struct Forwarding {
    plane: Arc<Plane>,
    chance: Chance,
    late: BinaryHeap<Late>,
    counted: u64,
}

impl Forwarding {
    fn new(plane: Arc<Plane>, seed: u64) -> Self {
        Self { plane, chance: Chance::new(seed), late: BinaryHeap::new(), counted: 0 }
    }

    fn run(mut self) {
        let mut buffer = vec![0; FRAME_BYTES_MAX];
        while !self.plane.is_over.load(Ordering::Relaxed) {
            let ports = self.plane.state().ports.clone();
            for from in self.ready(&ports) {
                for _ in 0..FRAMES_PER_TURN {
                    match ports[from].device.recv(&mut buffer) {
                        Ok(length) => self.forward(&ports, from, &buffer[..length]),
                        Err(err) if err.kind() == ErrorKind::Interrupted => {}
                        // Drained, or its host is being removed.
                        Err(_) => break,
                    }
                }
            }
            self.hand_out_late(&ports);
        }
    }

    /// Waits for frames; returns the ports that have some.
    fn ready(&self, ports: &[Arc<Port>]) -> Vec<usize> {
        let until_late = self
            .late
            .peek()
            .map_or(IDLE_WAIT, |Reverse((due, ..))| due.saturating_duration_since(Instant::now()));
        let wait = until_late.min(IDLE_WAIT);
        if ports.is_empty() {
            std::thread::sleep(wait);
            return Vec::new();
        }
        let mut waiting: Vec<_> = ports.iter().map(|port| PollFd::new(&port.device, PollFlags::IN)).collect();
        let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
        if poll(&mut waiting, Some(&wait)).is_err() {
            return Vec::new();
        }
        let ready = waiting.iter().enumerate().filter(|(_, waited)| waited.revents().contains(PollFlags::IN));
        ready.map(|(port, _)| port).collect()
    }

    fn forward(&mut self, ports: &[Arc<Port>], from: usize, frame: &[u8]) {
        let Some(destination) = frame.get(..6) else { return };
        let known = ports.iter().position(|port| port.mac == destination);
        let plane = Arc::clone(&self.plane);
        let state = plane.state();
        let receivers = match known {
            Some(port) => port..port + 1,
            // Broadcast and multicast go everywhere.
            None => 0..ports.len(),
        };
        for to in receivers.filter(|&to| to != from) {
            if state.unplugged.contains(&from) || state.unplugged.contains(&to) {
                continue;
            }
            let treatment = state.rules.get(&(from, to)).copied().unwrap_or_default();
            if self.chance.is_lucky(treatment.loss_percent) {
                continue;
            }
            if treatment.delay.is_zero() {
                // A full device loses the frame, as a switch does.
                let _ = ports[to].device.send(frame);
            } else if self.late.len() < LATE_MAX {
                self.counted += 1;
                self.late.push(Reverse((Instant::now() + treatment.delay, self.counted, to, frame.to_vec())));
            }
        }
    }

    fn hand_out_late(&mut self, ports: &[Arc<Port>]) {
        let now = Instant::now();
        while self.late.peek().is_some_and(|Reverse((due, ..))| *due <= now) {
            let Some(Reverse((_, _, to, frame))) = self.late.pop() else { return };
            let is_gone = self.plane.state().unplugged.contains(&to);
            if let (Some(port), false) = (ports.get(to), is_gone) {
                let _ = port.device.send(&frame);
            }
        }
    }
}
