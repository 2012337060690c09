//! `cargo xtask test`: everything, in the order in which it fails soonest.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::report::{Outcome, Report, run as run_command, say};
use crate::workspace::Workspace;
use crate::{install, layers, space, tidy};

/// Makes a missing part fail a test instead of skipping it.
const REQUIRE_REAL: &str = "COBNUT_REQUIRE_REAL";
/// Names a file that gets one line for each part that a test could not run.
const SKIPPED_FILE: &str = "COBNUT_SKIPPED_FILE";
/// Makes property tests try the same inputs in every strict run, so that what fails is what was changed. Every other run, and
/// `PROPTEST_CASES=20000 cargo test`, tries new ones.
const PROPERTY_SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "5701");
/// How long each fuzz target runs: a look whether it works, not a search.
const FUZZ_SECONDS: &str = "10";
/// Schedules of simulated clusters; some minutes on two cores.
const SIMULATED_SCHEDULES: &str = "10000";
/// The package with the tests against real software.
const COMPAT_PACKAGE: &str = "compat-tests";

/// What to run.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Only these steps (may be given several times).
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
    /// Without real databases, clients, balancers and browsers: nothing is installed.
    #[arg(long, conflicts_with = "only")]
    fast: bool,
    /// Treat every skipped part as a failure; CI=true does the same.
    #[arg(long)]
    strict: bool,
}

/// One step of the test command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// House rules.
    Tidy,
    /// Dependencies between our crates.
    Layers,
    /// Formatting.
    Fmt,
    /// Packages, clients and the browser driver that the compatibility tests need.
    Install,
    /// Lints of the whole workspace.
    Clippy,
    /// Everything that the tests run, once.
    Build,
    /// Unit and integration tests.
    Unit,
    /// Thousands of simulated clusters under faults, and the deliberate bugs that they have to find; only when asked
    /// for or strict.
    Simulation,
    /// Each fuzz target for some seconds; only when asked for or strict.
    Fuzz,
    /// The build that people use; only when asked for or strict, because it takes minutes.
    Release,
    /// Tests with real databases, clients, balancers and browsers.
    Compat,
}

/// All of them, in order.
const ALL: [Step; 11] = [
    Step::Tidy,
    Step::Layers,
    Step::Fmt,
    Step::Install,
    Step::Clippy,
    Step::Build,
    Step::Unit,
    Step::Simulation,
    Step::Fuzz,
    Step::Release,
    Step::Compat,
];

impl Step {
    fn title(self) -> &'static str {
        match self {
            Self::Tidy => "house rules",
            Self::Layers => "layers",
            Self::Fmt => "formatting",
            Self::Install => "install what the tests need",
            Self::Clippy => "lints",
            Self::Build => "build",
            Self::Unit => "unit and integration tests",
            Self::Simulation => "simulated clusters, ten thousand schedules and every deliberate bug",
            Self::Fuzz => "fuzz targets, for some seconds",
            Self::Release => "release build",
            Self::Compat => "compatibility tests with real software",
        }
    }

    fn run(self, workspace: &Workspace, strict: bool) -> Result<Outcome> {
        match self {
            Self::Tidy => no_findings(&tidy::check(workspace)?),
            Self::Layers => no_findings(&layers::check(workspace)?),
            Self::Fmt => passed(&mut workspace.cargo(&["fmt", "--all", "--check"])),
            Self::Install => Ok(install::install(workspace)),
            Self::Clippy => {
                let arguments =
                    ["clippy", "--keep-going", "--workspace", "--all-targets", "--", "--deny", "warnings"];
                passed(&mut workspace.cargo(&arguments))
            }
            Self::Build => build(workspace),
            Self::Unit => unit(workspace, strict),
            Self::Simulation => {
                let arguments =
                    ["test", "-p", "cobnut-mesh-proto", "--features", "mutations", "--test", "sim"];
                let mut command = workspace.cargo(&arguments);
                passed(command.args(["--", "--nocapture"]).env("COBNUT_SIM_SEEDS", SIMULATED_SCHEDULES))
            }
            Self::Fuzz => {
                let mut command = Command::new(workspace.root().join("tools/fuzz/run.sh"));
                passed(command.arg(FUZZ_SECONDS).env("FUZZ_TARGET_DIR", workspace.target().join("fuzz")))
            }
            // What compiles for the tests can still be too much for the optimiser.
            Self::Release => passed(&mut workspace.cargo(&["build", "--release"])),
            Self::Compat => compat(workspace, strict),
        }
    }
}

/// Runs the steps; true when all is well.
pub(crate) fn run(workspace: &Workspace, arguments: &TestArgs) -> bool {
    let strict = arguments.strict || std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
    let wanted = |step: &Step| match step {
        _ if !arguments.only.is_empty() => arguments.only.contains(step),
        Step::Install | Step::Compat => !arguments.fast,
        Step::Simulation | Step::Fuzz | Step::Release => strict && !arguments.fast,
        _ => true,
    };
    let steps: Vec<Step> = ALL.into_iter().filter(wanted).collect();
    for line in space::before(workspace) {
        say(&line);
    }
    let mut report = Report::new(steps.len(), strict);
    for step in steps {
        report.step(step.title(), || step.run(workspace, strict));
    }
    let good = report.finish();
    if !good {
        for line in space::after_failure(workspace) {
            say(&line);
        }
    }
    good
}

fn passed(command: &mut Command) -> Result<Outcome> {
    run_command(command)?;
    Ok(Outcome::Passed)
}

fn no_findings(findings: &[String]) -> Result<Outcome> {
    for finding in findings {
        say(finding);
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    Ok(Outcome::Passed)
}

/// Builds all binaries and tests of the workspace together, so that every dependency is built with one set of
/// features: the later steps name the whole workspace for the same reason and find everything built.
fn build(workspace: &Workspace) -> Result<Outcome> {
    passed(&mut workspace.cargo(&["build", "--workspace", "--all-targets"]))
}

/// Tests of single parts: everything but `compat-tests`.
fn unit(workspace: &Workspace, strict: bool) -> Result<Outcome> {
    let mut command =
        workspace.cargo(&["test", "--workspace", "--exclude", COMPAT_PACKAGE, "--no-fail-fast"]);
    with_skips(workspace, strict, &mut [&mut command])
}

/// Tests of the whole with real software: the test files of `compat-tests`.
fn compat(workspace: &Workspace, strict: bool) -> Result<Outcome> {
    build(workspace)?;
    // What earlier runs left is not about this one.
    let artifacts = workspace.target().join("compat-artifacts");
    if artifacts.exists() {
        fs::remove_dir_all(&artifacts).with_context(|| format!("remove {}", artifacts.display()))?;
    }
    let mut commands: Vec<Command> = workspace
        .test_programs(COMPAT_PACKAGE)?
        .iter()
        .map(|program| compat_command(workspace, program))
        .collect();
    let mut commands: Vec<&mut Command> = commands.iter_mut().collect();
    with_skips(workspace, strict, &mut commands)
}

fn compat_command(workspace: &Workspace, program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace.root().join(COMPAT_PACKAGE))
        .arg(format!("--test-threads={}", threads(program)))
        // An error says what was awaited; where the test stood adds nothing.
        .env("RUST_LIB_BACKTRACE", "0")
        .env("COBNUT_BIN", workspace.target().join("debug/cobnut"))
        .env("COMPAT_CLIENTS", workspace.target().join("compat-clients"));
    command
}

/// Most run one at a time: they measure times, and each runs two nodes, a database and clients. Those that let real Hazelcast
/// members form clusters wait for minutes for the members' own timers, and those that break clusters for silence to be death.
fn threads(program: &Path) -> usize {
    let name = program.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    match name.split('-').next() {
        Some("hazelcast") => 4,
        Some("faults" | "history") => 2,
        _ => 1,
    }
}

/// Runs tests, all of them even if some fail, and collects what they could not do; they note that in the file that
/// [`SKIPPED_FILE`] names.
fn with_skips(workspace: &Workspace, strict: bool, commands: &mut [&mut Command]) -> Result<Outcome> {
    let list = workspace.target().join("skipped-tests.txt");
    fs::write(&list, "").with_context(|| format!("empty {}", list.display()))?;
    let mut failed = Vec::new();
    for command in commands.iter_mut() {
        command.env(SKIPPED_FILE, &list);
        if strict {
            let (name, seed) = PROPERTY_SEED;
            command.env(REQUIRE_REAL, "1").env(name, std::env::var(name).unwrap_or_else(|_| seed.to_owned()));
        }
        failed.extend(run_command(command).err().map(|err| format!("{err:#}")));
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("; "));
    }
    let noted = fs::read_to_string(&list).with_context(|| format!("read {}", list.display()))?;
    let skipped: Vec<String> = noted.lines().map(str::to_owned).collect();
    Ok(if skipped.is_empty() { Outcome::Passed } else { Outcome::PassedExcept(skipped) })
}
