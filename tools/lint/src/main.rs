//! `cobnut-lint`: checks Hazelcast configuration files before they are deployed.

use std::process::ExitCode;

use clap::Parser;
use cobnut_lint_cli::{LintArgs, lint};

/// Checks Hazelcast configuration files, alone and together as one cluster.
///
/// Exit status: 0 clean, 1 findings at or above --fail-on, 2 bad usage, 3 a file could not be read.
#[derive(Debug, Parser)]
#[command(name = "cobnut-lint", version)]
struct Cli {
    #[command(flatten)]
    args: LintArgs,
}

fn main() -> ExitCode {
    ExitCode::from(lint(&Cli::parse().args))
}
