//! Logins and logouts at a steady rate for a long time, and whether the server's memory stays where it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde::Serialize;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, sleep_until};

use super::stage::{Stage, cpu_each, spinner};
use crate::client::Session;
use crate::numbers::{Latencies, float, per_second, slope};
use crate::process::{Memory, cpu_time};
use crate::report::{Outcome, Row};
use crate::target::Target;

/// Resources that one account uses, so that a login never meets its predecessor of the same full JID.
const RESOURCES_PER_ACCOUNT: usize = 8;
/// The first part of the samples, in tenths, is the server's warm-up and left out of the slope.
const WARM_UP_TENTHS: usize = 2;

/// Knobs of the churn.
#[derive(Debug, Clone, Args)]
pub(crate) struct ChurnArgs {
    /// Logins (and as many logouts) per second, over all nodes.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) rate: u32,
    /// Seconds to go on.
    #[arg(long, value_name = "S", default_value_t = 1800)]
    pub(crate) seconds: u64,
    /// Milliseconds that a session lasts.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pub(crate) hold: u64,
    /// Sessions at the same time; when so many are open the rate is what the server can do.
    #[arg(long, value_name = "N", default_value_t = 4000)]
    pub(crate) open_max: usize,
    /// Seconds between looks at the memory.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(crate) sample: u64,
}

/// The memory of one process over time.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct MemoryCourse {
    /// Process id.
    pub(crate) process: u32,
    /// Resident bytes, one for each sample, the last ones after all sessions are gone.
    pub(crate) resident: Vec<u64>,
    /// Growth of resident memory after the warm-up, in bytes per second.
    pub(crate) bytes_per_second: f64,
}

/// Starts logins at the rate, spread over the nodes in turn, and looks at the memory meanwhile.
pub(crate) async fn churn(target: &Target, stage: &Arc<Stage>, knobs: &ChurnArgs) -> Result<Row> {
    ensure!(!target.processes.is_empty(), "{}: memory takes @PID in the target", target.name);
    ensure!(knobs.rate > 0 && knobs.sample > 0, "--rate and --sample must be above 0");
    let shown = spinner(&format!("{}: churn", target.name));
    let (over, is_over) = oneshot::channel();
    let watch = tokio::spawn(watch(target.processes.clone(), Duration::from_secs(knobs.sample), is_over));
    let cpu_before = cpu_time(&target.processes)?;
    let started = Instant::now();
    let tally = log_in_and_out(target, stage, knobs).await?;
    let took = started.elapsed();
    let cpu = cpu_time(&target.processes)?.saturating_sub(cpu_before);
    // One more look when the last sessions are gone.
    sleep(Duration::from_secs(knobs.sample)).await;
    // The watcher ends early only with an error, which comes below.
    let _ = over.send(());
    let samples = watch.await.context("watch the memory")??;
    shown.finish_and_clear();
    let logins = tally.latencies.count();
    ensure!(logins > tally.failures, "most logins failed; the first: {}", tally.first_failure);
    let course = |(index, &process): (usize, &u32)| {
        let resident: Vec<u64> = samples.iter().filter_map(|sample| sample.get(index).copied()).collect();
        let warm = resident.get(resident.len() * WARM_UP_TENTHS / 10..).unwrap_or_default();
        let bytes_per_second = slope(warm) / float(knobs.sample);
        MemoryCourse { process, resident, bytes_per_second }
    };
    let outcome = Outcome::Churn {
        logins,
        failures: tally.failures,
        wanted_per_second: knobs.rate,
        per_second: per_second(logins, took),
        latency: tally.latencies.summary(),
        cpu_us: cpu_each(&target.processes, cpu, logins),
        sample_seconds: knobs.sample,
        courses: target.processes.iter().enumerate().map(course).collect(),
    };
    Ok(Row { target: target.name.clone(), outcome })
}

/// What became of the logins.
struct Tally {
    latencies: Latencies,
    failures: u64,
    first_failure: String,
}

impl Tally {
    fn count(&mut self, ended: Result<Duration>) {
        match ended {
            Ok(latency) => self.latencies.record(latency),
            Err(err) => {
                self.failures += 1;
                if self.first_failure.is_empty() {
                    self.first_failure = format!("{err:#}");
                }
            }
        }
    }
}

async fn log_in_and_out(target: &Target, stage: &Arc<Stage>, knobs: &ChurnArgs) -> Result<Tally> {
    let mut tally = Tally { latencies: Latencies::new()?, failures: 0, first_failure: String::new() };
    let gate = Arc::new(Semaphore::new(knobs.open_max));
    let hold = Duration::from_millis(knobs.hold);
    let started = tokio::time::Instant::now();
    let until = started + Duration::from_secs(knobs.seconds);
    let pause = Duration::from_secs(1) / knobs.rate;
    let faces = stage.accounts.count.max(1) * RESOURCES_PER_ACCOUNT;
    let (mut due, mut number) = (started, 0_usize);
    let mut sessions = JoinSet::new();
    while due < until && tokio::time::Instant::now() < until {
        sleep_until(due).await;
        due += pause;
        let permit = Arc::clone(&gate).acquire_owned().await.context("wait for a turn")?;
        // A generator that fell behind does not try to catch up: that would only measure its own queue.
        due = due.max(tokio::time::Instant::now());
        let node = number.checked_rem(target.nodes.len()).and_then(|index| target.nodes.get(index));
        let node = *node.context("the target has no node")?;
        let (stage, credentials) = (Arc::clone(stage), stage.accounts.credentials(number % faces));
        number += 1;
        sessions.spawn(async move {
            let begun = Instant::now();
            let mut session = Session::login(node, &credentials, &stage.login).await?;
            session.become_available().await?;
            let latency = begun.elapsed();
            sleep(hold).await;
            session.close().await;
            drop(permit);
            anyhow::Ok(latency)
        });
        while let Some(done) = sessions.try_join_next() {
            tally.count(done.context("run a session")?);
        }
    }
    while let Some(done) = sessions.join_next().await {
        tally.count(done.context("run a session")?);
    }
    Ok(tally)
}

/// Resident bytes of each process, once every `pause`, until told to stop.
async fn watch(
    processes: Vec<u32>,
    pause: Duration,
    mut is_over: oneshot::Receiver<()>,
) -> Result<Vec<Vec<u64>>> {
    let mut samples = Vec::new();
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = &mut is_over => return Ok(samples),
        }
        let look = processes.iter().map(|&process| Memory::of(&[process]).map(|memory| memory.resident));
        samples.push(look.collect::<Result<Vec<u64>>>()?);
    }
}
