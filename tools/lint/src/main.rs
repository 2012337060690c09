//! `cobnut-lint`: checks Hazelcast and Openfire configuration files before they are deployed.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use cobnut_lint_cli::{EXIT_USAGE, LintArgs, ListFormat, explain, lint, list_rules, serve_stdio};

/// Checks Hazelcast and Openfire configuration files, alone and together as one cluster.
///
/// Exit status: 0 clean, 1 findings at or above --fail-on, 2 bad usage, 3 a file could not be read or written.
#[derive(Debug, Parser)]
#[command(
    name = "cobnut-lint",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    args: LintArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all rules
    Rules(RulesArgs),
    /// Print the page of one rule
    Explain {
        /// Name of the rule
        rule: String,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Serve an editor: findings while typing, quick fixes and hovers (Language Server Protocol on the standard streams)
    Lsp,
}

#[derive(Debug, Args)]
struct RulesArgs {
    /// How the rules are listed
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let Some(command) = cli.command else {
        return ExitCode::from(lint(&cli.args));
    };
    let text = match command {
        Command::Rules(args) => list_rules(args.format).into_bytes(),
        Command::Explain { rule } => match explain(&rule) {
            Ok(page) => page.as_bytes().to_vec(),
            Err(error) => {
                let _reader_may_be_gone = writeln!(io::stderr(), "error: {error}");
                return ExitCode::from(EXIT_USAGE);
            }
        },
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "cobnut-lint", &mut script);
            script
        }
        Command::Lsp => {
            return match serve_stdio() {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    let _reader_may_be_gone = writeln!(io::stderr(), "error: {error:#}");
                    ExitCode::FAILURE
                }
            };
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).expect("memory takes everything");
            page
        }
    };
    let _reader_may_be_gone = io::stdout().write_all(&text);
    ExitCode::SUCCESS
}
