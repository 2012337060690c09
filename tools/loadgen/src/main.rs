//! `loadgen`: measures XMPP servers with a client light enough not to be what is measured.

mod accounts;
mod cli;
mod client;
mod measure;
mod numbers;
mod peers;
mod process;
mod report;
mod target;

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use clap::Parser as _;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::{Builder, Runtime};

use crate::cli::{Cli, Command};
use crate::measure::{
    ChurnArgs, FloodArgs, IdleArgs, LoginsArgs, PingPongArgs, RoomsArgs, Stage, StormArgs, churn, flood,
    idle, logins, ping_pong, relay, rooms, run_relay, storm,
};
use crate::report::{Report, Row};
use crate::target::{Placement, Target};

fn main() -> Result<()> {
    let cli = Cli::parse();
    if let Command::Accounts(knobs) = &cli.command {
        return accounts::write_accounts(&cli.accounts, &cli.common.domain, knobs);
    }
    if let Command::Relay { to } = cli.command {
        return runtime(1)?.block_on(run_relay(to));
    }
    if let Command::Peers(knobs) = &cli.command {
        raise_open_files()?;
        return runtime(1)?.block_on(peers::run_peers(&cli.accounts, &cli.common.domain, knobs));
    }
    ensure!(!cli.common.targets.is_empty(), "name at least one server with --target");
    raise_open_files()?;
    let mut rows = Vec::new();
    let measured = runtime(cli.common.threads)?.block_on(measure_all(&cli, &mut rows));
    // What was measured before something failed is worth as much as before.
    Report::new(rows).print(cli.common.format)?;
    measured
}

fn runtime(threads: usize) -> Result<Runtime> {
    let mut builder = if threads > 1 { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().context("start the runtime")
}

/// Every session is an open file: takes as many as the system allows.
fn raise_open_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .context("raise the limit of open files")
}

/// Measurement by measurement, each on all targets, so that rows to compare stand together and were taken in
/// neighbouring minutes.
async fn measure_all(cli: &Cli, rows: &mut Vec<Row>) -> Result<()> {
    for measurement in Measurement::of(&cli.command) {
        for target in &cli.common.targets {
            // Salted passwords belong to one server; a new stage forgets those of the last.
            let stage = Arc::new(Stage { login: cli.common.login(), accounts: cli.accounts.clone() });
            let found = measurement.run(target, &stage).await;
            rows.extend(found.with_context(|| format!("measure {}", target.name))?);
        }
        rows.extend(measurement.yardstick(&cli.common.targets).await.context("measure the yardstick")?);
    }
    Ok(())
}

/// One kind of measurement with its knobs.
#[derive(Debug)]
enum Measurement {
    Logins(LoginsArgs),
    Idle(IdleArgs),
    PingPong(PingPongArgs),
    Flood(FloodArgs),
    Churn(ChurnArgs),
    Rooms(RoomsArgs),
    Storm(StormArgs),
}

impl Measurement {
    /// What a command asks for. Memory comes first: nothing has been allocated for another purpose yet.
    fn of(command: &Command) -> Vec<Self> {
        match command {
            Command::Logins(knobs) => vec![Self::Logins(knobs.clone())],
            Command::Idle(knobs) => vec![Self::Idle(knobs.clone())],
            Command::PingPong(knobs) => vec![Self::PingPong(knobs.clone())],
            Command::Flood(knobs) => vec![Self::Flood(knobs.clone())],
            Command::Churn(knobs) => vec![Self::Churn(knobs.clone())],
            Command::Rooms(knobs) => vec![Self::Rooms(knobs.clone())],
            Command::Storm(knobs) => vec![Self::Storm(knobs.clone())],
            Command::Compare(knobs) => vec![
                Self::Idle(knobs.idle()),
                Self::Logins(knobs.logins()),
                Self::PingPong(knobs.ping_pong()),
                Self::Flood(knobs.flood()),
            ],
            Command::Accounts(_) | Command::Peers(_) | Command::Relay { .. } => Vec::new(),
        }
    }

    async fn run(&self, target: &Target, stage: &Arc<Stage>) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        match self {
            Self::Logins(knobs) => rows.push(logins(target, stage, knobs).await?),
            Self::Churn(knobs) => rows.push(churn(target, stage, knobs).await?),
            Self::Rooms(knobs) => rows.push(rooms(target, stage, knobs).await?),
            Self::Storm(knobs) => rows.push(storm(target, stage, knobs).await?),
            Self::Idle(knobs) => rows.push(idle(target, stage, knobs).await?),
            Self::PingPong(knobs) => {
                for &placement in Placement::possible(target) {
                    rows.push(ping_pong(target, placement, stage, knobs).await?);
                }
            }
            Self::Flood(knobs) => {
                for &placement in Placement::possible(target) {
                    rows.push(flood(target, placement, stage, knobs).await?);
                }
            }
        }
        Ok(rows)
    }

    /// Rows that belong to no server: what the machine can do.
    async fn yardstick(&self, targets: &[Target]) -> Result<Vec<Row>> {
        let Self::PingPong(knobs) = self else { return Ok(Vec::new()) };
        let placements = targets.iter().map(Placement::possible).max_by_key(|possible| possible.len());
        let mut rows = Vec::new();
        for &placement in placements.filter(|_| !knobs.no_relay).unwrap_or_default() {
            rows.push(relay(placement, knobs).await?);
        }
        Ok(rows)
    }
}
