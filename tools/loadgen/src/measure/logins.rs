//! Logins per second: connect, TLS if asked for, SASL, bind; then leave and come again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::task::JoinSet;

use super::stage::{Stage, cpu_each, spinner};
use crate::client::Session;
use crate::numbers::{Latencies, per_second};
use crate::process::cpu_time;
use crate::report::{Outcome, Row};
use crate::target::Target;

/// Knobs of the login measurement.
#[derive(Debug, Clone, Args)]
pub(crate) struct LoginsArgs {
    /// Seconds to measure.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Logins under way at the same time.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(crate) concurrency: usize,
}

/// Measures with accounts that have logged in once before, so that the client's own key derivation is over.
pub(crate) async fn logins(target: &Target, stage: &Arc<Stage>, knobs: &LoginsArgs) -> Result<Row> {
    let accounts = stage.accounts.count;
    let warm_up: Vec<_> =
        (0..accounts).filter_map(|account| Some((*target.nodes.first()?, account))).collect();
    for session in stage.open(&warm_up, &format!("{}: first logins", target.name)).await? {
        drop(session);
    }

    let shown = spinner(&format!("{}: logins", target.name));
    let next = Arc::new(AtomicUsize::new(0));
    let cpu_before = cpu_time(&target.processes)?;
    let started = Instant::now();
    let until = started + Duration::from_secs(knobs.seconds);
    let mut workers = JoinSet::new();
    for _ in 0..knobs.concurrency {
        workers.spawn(work(target.clone(), Arc::clone(stage), Arc::clone(&next), until));
    }
    let mut latencies = Latencies::new()?;
    while let Some(done) = workers.join_next().await {
        latencies.add(&done.context("run a login worker")??)?;
    }
    let took = started.elapsed();
    let cpu = cpu_time(&target.processes)?.saturating_sub(cpu_before);
    shown.finish_and_clear();
    let logins = latencies.count();
    let outcome = Outcome::Logins {
        logins,
        per_second: per_second(logins, took),
        latency: latencies.summary(),
        cpu_us: cpu_each(&target.processes, cpu, logins),
    };
    Ok(Row { target: target.name.clone(), outcome })
}

/// Logs one account after the other in and out until the time is over.
async fn work(
    target: Target,
    stage: Arc<Stage>,
    next: Arc<AtomicUsize>,
    until: Instant,
) -> Result<Latencies> {
    let mut latencies = Latencies::new()?;
    while Instant::now() < until {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let credentials = stage.accounts.credentials(number % stage.accounts.count.max(1));
        let node = number.checked_rem(target.nodes.len()).and_then(|index| target.nodes.get(index));
        let node = *node.context("the target has no node")?;
        let started = Instant::now();
        let session = Session::login(node, &credentials, &stage.login).await?;
        latencies.record(started.elapsed());
        session.close().await;
    }
    Ok(latencies)
}
