//! The command line: one definition for parsing and for `--help`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use cobnut_model::limits::SECRET_GRACE;

/// Runs an Openfire + Hazelcast cluster from its own files, in one binary.
///
/// Without a command it runs a node. Without any argument it runs a single node on an embedded database in ./data.
#[derive(Debug, Parser)]
#[command(name = "cobnut", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What can be asked for besides running a node.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node (the default).
    Run(RunArgs),
    /// Run the two-node cluster of the article on 127.0.5.1 and 127.0.5.2 and show what it can do.
    Demo(DemoArgs),
    /// Check configuration files before they are deployed.
    Lint(Box<cobnut_lint_cli::LintArgs>),
    /// Print the page of one lint rule.
    Explain {
        /// Name of the rule, as findings print it in brackets.
        rule: String,
    },
    /// Say what a node would use and what would keep it from running, without starting or changing anything.
    ///
    /// Reads the files, looks into the database, and tries the ports for a moment. Status 0: it will run. Status 1: it
    /// will not, and the reasons come first.
    Check(Box<CheckArgs>),
    /// Bring the accounts of Openfire's embedded database (HSQLDB) into another database.
    ///
    /// Accounts come with passwords, properties, contacts, vCards, waiting messages and private XML, and groups and system
    /// properties of the server with them. Stop Openfire first. What is in the target already stays as it is, so an
    /// import that was interrupted is simply started again. Where a home will run on the target, name it with --home as
    /// well: encrypted values are then stored as its security.xml wants them.
    Import(ImportArgs),
    /// Look after accounts.
    #[command(subcommand)]
    User(UserCommand),
    /// Ask a running node about its cluster, or tell its members what to do.
    #[command(subcommand)]
    Cluster(ClusterCommands),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// How a node runs. Everything may also come from the configuration; the command line wins.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// XMPP domain to serve; the same on all nodes. Default: the one stored in the database, else the host name.
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Option<String>,
    /// Address of every listener that the configuration does not fix.
    #[arg(long, value_name = "ADDR")]
    pub(crate) bind: Option<IpAddr>,
    /// Port of the cluster mesh; 0 takes a free one.
    #[arg(long, value_name = "N")]
    pub(crate) mesh_port: Option<u16>,
    /// Leave the links between members unencrypted, to look at them with a packet analyser. All members must say so.
    #[arg(long)]
    pub(crate) mesh_clear: bool,
    /// Speak no newer version of the wire format between members than this one: a node as the release before. For
    /// rehearsals of an upgrade.
    #[arg(long, value_name = "VERSION", hide = true)]
    pub(crate) mesh_wire: Option<u8>,
    /// Port for clients (STARTTLS); 0 takes a free one. Moves the direct TLS port to the next number, and the file
    /// transfer proxy as far from 7777.
    #[arg(long, value_name = "N")]
    pub(crate) c2s_port: Option<u16>,
    /// Port of the console (HTTP); 0 takes a free one. Moves the HTTPS port to the next number.
    #[arg(long, value_name = "N")]
    pub(crate) console_port: Option<u16>,
    /// Whether to cluster, until somebody decides in the console.
    #[arg(long, value_name = "on|off")]
    pub(crate) clustering: Option<Switch>,
    /// Refuse to start on findings of the linter that are errors; without it they are warnings, as Hazelcast would run.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Form of the log lines on stderr.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// Where a node's configuration and data are.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SourceArgs {
    /// Home of an Openfire installation; its files are read and never changed.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub(crate) home: Option<PathBuf>,
    /// A Hazelcast configuration: a whole document, or the article's <join> and <interfaces> alone.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database: sqlite:///path/file.db?mode=rwc, mysql://user:password@host/name, postgres://user:password@host/name
    #[arg(long, value_name = "URL", env = "COBNUT_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Folder for what belongs to this node: its id, certificate, embedded database. Default: ./data, or HOME/cobnut
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// What to check.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Leave the ports alone, for example because Openfire still runs on this machine.
    #[arg(long)]
    pub(crate) skip_ports: bool,
    /// Form of the report.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(crate) format: ReportFormat,
}

/// Form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ReportFormat {
    #[default]
    Text,
    Json,
}

/// What to import, and where to.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Home of Openfire, its embedded-db folder, or openfire.script itself.
    #[arg(long, value_name = "PATH")]
    pub(crate) hsqldb: PathBuf,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Count, name conflicts, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Put what is imported in the place of accounts, groups and properties that the target has already.
    #[arg(long)]
    pub(crate) replace: bool,
}

/// `on` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// Knobs of the demo.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// End after the walk, with status 0 if every step passed and 1 otherwise.
    #[arg(long)]
    pub(crate) exit: bool,
    /// Folder for the demo's files; kept afterwards. Default: a temporary folder that is removed.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// Commands on accounts. They work on the database directly, whether a node runs or not.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Create an account.
    Add {
        #[command(flatten)]
        source: SourceArgs,
        #[command(flatten)]
        password: PasswordArgs,
        /// Name of the account, the part before the @.
        username: String,
        /// Display name.
        #[arg(long)]
        name: Option<String>,
        /// E-mail address.
        #[arg(long)]
        email: Option<String>,
    },
    /// Create many accounts from lines of "username,password[,name[,email]]"; existing ones are left alone.
    Import {
        #[command(flatten)]
        source: SourceArgs,
        /// The file; - reads standard input.
        file: PathBuf,
    },
    /// List accounts, one per line: username, name, e-mail, separated by tabs.
    List {
        #[command(flatten)]
        source: SourceArgs,
        /// Only accounts whose username, name or e-mail contains this.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// Change a password.
    Passwd {
        #[command(flatten)]
        source: SourceArgs,
        #[command(flatten)]
        password: PasswordArgs,
        /// Name of the account.
        username: String,
    },
    /// Delete an account with its roster, vCard and messages.
    Delete {
        #[command(flatten)]
        source: SourceArgs,
        /// Name of the account.
        username: String,
    },
}

/// Where a new password comes from. Asked for on the terminal when neither is given.
#[derive(Debug, Args)]
pub(crate) struct PasswordArgs {
    /// The password. Others on this machine may see it in the process list.
    #[arg(long, value_name = "TEXT", conflicts_with = "password_stdin")]
    pub(crate) password: Option<String>,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// What concerns the cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommands {
    #[command(flatten)]
    Node(ClusterCommand),
    /// Make a new secret that members prove to each other, while all of them run.
    ///
    /// The secret lies in the shared database, so this works on the database and no node has to be named. Nodes read the
    /// new secret within seconds, prove it once all can know it, and forget the old one after the grace time. Links stay.
    RotateSecret(RotateArgs),
}

/// Questions and orders to a running node.
#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommand {
    /// Show the members and whether something is wrong. Status 0: healthy, 1: something is wrong, 2: the node does not answer.
    Status {
        #[command(flatten)]
        source: SourceArgs,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the members.
    Members {
        #[command(flatten)]
        source: SourceArgs,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Leave the cluster and stay out, also after a restart. Clients of the node stay on it.
    Leave {
        #[command(flatten)]
        source: SourceArgs,
        /// The member that is meant: its name, address or id. Default: the node of this machine.
        #[arg(long, value_name = "MEMBER")]
        node: Option<String>,
    },
    /// Take clients again and join the cluster again, after drain or leave.
    Join {
        #[command(flatten)]
        source: SourceArgs,
        /// The member that is meant: its name, address or id. Default: the node of this machine.
        #[arg(long, value_name = "MEMBER")]
        node: Option<String>,
    },
    /// Send the clients of a node to the other members, then take it out of the cluster.
    Drain {
        #[command(flatten)]
        source: SourceArgs,
        /// The member that is meant: its name, address or id. Default: the node of this machine.
        #[arg(long, value_name = "MEMBER")]
        node: Option<String>,
        /// Time for the clients to go; the connections that are left then are closed.
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        timeout: u64,
        /// End the process afterwards.
        #[arg(long)]
        stop: bool,
        /// Do not wait for the end.
        #[arg(long)]
        no_wait: bool,
    },
    /// Read the configuration of the node on this machine again: members that were added are dialled, without a restart.
    ///
    /// SIGHUP does the same. A file with errors changes nothing. What needs a restart is named.
    Reload {
        #[command(flatten)]
        source: SourceArgs,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what is wrong with the cluster, why, and what to do. Asks every member.
    Diagnose {
        #[command(flatten)]
        source: SourceArgs,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// Also write everything into a file for somebody who helps; there are no secrets in it.
        #[arg(long, value_name = "FILE.zip")]
        bundle: Option<PathBuf>,
    },
}

/// How to rotate the secret.
#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Seconds for which the old secret stays valid; 0 voids it at once, for a secret that has been stolen.
    #[arg(long, value_name = "SECONDS", default_value_t = SECRET_GRACE.as_secs())]
    pub(crate) grace: u64,
    /// Also when an earlier rotation is not over; its old secret is void at once.
    #[arg(long)]
    pub(crate) force: bool,
}

/// What to show.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Also what is set and has no effect, and why.
    #[arg(long)]
    pub(crate) all: bool,
}

/// Questions about the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every effective value and where it came from, without starting or changing anything.
    ///
    /// Origins are an option of the command line, a file with its line, ofProperty (the database), or default.
    Show(Box<ShowArgs>),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn run_is_the_default_command() {
        let bare = Cli::parse_from(["cobnut", "--mesh-port", "0"]);
        assert!(bare.command.is_none());
        assert_eq!(bare.run.mesh_port, Some(0));
        let named = Cli::parse_from(["cobnut", "run", "--clustering", "off"]);
        assert!(matches!(named.command, Some(Command::Run(RunArgs { clustering: Some(Switch::Off), .. }))));
    }
}
