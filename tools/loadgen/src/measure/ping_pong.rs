//! Latency: two clients write to each other in turn, and each message is timed on its way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::task::JoinSet;

use super::stage::{Stage, cpu_each, spinner};
use crate::client::{Session, SessionReader, name};
use crate::numbers::Latencies;
use crate::process::cpu_time;
use crate::report::{Outcome, Row};
use crate::target::{Placement, Target};

/// Exchanges before counting begins.
const WARM_UP_EXCHANGES: usize = 100;
/// A message that takes longer than this is lost.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(20);

/// Knobs of the latency measurement.
#[derive(Debug, Clone, Args)]
pub(crate) struct PingPongArgs {
    /// Seconds to measure.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Pairs of clients that write at the same time.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) pairs: usize,
    /// Bytes of text in each message.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) size: usize,
    /// Do not measure bare TCP through processes that only copy, as a yardstick.
    #[arg(long)]
    pub(crate) no_relay: bool,
}

/// Both ends of a pair run in this process, so one clock times a message from write to read.
pub(crate) async fn ping_pong(
    target: &Target,
    placement: Placement,
    stage: &Arc<Stage>,
    knobs: &PingPongArgs,
) -> Result<Row> {
    stage.require_accounts(knobs.pairs * 2)?;
    let mut wanted = Vec::new();
    for pair in 0..knobs.pairs {
        let (one, other) = placement.nodes(target, pair).context("the target has no node")?;
        wanted.extend([(one, pair * 2), (other, pair * 2 + 1)]);
    }
    let title = format!("{}: ping-pong, {}", target.name, placement.label());
    let mut sessions = stage.open(&wanted, &title).await?.into_iter();
    let shown = spinner(&title);
    let body = "x".repeat(knobs.size);
    let cpu_before = cpu_time(&target.processes)?;
    let until = Instant::now() + Duration::from_secs(knobs.seconds);
    let mut pairs = JoinSet::new();
    while let (Some(one), Some(other)) = (sessions.next(), sessions.next()) {
        pairs.spawn(exchange(one, other, body.clone(), until));
    }
    let (mut latencies, mut all) = (Latencies::new()?, 0);
    while let Some(done) = pairs.join_next().await {
        let (measured, sent) = done.context("run a pair")??;
        latencies.add(&measured)?;
        all += sent;
    }
    let cpu = cpu_time(&target.processes)?.saturating_sub(cpu_before);
    shown.finish_and_clear();
    let outcome = Outcome::PingPong {
        placement,
        messages: latencies.count(),
        latency: latencies.summary(),
        cpu_us: cpu_each(&target.processes, cpu, all),
    };
    Ok(Row { target: target.name.clone(), outcome })
}

/// Writes to and fro until the time is over; returns the latencies and the number of all messages.
async fn exchange(one: Session, other: Session, body: String, until: Instant) -> Result<(Latencies, u64)> {
    let message =
        |to: &Session| format!("<message to='{}' type='chat'><body>{body}</body></message>", to.jid);
    let (to_one, to_other) = (message(&one), message(&other));
    let (mut one, mut other) = (one, other);
    let mut latencies = Latencies::new()?;
    let mut exchanges = 0;
    while Instant::now() < until {
        let there = Instant::now();
        one.writer.send(to_other.as_bytes()).await?;
        next_message(&mut other.reader).await?;
        let back = Instant::now();
        other.writer.send(to_one.as_bytes()).await?;
        next_message(&mut one.reader).await?;
        exchanges += 1;
        if exchanges > WARM_UP_EXCHANGES {
            latencies.record(back - there);
            latencies.record(back.elapsed());
        }
    }
    one.close().await;
    other.close().await;
    Ok((latencies, u64::try_from(exchanges * 2).unwrap_or(u64::MAX)))
}

async fn next_message(reader: &mut SessionReader) -> Result<()> {
    let arrived = tokio::time::timeout(MESSAGE_TIMEOUT, async {
        while name(reader.next().await?) != b"message" {}
        anyhow::Ok(())
    });
    arrived.await.with_context(|| format!("no message within {MESSAGE_TIMEOUT:?}"))?
}
