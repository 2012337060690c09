//! `cobnut demo` walks the article on one machine and ends with a status for scripts.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use compat_tests::{Lab, Need, Process, cobnut_binary, ready, record_timing};

/// Far above what the walk takes, also in a debug build on a busy machine.
const WALK_LIMIT: Duration = Duration::from_mins(2);

#[test]
fn the_demo_ends_with_success() -> Result<()> {
    let test = "the_demo_ends_with_success";
    if !ready(test, &[Need::Namespaces]) {
        return Ok(());
    }
    let mut lab = Lab::new(test)?;
    // A host of its own, so that ports in use on this machine do not matter.
    let host = lab.host("demo", Ipv4Addr::new(192, 168, 5, 1))?;
    let mut command = host.command(cobnut_binary()?);
    command.args(["demo", "--exit"]).current_dir(lab.artifacts().folder());
    let started = Instant::now();
    let mut demo = Process::spawn("demo", lab.artifacts(), command)?;
    let status = demo.wait_exit(WALK_LIMIT).map_err(|err| err.context(demo.log_tail()))?;
    record_timing("demo: the whole walk", started.elapsed());
    ensure!(status.success(), "the demo ended with {status}; {}", demo.log_tail());
    let log = demo.log();
    for part in ["127.0.5:1:5701", "10023", "10024"] {
        ensure!(log.contains(part), "the demo does not mention {part}:\n{log}");
    }
    Ok(())
}
