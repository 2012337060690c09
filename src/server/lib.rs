//! Cobnut as a program: the command line, the composition of a node, and the demo.
//!
//! Invariant: no logic worth a unit test that belongs to a crate below.

// With optimisation the compiler lays out whole trees of futures at once: those of three database engines nest deeply.
#![recursion_limit = "256"]

mod api;
mod cli;
mod commands;
mod demo;
mod discovery;
mod node;
mod node_files;
mod plan;
mod reload;
mod secret_watch;
mod told;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use cobnut_net::telemetry;

use cli::{Cli, ClusterCommands, Command, LogFormat, RunArgs};

/// Status of a run that failed for a reason other than its arguments.
const FAILED: u8 = 1;
/// Time for blocking work, such as name resolution, to end with the node.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);
/// Status of a command line that makes no sense.
const USAGE: u8 = 2;

/// Runs the program with the arguments of this process.
///
/// Status: 0 done or stopped on request, 1 failed, 2 bad usage; `lint` has its own, see its help.
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(err) => {
            print_error(&err);
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(args) => run_node(args),
        Command::Demo(args) => runtime()?.block_on(demo::run(args)),
        Command::Lint(args) => Ok(ExitCode::from(cobnut_lint_cli::lint(&args))),
        Command::Explain { rule } => Ok(explain(&rule)),
        Command::Check(args) => {
            telemetry::init(telemetry::LogFormat::Text, "error");
            runtime()?.block_on(commands::check::run(*args))
        }
        Command::Import(args) => {
            telemetry::init(telemetry::LogFormat::Text, "warn,sqlx=error");
            runtime()?.block_on(commands::import::run(args))
        }
        Command::User(command) => {
            runtime()?.block_on(commands::user::run(command))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Cluster(ClusterCommands::Node(command)) => commands::cluster::run(command),
        Command::Cluster(ClusterCommands::RotateSecret(args)) => {
            telemetry::init(telemetry::LogFormat::Text, "warn,sqlx=error");
            runtime()?.block_on(commands::rotate_secret::run(args))
        }
        Command::Config(command) => {
            telemetry::init(telemetry::LogFormat::Text, "error");
            runtime()?.block_on(commands::config::run(command))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn run_node(args: RunArgs) -> Result<ExitCode> {
    let format = match args.log_format {
        LogFormat::Text => telemetry::LogFormat::Text,
        LogFormat::Json => telemetry::LogFormat::Json,
    };
    // Clients that hang up or refuse a certificate are no warning of ours.
    telemetry::init(format, "info,sqlx=warn,rustls=error");
    let mut plan = plan::Plan::make(args)?;
    plan.check_findings()?;
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let node = node::RunningNode::start(plan).await?;
        node.serve().await
    });
    // A name that is still being resolved must not hold up the end.
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    served.map(|()| ExitCode::SUCCESS)
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the page is what was asked for; the error is for the operator"
)]
fn explain(rule: &str) -> ExitCode {
    match cobnut_lint_cli::explain(rule) {
        Ok(page) => {
            print!("{page}");
            ExitCode::SUCCESS
        }
        Err(err) => {
            eprintln!("cobnut: {err}");
            ExitCode::from(USAGE)
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the async runtime")
}

#[expect(clippy::print_stderr, reason = "the one place where a failed run is told to the operator")]
fn print_error(err: &anyhow::Error) {
    eprintln!("cobnut: {}", told::causes(err));
    if let Some(advice) = told::advice(err) {
        eprintln!("  help: {advice}");
    }
}
