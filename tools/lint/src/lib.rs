//! The linter's command line, used by `cobnut-lint` and by `cobnut lint` and `cobnut explain`.
//!
//! [`LintArgs`] is the clap definition, [`lint()`] runs it on the process's own streams, [`run`] on any others. The exit
//! codes are part of the command line contract: 0 clean, 1 findings at or above `--fail-on`, 2 bad usage, 3 a file that could
//! not be read.

mod args;
mod explain;
mod fixes;
mod inputs;
mod run;

pub use args::{ColourChoice, FailOn, Format, LintArgs};
pub use explain::{UnknownRule, explain};
pub use run::{EXIT_CLEAN, EXIT_FINDINGS, EXIT_UNREADABLE, EXIT_USAGE, lint, run};
