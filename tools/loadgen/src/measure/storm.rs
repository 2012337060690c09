//! A presence storm: everybody logs in, one account after the other, and everybody's contacts are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::stage::{Stage, cpu_each, progress_bar};
use crate::client::{Session, SessionReader, SessionWriter, attribute, name};
use crate::numbers::per_second;
use crate::process::{Memory, cpu_time};
use crate::report::{Outcome, Row};
use crate::target::Target;

/// Between looks at what has arrived.
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// Knobs of the storm.
#[derive(Debug, Clone, Args)]
pub(crate) struct StormArgs {
    /// Accounts that log in; all of --users when it is not given.
    #[arg(long, value_name = "N")]
    pub(crate) sessions: Option<usize>,
    /// Logins under way at the same time.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) concurrency: usize,
    /// Seconds without any presence after which the rest is given up.
    #[arg(long, value_name = "S", default_value_t = 20)]
    pub(crate) patience: u64,
}

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct StormFigures {
    pub(crate) sessions: usize,
    /// Contacts of each account.
    pub(crate) contacts: usize,
    /// Presence of contacts that arrived. More than expected when two logins cross: servers then may tell twice.
    pub(crate) presences: u64,
    /// Presence of contacts that has to arrive: of each pair, each gets the other's once.
    pub(crate) expected: u64,
    /// From the first connection until the last presence.
    pub(crate) seconds: f64,
    pub(crate) logins_per_second: f64,
    /// The server's CPU time for one login with everything that follows from it, in milliseconds.
    pub(crate) login_cpu_ms: Option<f64>,
    /// Resident memory before and after; none if no process is known.
    pub(crate) memory: Option<(Memory, Memory)>,
}

/// Logs everybody in and waits until everybody knows of everybody.
pub(crate) async fn storm(target: &Target, stage: &Arc<Stage>, knobs: &StormArgs) -> Result<Row> {
    let (count, contacts) = (stage.accounts.count, stage.accounts.contacts_each());
    let sessions = knobs.sessions.unwrap_or(count);
    stage.require_accounts(sessions)?;
    let expected = expected(stage, sessions);
    let before = memory(target)?;
    let (cpu_before, began) = (cpu_time(&target.processes)?, Instant::now());

    let arrived = Arc::new(AtomicU64::new(0));
    let (mut readers, writers) = log_in(target, stage, sessions, knobs, &arrived).await?;
    let patience = Duration::from_secs(knobs.patience);
    let (mut last, mut seen) = (Instant::now(), 0);
    while seen < expected && last.elapsed() < patience {
        sleep(LOOK_PAUSE).await;
        if let Some(ended) = readers.try_join_next() {
            ended.context("run a session")??;
            bail!("a session ended before the storm was over");
        }
        let now = arrived.load(Ordering::Relaxed);
        if now > seen {
            (last, seen) = (Instant::now(), now);
        }
    }
    let took = last.duration_since(began);
    let cpu = cpu_time(&target.processes)?.saturating_sub(cpu_before);
    let memory = before.zip(memory(target)?);
    readers.shutdown().await;
    drop(writers);
    let logins = u64::try_from(sessions).unwrap_or(u64::MAX);
    let figures = StormFigures {
        sessions,
        contacts,
        presences: seen,
        expected,
        seconds: took.as_secs_f64(),
        logins_per_second: per_second(logins, took),
        login_cpu_ms: cpu_each(&target.processes, cpu, logins).map(|micros| micros / 1000.0),
        memory,
    };
    Ok(Row { target: target.name.clone(), outcome: Outcome::Storm(figures) })
}

fn memory(target: &Target) -> Result<Option<Memory>> {
    (!target.processes.is_empty()).then(|| Memory::of(&target.processes)).transpose()
}

/// Presence that contacts among the first `sessions` accounts send each other.
fn expected(stage: &Stage, sessions: usize) -> u64 {
    let last = stage.accounts.user(sessions.saturating_sub(1));
    let pairs = stage.accounts.contact_pairs();
    let both_there = pairs.filter(|(user, contact)| *user <= last && *contact <= last);
    u64::try_from(both_there.count()).unwrap_or(u64::MAX)
}

async fn log_in(
    target: &Target,
    stage: &Arc<Stage>,
    sessions: usize,
    knobs: &StormArgs,
    arrived: &Arc<AtomicU64>,
) -> Result<(JoinSet<Result<()>>, Vec<SessionWriter>)> {
    ensure!(knobs.concurrency > 0, "--concurrency must be above 0");
    let title = format!("{}: storm of {sessions}", target.name);
    let progress = progress_bar(u64::try_from(sessions).unwrap_or(u64::MAX), &title);
    let gate = Arc::new(Semaphore::new(knobs.concurrency));
    let (mut logins, mut readers, mut writers) = (JoinSet::new(), JoinSet::new(), Vec::new());
    for (account, &node) in (0..sessions).zip(target.nodes.iter().cycle()) {
        let permit = Arc::clone(&gate).acquire_owned().await.context("wait for a turn")?;
        let stage = Arc::clone(stage);
        logins.spawn(async move {
            let credentials = stage.accounts.credentials(account);
            let mut session = Session::login(node, &credentials, &stage.login).await?;
            session.greet().await?;
            drop(permit);
            anyhow::Ok((format!("{}@", credentials.user), session))
        });
        while let Some(done) = logins.try_join_next() {
            let (own, session) = done.context("log in")??;
            readers.spawn(read(session.reader, own, Arc::clone(arrived)));
            writers.push(session.writer);
            progress.inc(1);
        }
    }
    while let Some(done) = logins.join_next().await {
        let (own, session) = done.context("log in")??;
        readers.spawn(read(session.reader, own, Arc::clone(arrived)));
        writers.push(session.writer);
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok((readers, writers))
}

/// Counts the available presence of others; `own` is what one's own addresses begin with.
async fn read(mut reader: SessionReader, own: String, arrived: Arc<AtomicU64>) -> Result<()> {
    loop {
        let element = reader.next().await?;
        if name(element) == b"presence"
            && attribute(element, "type").is_none()
            && attribute(element, "from").is_some_and(|from| !from.starts_with(own.as_bytes()))
        {
            arrived.fetch_add(1, Ordering::Relaxed);
        }
    }
}
