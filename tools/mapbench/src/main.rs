//! How the session map does beside Hazelcast's `ReplicatedMap` and `IMap`: the same entries and the same questions, one
//! after the other in one run on one machine.
//!
//! Members are processes, ours and Java's, that obey the same commands on standard input (`member.rs` and
//! `hazelcast/MapMember.java`). Times are of a shared machine: read them as ratios. CPU time is what it is.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: its results are its output"
)]

mod cluster;
mod commands;
mod compare;
mod member;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Measures the session map beside Hazelcast's maps.
#[derive(Debug, Parser)]
#[command(name = "mapbench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure, and print a table.
    Compare(CompareArgs),
    /// One member that obeys commands; started by `compare`.
    #[command(hide = true)]
    Member(MemberArgs),
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum System {
    /// The session map, as the product runs it: links are TLS.
    Cobnut,
    /// The session map with links in the clear: what the encryption costs.
    Clear,
    /// The session map as the second wire version has it, without compression: what that costs and saves.
    Uncompressed,
    /// Hazelcast's `ReplicatedMap`: every member holds every entry, as ours.
    Replicated,
    /// Hazelcast's `IMap` with one backup: what Openfire's plugin uses.
    Imap,
}

#[derive(Debug, Clone, clap::Args)]
struct CompareArgs {
    /// Systems, in the order in which they are measured.
    #[arg(long, value_delimiter = ',', default_value = "cobnut,replicated,imap")]
    systems: Vec<System>,
    /// Sizes of the clusters.
    #[arg(long, value_delimiter = ',', default_value = "2,3")]
    members: Vec<usize>,
    /// Entries.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    entries: u64,
    /// Entries that are changed to measure the rate of updates.
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    updates: u64,
    /// Single updates whose way is timed.
    #[arg(long, value_name = "N", default_value_t = 300)]
    samples: u64,
    /// Bytes of an entry's value besides key and bookkeeping.
    #[arg(long, value_name = "N", default_value_t = 300)]
    value_bytes: usize,
    /// Most memory that a Java virtual machine may take.
    #[arg(long, value_name = "SIZE", default_value = "4g")]
    heap: String,
    /// Folder with `lib/` of a Hazelcast release; `compat-tests/hazelcast/prepare.sh` makes it.
    #[arg(long, value_name = "DIR", default_value = "target/compat-hazelcast/5.5.0")]
    hazelcast: PathBuf,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, clap::Args)]
struct MemberArgs {
    /// Own port on 127.0.0.1.
    #[arg(long)]
    port: u16,
    /// Ports of all members.
    #[arg(long, value_delimiter = ',')]
    ports: Vec<u16>,
    /// As in `compare`.
    #[arg(long)]
    value_bytes: usize,
    /// Links without TLS.
    #[arg(long)]
    clear: bool,
    /// Newest wire version to offer.
    #[arg(long)]
    wire: Option<u8>,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Member(arguments) => member::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("mapbench: {err:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
