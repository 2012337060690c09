//! The arguments.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use cobnut_diagnostics::Severity;

/// Arguments of `cobnut-lint` and `cobnut lint`.
#[derive(Debug, Clone, Args)]
pub struct LintArgs {
    /// Files or node folders; all of them together are checked as one cluster
    #[arg(value_name = "PATH", required_unless_present = "stdin")]
    pub paths: Vec<PathBuf>,
    /// How findings are printed; columns count characters from 1, a tab is one
    #[arg(long, value_enum, default_value_t = Format::Full)]
    pub format: Format,
    /// Apply the safe fixes to the files and print what is left
    #[arg(long)]
    pub fix: bool,
    /// Print what --fix would change as a unified diff, and change nothing
    #[arg(long, conflicts_with = "fix")]
    pub diff: bool,
    /// The least severe finding that makes the exit status 1
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
    /// Read one file from the standard input; with --fix the fixed text goes to the standard output
    #[arg(long, conflicts_with = "paths")]
    pub stdin: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = ColourChoice::Auto)]
    pub color: ColourChoice,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A frame with source lines, notes and fix
    Full,
    /// One line for each finding
    Concise,
    /// An array of objects
    Json,
}

/// Thresholds of the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Errors and warnings
    Warning,
    /// Every finding
    Info,
}

impl FailOn {
    /// The least severity that counts.
    pub fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColourChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
