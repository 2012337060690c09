//! The arguments.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use cobnut_diagnostics::Severity;
use cobnut_lint::{Level, Target};

/// Arguments of `cobnut-lint` and `cobnut lint`.
#[derive(Debug, Clone, Args)]
pub struct LintArgs {
    /// Files, node folders, Openfire homes, archives (zip, tar, tar.gz) or quoted patterns; all are checked as one cluster
    #[arg(value_name = "PATH", required_unless_present_any = ["stdin", "list_rules", "probe_reports"])]
    pub paths: Vec<PathBuf>,
    /// How findings are printed; columns count characters from 1, a tab is one
    #[arg(long, value_enum, default_value_t = Format::Full)]
    pub format: Format,
    /// Write the findings to this file instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The least severe finding that makes the exit status 1 [default: error]
    #[arg(long, value_enum)]
    pub fail_on: Option<FailOn>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = ColourChoice::Auto)]
    pub color: ColourChoice,
    #[command(flatten)]
    /// What is done with fixes.
    pub fixes: FixArgs,
    #[command(flatten)]
    /// Which rules run.
    pub rules: RuleArgs,
    #[command(flatten)]
    /// What the files are read with.
    pub reading: ReadingArgs,
    #[command(flatten)]
    /// What is foretold instead.
    pub forecast: ForecastArgs,
    #[command(flatten)]
    /// Whether the machine and its network are looked at, too.
    pub probe: ProbeArgs,
}

/// Whether the machine and its network are looked at.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Probe")]
pub struct ProbeArgs {
    /// Also look at this machine and ask the addresses in the files, a handful of packets each: do names resolve, does the
    /// own address exist, are ports free, who answers at members and database servers, does multicast work, file limit,
    /// clocks. Nothing is sent without this. `cobnut check` looks inside the database
    #[arg(long, conflicts_with_all = ["simulate", "fix", "diff", "write_baseline"])]
    pub probe: bool,
    /// Print what --probe would send to whom, and send nothing
    #[arg(long, conflicts_with = "probe")]
    pub probe_dry_run: bool,
    /// With --probe: the node that this machine is [default: the one whose address it has]
    #[arg(long, value_name = "NODE", requires = "probe")]
    pub probe_node: Vec<String>,
    /// With --probe: write what was found out to a file for --probe-reports
    #[arg(long, value_name = "FILE", requires = "probe")]
    pub report: Option<PathBuf>,
    /// Print who reaches whom from the reports of several machines; exit status 1 if somebody is not reached
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["probe", "probe_dry_run", "paths"])]
    pub probe_reports: Vec<PathBuf>,
}

/// What is foretold about the nodes as a cluster.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Forecast")]
pub struct ForecastArgs {
    /// Play every start order and every single restart of up to 6 nodes by Hazelcast's joining rules and by Cobnut's, and
    /// print which give one cluster and which split, for how long and why; exit status 1 if any splits with Hazelcast
    #[arg(long, conflicts_with_all = ["fix", "diff", "write_baseline"])]
    pub simulate: bool,
    /// Also write the forecast as a picture (.svg, the first split) or as a page with all pictures (.html)
    #[arg(long, value_name = "FILE", requires = "simulate")]
    pub picture: Option<PathBuf>,
    /// Own address of a node whose files do not fix it
    #[arg(long, value_name = "NODE=ADDRESS", value_parser = address, requires = "simulate")]
    pub address: Vec<(String, IpAddr)>,
    /// Address of a host name in the files
    #[arg(long, value_name = "NAME=ADDRESS", value_parser = address, requires = "simulate")]
    pub host: Vec<(String, IpAddr)>,
}

/// What is done with fixes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Fixes")]
pub struct FixArgs {
    /// Apply the safe fixes to the files and print what is left
    #[arg(long)]
    pub fix: bool,
    /// With --fix and --diff: also the fixes that are guesses or change what the cluster does today
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Print what --fix would change as a unified diff, and change nothing
    #[arg(long, conflicts_with = "fix")]
    pub diff: bool,
}

/// Which rules run.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Rules")]
pub struct RuleArgs {
    /// Run only these rules or groups of rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Leave these rules or groups of rules out
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Report a rule or group at another level: off, info, warning, error
    #[arg(long, value_name = "RULE=LEVEL", value_delimiter = ',', value_parser = level)]
    pub severity: Vec<(String, Level)>,
    /// Settings of the linter [default: cobnut-lint.toml in the folder of the first path or above it]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Report only what this file does not list
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write all findings to a file for --baseline and report none
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "fix", "diff"])]
    pub write_baseline: Option<PathBuf>,
    /// Print the names of all rules and end
    #[arg(long)]
    pub list_rules: bool,
}

/// What the files are read with.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// The Hazelcast version that the files are meant for [default: auto, what the files hint at]
    #[arg(long, value_enum)]
    pub target: Option<TargetArg>,
    /// Value of a `${NAME}` in the files
    #[arg(long, value_name = "NAME=VALUE", value_parser = definition)]
    pub define: Vec<(String, String)>,
    /// What `${openfireHome}` means in files that lie in no Openfire home
    #[arg(long, value_name = "DIR")]
    pub openfire_home: Option<PathBuf>,
    /// Read one file from the standard input; with --fix the fixed text goes to the standard output
    #[arg(long, conflicts_with = "paths")]
    pub stdin: bool,
    /// The name that findings show for the standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>", requires = "stdin")]
    pub stdin_name: String,
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
    /// One object for each finding, each on a line
    Jsonl,
    /// SARIF 2.1.0 for code scanning
    Sarif,
    /// JUnit's XML for test reports
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// Checkstyle's XML
    Checkstyle,
    /// One self-contained page
    Html,
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

/// Hazelcast versions that files can be meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TargetArg {
    /// What the files hint at
    Auto,
    /// 3.12, Openfire's plugin up to 2.6
    #[value(name = "3.12")]
    V3_12,
    /// 4.2
    #[value(name = "4.2")]
    V4_2,
    /// 5.3, Openfire's plugin 3.0
    #[value(name = "5.3")]
    V5_3,
    /// 5.5, Openfire's plugin 5.5
    #[value(name = "5.5")]
    V5_5,
}

impl From<TargetArg> for Target {
    fn from(target: TargetArg) -> Self {
        match target {
            TargetArg::Auto => Self::Auto,
            TargetArg::V3_12 => Self::V3_12,
            TargetArg::V4_2 => Self::V4_2,
            TargetArg::V5_3 => Self::V5_3,
            TargetArg::V5_5 => Self::V5_5,
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

fn level(text: &str) -> Result<(String, Level), String> {
    let (rule, level) = text.split_once('=').ok_or("write RULE=LEVEL, for example fragment=off")?;
    let level =
        Level::parse(level).ok_or_else(|| format!("`{level}` is none of off, info, warning, error"))?;
    Ok((rule.to_owned(), level))
}

fn definition(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn address(text: &str) -> Result<(String, IpAddr), String> {
    let (name, address) = text.split_once('=').ok_or("write NAME=ADDRESS")?;
    let address = address.parse().map_err(|_| format!("`{address}` is no IP address"))?;
    Ok((name.to_owned(), address))
}
