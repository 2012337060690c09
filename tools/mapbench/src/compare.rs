//! The measurements.

use std::time::Instant;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;

use crate::cluster::{Launcher, Member, free_ports};
use crate::commands::Command;
use crate::report::{Figures, print};
use crate::{CompareArgs, System};

/// Entries that warm a virtual machine up, beyond those that are measured.
const WARM_UP: u64 = 20_000;

/// Measures every system at every size, one after the other.
pub(crate) fn run(arguments: &CompareArgs) -> Result<()> {
    let scratch = tempfile::tempdir().context("make a folder")?;
    let mut all = Vec::new();
    for &size in &arguments.members {
        for &system in &arguments.systems {
            eprintln!("{system:?}, {size} members…");
            let launcher = Launcher::new(system, arguments, scratch.path())?;
            let figures = measure(&launcher, system, size, arguments)
                .with_context(|| format!("{system:?} with {size} members"))?;
            all.push(figures);
        }
    }
    print(&all, arguments.json)
}

fn measure(launcher: &Launcher, system: System, size: usize, arguments: &CompareArgs) -> Result<Figures> {
    let ports = free_ports(size + 1)?;
    let (newcomer_port, member_ports) = ports.split_last().context("ports")?;
    let mut members: Vec<Member> =
        member_ports.iter().map(|&port| launcher.start(port, &ports)).collect::<Result<_>>()?;
    everybody(&mut members, Command::Members(size as u64))?;

    // Warm up behind the numbers that are measured.
    let warm = arguments.entries;
    first(&mut members)?.ask(Command::Fill { from: warm, count: WARM_UP }, "at")?;
    first(&mut members)?.ask(Command::Stamp { from: warm, count: WARM_UP, stamp: 1 }, "at")?;
    everybody(&mut members, Command::All { from: warm, count: WARM_UP, stamp: 1 })?;
    let empty = memory(&mut members)?;

    let fill = Command::Fill { from: 0, count: arguments.entries };
    let (fill_seconds, fill_cpu_us) = timed(&mut members, fill, Command::Size(arguments.entries + WARM_UP))?;
    let full = memory(&mut members)?;

    let updates = arguments.updates.min(arguments.entries);
    let stamp = Command::Stamp { from: 0, count: updates, stamp: 2 };
    let (update_seconds, update_cpu_us) =
        timed(&mut members, stamp, Command::All { from: 0, count: updates, stamp: 2 })?;

    let latencies = latencies(&mut members, arguments.samples)?;

    let before = sent(&mut members, system)?;
    let started = Instant::now();
    let mut newcomer = launcher.start(*newcomer_port, &ports)?;
    newcomer.ask(Command::Members(size as u64 + 1), "at")?;
    newcomer.ask(Command::Size(arguments.entries + WARM_UP), "at")?;
    let join_seconds = started.elapsed().as_secs_f64();
    let join_bytes =
        sent(&mut members, system)?.zip(before).map(|(after, before)| after.saturating_sub(before));

    let killed = Instant::now();
    newcomer.kill()?;
    everybody(&mut members, Command::Members(size as u64))?;
    let death_ms = killed.elapsed().as_secs_f64() * 1e3;

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let per = |amount: u64, count: u64| amount as f64 / count.max(1) as f64;
    Ok(Figures {
        system,
        members: size,
        entries: arguments.entries,
        fill_per_second: per(arguments.entries, 1) / fill_seconds,
        fill_cpu_us: per(fill_cpu_us, arguments.entries),
        updates_per_second: per(updates, 1) / update_seconds,
        update_cpu_us: per(update_cpu_us, updates),
        latency_p50_us: per(latencies.value_at_quantile(0.5), 1000),
        latency_p99_us: per(latencies.value_at_quantile(0.99), 1000),
        bytes_per_entry: per(full.saturating_sub(empty), arguments.entries * size as u64),
        join_seconds,
        join_bytes: join_bytes.map(|bytes| per(bytes, arguments.entries + WARM_UP)),
        death_ms,
    })
}

/// The first member does something, and all wait until they see it: seconds, and CPU time of all in µs.
fn timed(members: &mut [Member], work: Command, seen: Command) -> Result<(f64, u64)> {
    let before = usage(members)?;
    let started = Instant::now();
    first(members)?.tell(work)?;
    for member in members.iter_mut() {
        member.tell(seen)?;
    }
    first(members)?.answer()?;
    for member in members.iter_mut() {
        member.answer()?;
    }
    Ok((started.elapsed().as_secs_f64(), usage(members)?.saturating_sub(before)))
}

/// From the beginning of a put on the first member until the last one reads it, in ns.
fn latencies(members: &mut [Member], samples: u64) -> Result<Histogram<u64>> {
    let mut histogram = Histogram::new(3).context("make a histogram")?;
    let (writer, readers) = members.split_first_mut().context("members")?;
    for sample in 0..samples {
        let (key, stamp) = (sample % 1000, 1000 + sample);
        for reader in readers.iter_mut() {
            reader.tell(Command::Await { key, stamp })?;
        }
        // The readers wait by then.
        std::thread::sleep(std::time::Duration::from_millis(1));
        let put_at = writer.ask(Command::Put { key, stamp }, "at")?;
        let mut seen_at = 0;
        for reader in readers.iter_mut() {
            seen_at = seen_at.max(reader.number("at")?);
        }
        histogram.record(seen_at.saturating_sub(put_at)).context("record")?;
    }
    Ok(histogram)
}

fn first(members: &mut [Member]) -> Result<&mut Member> {
    members.first_mut().context("members")
}

/// Everybody does the same at the same time.
fn everybody(members: &mut [Member], command: Command) -> Result<()> {
    for member in members.iter_mut() {
        member.tell(command)?;
    }
    members.iter_mut().try_for_each(|member| member.answer().map(|_| ()))
}

fn usage(members: &mut [Member]) -> Result<u64> {
    members.iter_mut().map(|member| member.ask(Command::Usage, "cpu_us")).sum()
}

/// Bytes that all members have sent; Hazelcast does not say.
fn sent(members: &mut [Member], system: System) -> Result<Option<u64>> {
    if matches!(system, System::Replicated | System::Imap) {
        return Ok(None);
    }
    for member in members.iter_mut() {
        member.tell(Command::Sent)?;
    }
    members.iter_mut().map(|member| member.number("bytes")).sum::<Result<u64>>().map(Some)
}

fn memory(members: &mut [Member]) -> Result<u64> {
    members.iter_mut().map(|member| member.ask(Command::Memory, "bytes")).sum()
}
