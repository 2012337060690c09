//! Throughput: pairs of clients, one writing as fast as its window allows, one reading.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::stage::{Stage, cpu_each, spinner};
use crate::client::{SessionReader, SessionWriter, attribute, name};
use crate::numbers::per_second;
use crate::process::cpu_time;
use crate::report::{Outcome, Row};
use crate::target::{Placement, Target};

/// Time to reach full speed before measuring.
const WARM_UP: Duration = Duration::from_secs(1);

/// Knobs of the throughput measurement.
#[derive(Debug, Clone, Args)]
pub(crate) struct FloodArgs {
    /// Seconds to measure.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Pairs of a writer and a reader.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) pairs: usize,
    /// Messages of one pair that may be on their way at the same time.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(crate) window: usize,
    /// Bytes of text in each message.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) size: usize,
}

/// What the tasks of a flood share.
#[derive(Debug, Default)]
struct Flow {
    delivered: AtomicU64,
    over: AtomicBool,
}

/// Counts what readers got, and the server's CPU time meanwhile.
pub(crate) async fn flood(
    target: &Target,
    placement: Placement,
    stage: &Arc<Stage>,
    knobs: &FloodArgs,
) -> Result<Row> {
    stage.require_accounts(knobs.pairs * 2)?;
    let mut wanted = Vec::new();
    for pair in 0..knobs.pairs {
        let (from, to) = placement.nodes(target, pair).context("the target has no node")?;
        wanted.extend([(from, pair * 2), (to, pair * 2 + 1)]);
    }
    let title = format!("{}: flood, {}", target.name, placement.label());
    let mut sessions = stage.open(&wanted, &title).await?.into_iter();
    let shown = spinner(&title);
    let flow = Arc::new(Flow::default());
    let mut tasks = JoinSet::new();
    let mut other_halves = Vec::new();
    while let (Some(from), Some(to)) = (sessions.next(), sessions.next()) {
        let message =
            format!("<message to='{}' type='chat'><body>{}</body></message>", to.jid, "x".repeat(knobs.size));
        let window = Arc::new(Semaphore::new(knobs.window));
        tasks.spawn(write(from.writer, message, Arc::clone(&window), Arc::clone(&flow)));
        tasks.spawn(read(to.reader, window, Arc::clone(&flow)));
        other_halves.push((from.reader, to.writer));
    }

    let (delivered, took, cpu) = tokio::select! {
        measured = measure(target, &flow, Duration::from_secs(knobs.seconds)) => measured?,
        Some(ended) = tasks.join_next() => {
            ended.context("run a flood task")??;
            anyhow::bail!("a flood task ended before the time was over");
        }
    };
    flow.over.store(true, Ordering::Relaxed);
    tasks.shutdown().await;
    shown.finish_and_clear();
    let outcome = Outcome::Flood {
        placement,
        messages: delivered,
        per_second: per_second(delivered, took),
        payload_bytes: knobs.size,
        cpu_us: cpu_each(&target.processes, cpu, delivered),
    };
    Ok(Row { target: target.name.clone(), outcome })
}

async fn measure(target: &Target, flow: &Flow, time: Duration) -> Result<(u64, Duration, Duration)> {
    tokio::time::sleep(WARM_UP).await;
    let cpu_before = cpu_time(&target.processes)?;
    let delivered_before = flow.delivered.load(Ordering::Relaxed);
    let started = Instant::now();
    tokio::time::sleep(time).await;
    let delivered = flow.delivered.load(Ordering::Relaxed) - delivered_before;
    let took = started.elapsed();
    Ok((delivered, took, cpu_time(&target.processes)?.saturating_sub(cpu_before)))
}

/// Each message is written by itself, as chat clients do; the window makes this end with the readers.
async fn write(
    mut writer: SessionWriter,
    message: String,
    window: Arc<Semaphore>,
    flow: Arc<Flow>,
) -> Result<()> {
    while !flow.over.load(Ordering::Relaxed) {
        window.acquire().await.context("wait for the window")?.forget();
        writer.send(message.as_bytes()).await?;
    }
    Ok(())
}

async fn read(mut reader: SessionReader, window: Arc<Semaphore>, flow: Arc<Flow>) -> Result<()> {
    loop {
        let element = reader.next().await?;
        if name(element) != b"message" {
            continue;
        }
        anyhow::ensure!(
            attribute(element, "type") == Some(b"chat"),
            "the server refused a message: {}",
            String::from_utf8_lossy(element)
        );
        flow.delivered.fetch_add(1, Ordering::Relaxed);
        window.add_permits(1);
    }
}
