//! The command line.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand};

use crate::accounts::{Accounts, AccountsArgs};
use crate::client::{Login, Mechanism, SaltedPasswords, TlsMode, client_config};
use crate::measure::{ChurnArgs, FloodArgs, IdleArgs, LoginsArgs, PingPongArgs, RoomsArgs, StormArgs};
use crate::peers::PeersArgs;
use crate::report::Format;
use crate::target::Target;

/// Measures XMPP servers, several in one run, so that numbers can be compared.
///
/// Point it at your own servers on a machine that does nothing else. Accounts must exist: see `loadgen accounts`.
#[derive(Debug, Parser)]
#[command(name = "loadgen", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    #[command(flatten)]
    pub(crate) accounts: Accounts,
}

/// What to measure.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Logins per second, and the server's CPU time for each.
    Logins(LoginsArgs),
    /// Server memory for each idle session.
    Idle(IdleArgs),
    /// Latency of messages, on one node and across nodes.
    PingPong(PingPongArgs),
    /// Throughput of messages and the server's CPU time for each, on one node and across nodes.
    Flood(FloodArgs),
    /// Logins and logouts at a steady rate for a long time, and the course of the server's memory.
    Churn(ChurnArgs),
    /// Messages to group-chat rooms, and the server's CPU time for each copy that an occupant gets.
    Rooms(RoomsArgs),
    /// Everybody logs in, and everybody's contacts are told: the server's CPU time for each login.
    Storm(StormArgs),
    /// All of these but churn, rooms and storm, one target after the other.
    Compare(CompareArgs),
    /// Copy bytes to an address, as a yardstick for ping-pong; started by it.
    #[command(hide = true)]
    Relay {
        /// Where to.
        to: SocketAddr,
    },
    /// Write test accounts in a form that a server takes.
    Accounts(AccountsArgs),
    /// Set up and run Cobnut, ejabberd and Prosody side by side until Ctrl-C, to be measured meanwhile.
    Peers(PeersArgs),
}

/// Which servers, and how to log in there.
#[derive(Debug, Args)]
pub(crate) struct CommonArgs {
    /// A server: NAME=HOST:PORT[,HOST:PORT…][@PID[,PID…]]. Several nodes and their processes make one cluster.
    /// Repeat it to measure several servers in one run.
    #[arg(long = "target", value_name = "TARGET", global = true)]
    pub(crate) targets: Vec<Target>,
    /// XMPP domain of all targets.
    #[arg(long, value_name = "NAME", default_value = "example.org", global = true)]
    pub(crate) domain: String,
    /// How connections become confidential. Every certificate is accepted.
    #[arg(long, value_name = "MODE", default_value = "starttls", global = true)]
    pub(crate) tls: TlsMode,
    /// SASL mechanism.
    #[arg(long, value_name = "NAME", default_value = "scram-sha1", global = true)]
    pub(crate) mechanism: Mechanism,
    /// Form of the results.
    #[arg(long, value_name = "FORM", default_value = "table", global = true)]
    pub(crate) format: Format,
    /// Threads of the load generator. More than one takes cores from a server on the same machine.
    #[arg(long, value_name = "N", default_value_t = 1, global = true)]
    pub(crate) threads: usize,
}

impl CommonArgs {
    pub(crate) fn login(&self) -> Login {
        Login {
            domain: self.domain.clone(),
            tls: self.tls,
            tls_config: client_config(),
            mechanism: self.mechanism,
            salted_passwords: SaltedPasswords::default(),
        }
    }
}

/// Knobs of the comparison; the rest is as in the single measurements.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Seconds for each timed measurement.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Idle sessions.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    pub(crate) sessions: usize,
    /// Bytes of text in each message.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) size: usize,
}

impl CompareArgs {
    pub(crate) fn logins(&self) -> LoginsArgs {
        LoginsArgs { seconds: self.seconds, concurrency: 16 }
    }

    pub(crate) fn idle(&self) -> IdleArgs {
        IdleArgs { sessions: self.sessions, settle: 3 }
    }

    pub(crate) fn ping_pong(&self) -> PingPongArgs {
        PingPongArgs { seconds: self.seconds, pairs: 4, size: self.size, no_relay: false }
    }

    pub(crate) fn flood(&self) -> FloodArgs {
        FloodArgs { seconds: self.seconds, pairs: 20, window: 64, size: self.size }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use anyhow::Result;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn several_servers_are_measured_in_one_run() -> Result<()> {
        let cli = Cli::try_parse_from([
            "loadgen",
            "flood",
            "--target",
            "a=127.0.0.1:1@7",
            "--target",
            "b=127.0.0.1:2",
            "--tls",
            "none",
        ])?;
        assert_eq!(cli.common.targets.len(), 2);
        assert_eq!(cli.common.login().tls, TlsMode::None);
        Ok(())
    }
}
