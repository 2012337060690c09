//! `cargo xtask`: the project's own commands.
//!
//! `cargo xtask test` is the one test command: it installs what the tests need and runs everything. The other
//! commands are its single steps.

#![expect(clippy::print_stderr, reason = "a command line tool talks to its user")]

mod install;
mod layers;
mod report;
mod space;
mod test_command;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::test_command::TestArgs;
use crate::workspace::Workspace;

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what the tests need and run all of them; what cannot run here is reported as skipped.
    Test(TestArgs),
    /// Check the house rules: file sizes, to-do notes, top-level entries, migrations.
    Tidy,
    /// Compare the dependencies between our crates with the table in ARCHITECTURE.md.
    Layers,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(err) => {
            eprintln!("xtask: {err:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<bool> {
    let workspace = Workspace::find()?;
    match &cli.command {
        Command::Test(arguments) => Ok(test_command::run(&workspace, arguments)),
        Command::Tidy => Ok(print_findings("tidy", &tidy::check(&workspace)?)),
        Command::Layers => Ok(print_findings("layers", &layers::check(&workspace)?)),
    }
}

/// Prints what a check found; true when that is nothing.
fn print_findings(check: &str, findings: &[String]) -> bool {
    for finding in findings {
        eprintln!("{check}: {finding}");
    }
    findings.is_empty()
}
