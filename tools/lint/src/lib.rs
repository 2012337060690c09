//! The linter's command line, used by `cobnut-lint` and by `cobnut lint` and `cobnut explain`.
//!
//! [`LintArgs`] is the clap definition, [`lint()`] runs it on the process's own streams, [`run`] on any others. Whoever has
//! texts of his own takes [`load_stream`] or builds a [`Loaded`], and asks [`check`]. The exit codes are part of the command
//! line contract: 0 clean, 1 findings at or above `--fail-on`, 2 bad usage, 3 a file that could not be read or written.

mod args;
mod baseline;
mod explain;
mod fixes;
mod inputs;
mod listing;
mod lsp;
mod output;
mod probe;
mod run;
mod settings;
mod simulate;

pub use args::{
    ColourChoice, FailOn, FixArgs, Format, LintArgs, ProbeArgs, ReadingArgs, RuleArgs, TargetArg,
};
pub use explain::{UnknownRule, explain};
pub use inputs::{Loaded, Place, TextFile, load, load_stream};
pub use listing::{ListFormat, list_rules};
pub use lsp::serve_stdio;
pub use run::{EXIT_CLEAN, EXIT_FINDINGS, EXIT_UNREADABLE, EXIT_USAGE, check, lint, run};
pub use settings::Settings;
