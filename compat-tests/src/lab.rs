//! Hosts with real addresses on one switch, made of network namespaces and removed when dropped.
//!
//! The bridge lives in a namespace of its own and the cables join namespaces directly, so no interface, address or
//! route ever appears on the machine itself. Where frames shall be lost or late the switch is a [`Wire`] instead.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use cobnut_test_support::find_program;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::artifacts::announce;
use crate::wire::Plane;
use crate::{Artifacts, Treatment, Wire, eventually};

/// Every namespace of ours starts with this; then comes the id of the process that made it.
const PREFIX: &str = "cobnutlab";

/// How long one connection attempt may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

static NEXT_LAB: AtomicU32 = AtomicU32::new(1);
static SWEEP: Once = Once::new();

/// A switch with hosts; everything on it disappears when it is dropped.
#[derive(Debug)]
pub struct Lab {
    base: String,
    switch: Switch,
    hosts: u32,
    artifacts: Artifacts,
}

#[derive(Debug)]
enum Switch {
    /// The kernel's bridge, in a namespace of its own.
    Bridge(NetworkNamespace),
    /// Ours, which can lose and delay frames.
    Wire(Wire),
}

impl Lab {
    /// Builds the switch and an empty artifacts folder for the test of this name.
    pub fn new(test: &str) -> Result<Self> {
        let base = new_base();
        let switch = NetworkNamespace::create(&format!("{base}-switch"))?;
        ip(&["-n", &switch.name, "link", "add", "bridge0", "type", "bridge"])?;
        ip(&["-n", &switch.name, "link", "set", "bridge0", "up"])?;
        Ok(Self { base, switch: Switch::Bridge(switch), hosts: 0, artifacts: Artifacts::new(test)? })
    }

    /// The same with a switch that can lose and delay frames between any two hosts; `seed` decides which.
    pub fn with_wire(test: &str, seed: u64) -> Result<Self> {
        let switch = Switch::Wire(Wire::start(seed)?);
        Ok(Self { base: new_base(), switch, hosts: 0, artifacts: Artifacts::new(test)? })
    }

    /// Decides what happens from now on to frames from one host to another; only with [`Self::with_wire`].
    pub fn treat(&self, from: &Host, to: &Host, treatment: Treatment) -> Result<()> {
        let (Cable::Wire { plane, port: from }, Cable::Wire { port: to, .. }) = (&from.cable, &to.cable)
        else {
            bail!("the kernel's bridge treats all frames well; make the lab with a wire");
        };
        plane.treat(*from, *to, treatment);
        Ok(())
    }

    /// Ends all treatments.
    pub fn treat_well(&self) {
        if let Switch::Wire(wire) = &self.switch {
            wire.plane().clear();
        }
    }

    /// The artifacts folder of this test.
    pub fn artifacts(&self) -> &Artifacts {
        &self.artifacts
    }

    /// Adds a host with one interface `eth0` that has this address (prefix length 24).
    pub fn host(&mut self, name: &str, address: Ipv4Addr) -> Result<Arc<Host>> {
        self.hosts += 1;
        let namespace = NetworkNamespace::create(&format!("{}-{name}", self.base))?;
        let host = namespace.name.as_str();
        let cable = match &self.switch {
            Switch::Bridge(switch) => {
                let (switch, port) = (switch.name.clone(), format!("port{}", self.hosts));
                let peer = ["type", "veth", "peer", "name", "eth0", "netns", host];
                ip(&[&["-n", &switch, "link", "add", &port][..], &peer].concat())?;
                ip(&["-n", &switch, "link", "set", &port, "master", "bridge0", "up"])?;
                Cable::Bridge { switch, port }
            }
            Switch::Wire(wire) => {
                let plane = Arc::clone(wire.plane());
                let (port, mac) = run_in(host, || plane.plug_host())?;
                ip(&["-n", host, "link", "set", "eth0", "address", &mac])?;
                Cable::Wire { plane, port }
            }
        };
        ip(&["-n", host, "address", "add", &format!("{address}/24"), "dev", "eth0"])?;
        ip(&["-n", host, "link", "set", "lo", "up"])?;
        ip(&["-n", host, "link", "set", "eth0", "up"])?;
        // Multicast needs a route even where everything is on one link.
        ip(&["-n", host, "route", "add", "224.0.0.0/4", "dev", "eth0"])?;
        Ok(Arc::new(Host { name: name.to_owned(), cable, address, namespace }))
    }
}

fn new_base() -> String {
    SWEEP.call_once(sweep_leftovers);
    format!("{PREFIX}-{}-{}", std::process::id(), NEXT_LAB.fetch_add(1, Ordering::Relaxed))
}

/// Runs `work` in a thread that has entered the namespace.
fn run_in<T: Send>(namespace: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let path = format!("/run/netns/{namespace}");
    let file = File::open(&path).with_context(|| format!("open {path}"))?;
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
                .with_context(|| format!("enter {path}"))?;
            work()
        });
        worker.join().unwrap_or_else(|_| Err(anyhow!("the work in {namespace} panicked")))
    })
}

/// One machine on the switch.
#[derive(Debug)]
pub struct Host {
    name: String,
    cable: Cable,
    address: Ipv4Addr,
    namespace: NetworkNamespace,
}

/// Where a host is plugged in.
#[derive(Debug)]
enum Cable {
    Bridge { switch: String, port: String },
    Wire { plane: Arc<Plane>, port: usize },
}

impl Host {
    /// The name given at creation.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address on the switch.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// Its address with a port.
    pub fn socket(&self, port: u16) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self.address), port)
    }

    /// The name of its network namespace, for `ip netns exec`.
    pub fn namespace(&self) -> &str {
        &self.namespace.name
    }

    /// What to put before a command so that it runs on this host.
    pub fn prefix(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.namespace.name].map(str::to_owned).to_vec()
    }

    /// A command that will run on this host, and that the kernel ends when the test thread ends.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(find_program("ip").unwrap_or_else(|| "ip".into()));
        command.args(["netns", "exec", &self.namespace.name, "setpriv", "--pdeathsig", "KILL", "--"]);
        command.arg(program.as_ref());
        command
    }

    /// Gives it a further address of either family on the switch; usable at once.
    pub fn add_address(&self, address: IpAddr, prefix: u8) -> Result<()> {
        let written = format!("{address}/{prefix}");
        let mut arguments = vec!["-n", self.namespace(), "address", "add", &written, "dev", "eth0"];
        if address.is_ipv6() {
            // Nobody else has it: no second is spent on asking.
            arguments.push("nodad");
        }
        ip(&arguments)
    }

    /// Sends everything that is not on the switch through this neighbour.
    pub fn add_default_route(&self, gateway: IpAddr) -> Result<()> {
        ip(&["-n", self.namespace(), "route", "add", "default", "via", &gateway.to_string()])
    }

    /// Runs `work` on this host: sockets that it opens belong to the host for as long as they live.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        run_in(&self.namespace.name, work)
    }

    /// Opens a TCP connection from this host.
    pub fn connect(&self, to: SocketAddr) -> Result<TcpStream> {
        self.run(|| {
            TcpStream::connect_timeout(&to, CONNECT_TIMEOUT).with_context(|| format!("connect to {to}"))
        })
    }

    /// Waits until something listens at `to`, as seen from this host.
    pub fn wait_for_port(&self, to: SocketAddr, limit: Duration) -> Result<Duration> {
        let (_, took) = eventually(&format!("a listener at {to}"), limit, || self.connect(to).map(Some))?;
        Ok(took)
    }

    /// Pulls the network cable of this host.
    pub fn unplug(&self) -> Result<()> {
        match &self.cable {
            Cable::Bridge { switch, port } => ip(&["-n", switch, "link", "set", port, "down"]),
            Cable::Wire { plane, port } => {
                plane.unplug(*port);
                ip(&["-n", &self.namespace.name, "link", "set", "eth0", "carrier", "off"])
            }
        }
    }

    /// Plugs it in again.
    pub fn plug_in(&self) -> Result<()> {
        match &self.cable {
            Cable::Bridge { switch, port } => ip(&["-n", switch, "link", "set", port, "up"]),
            Cable::Wire { plane, port } => {
                plane.plug_in(*port);
                ip(&["-n", &self.namespace.name, "link", "set", "eth0", "carrier", "on"])
            }
        }
    }
}

/// A named network namespace, deleted when dropped.
#[derive(Debug)]
struct NetworkNamespace {
    name: String,
}

impl NetworkNamespace {
    fn create(name: &str) -> Result<Self> {
        ip(&["netns", "add", name])?;
        Ok(Self { name: name.to_owned() })
    }
}

impl Drop for NetworkNamespace {
    fn drop(&mut self) {
        if let Err(err) = ip(&["netns", "delete", &self.name]) {
            announce(&format!("could not remove a test namespace: {err:#}"));
        }
    }
}

/// Removes namespaces of earlier runs whose process is gone (a run that was killed leaves them).
fn sweep_leftovers() {
    let Ok(entries) = std::fs::read_dir("/run/netns") else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(id) = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').nth(1)) else { continue };
        if !Path::new("/proc").join(id).exists()
            && let Err(err) = ip(&["netns", "delete", &name])
        {
            announce(&format!("could not remove the leftover namespace {name}: {err:#}"));
        }
    }
}

/// Runs `ip` and turns its complaint into an error.
fn ip(arguments: &[&str]) -> Result<()> {
    let program = find_program("ip").context("the program ip is not installed (apt-get install iproute2)")?;
    let output = Command::new(program).args(arguments).output().context("run ip")?;
    if !output.status.success() {
        bail!("ip {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, UdpSocket};
    use std::time::Instant;

    use super::*;
    use crate::{Need, ready};

    /// Sends `hello` from one host to the other and waits for it.
    fn talk(one: &Host, two: &Host) -> Result<Duration> {
        let listener = one.run(|| Ok(TcpListener::bind(one.socket(0))?))?;
        let started = Instant::now();
        let mut from_two = two.connect(listener.local_addr()?)?;
        let (mut accepted, _) = listener.accept()?;
        from_two.write_all(b"hello")?;
        let mut read = [0; 5];
        accepted.read_exact(&mut read)?;
        assert_eq!(&read, b"hello");
        Ok(started.elapsed())
    }

    #[test]
    fn hosts_reach_each_other_until_the_cable_is_pulled() -> Result<()> {
        if !ready("hosts_reach_each_other_until_the_cable_is_pulled", &[Need::Namespaces]) {
            return Ok(());
        }
        for mut lab in [Lab::new("lab_selftest")?, Lab::with_wire("wire_selftest", 1)?] {
            let one = lab.host("one", Ipv4Addr::new(192, 168, 5, 1))?;
            let two = lab.host("two", Ipv4Addr::new(192, 168, 5, 2))?;
            talk(&one, &two)?;
            let listener = one.run(|| Ok(TcpListener::bind(one.socket(0))?))?;
            two.unplug()?;
            assert!(two.connect(listener.local_addr()?).is_err(), "an unplugged host must not reach anybody");
            two.plug_in()?;
            two.wait_for_port(listener.local_addr()?, Duration::from_secs(10))?;
        }
        Ok(())
    }

    #[test]
    fn a_wire_delays_loses_and_cuts_one_way() -> Result<()> {
        if !ready("a_wire_delays_loses_and_cuts_one_way", &[Need::Namespaces]) {
            return Ok(());
        }
        let mut lab = Lab::with_wire("wire_treatment", 1)?;
        let one = lab.host("one", Ipv4Addr::new(192, 168, 5, 1))?;
        let two = lab.host("two", Ipv4Addr::new(192, 168, 5, 2))?;
        let late = Duration::from_millis(150);
        lab.treat(&one, &two, Treatment::late(late))?;
        lab.treat(&two, &one, Treatment::late(late))?;
        // The handshake's way there and back, and the word's way there.
        assert!(talk(&one, &two)? >= late * 3);

        lab.treat_well();
        let quiet = one.run(|| Ok(UdpSocket::bind(one.socket(0))?))?;
        quiet.set_read_timeout(Some(Duration::from_millis(300)))?;
        let speaking = two.run(|| Ok(UdpSocket::bind(two.socket(0))?))?;
        let count = |words: u32| -> Result<u32> {
            for _ in 0..words {
                speaking.send_to(b"word", quiet.local_addr()?)?;
            }
            let mut heard = 0;
            while quiet.recv(&mut [0; 8]).is_ok() {
                heard += 1;
            }
            Ok(heard)
        };
        assert_eq!(count(200)?, 200);
        lab.treat(&two, &one, Treatment::lossy(30))?;
        let heard = count(200)?;
        assert!((100..180).contains(&heard), "{heard} of 200 with 30 % loss");
        lab.treat(&two, &one, Treatment::CUT)?;
        assert_eq!(count(20)?, 0);
        quiet.send_to(b"word", speaking.local_addr()?)?;
        assert_eq!(speaking.recv(&mut [0; 8])?, 4, "the other direction is open");
        Ok(())
    }
}
