//! Walks over the cluster with clients that are not ours: programs in the clients' own languages, which report every step as
//! a line `ok NAME` and give up by themselves when they wait too long.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    Artifacts, Cluster, DOMAIN, FLEET_PASSWORD, Fleet, Host, Need, Node, Process, repository_root, target_dir,
};

/// How to install the clients; also what a skip tells the reader to run.
const PREPARE: &str = "compat-tests/clients/prepare.sh, or cargo xtask test";
/// A walk takes seconds.
const WALK_LIMIT: Duration = Duration::from_mins(2);
/// How long a client that ran out of time has to clean up after itself.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// Between two looks at what the client has reported.
const LOOK: Duration = Duration::from_millis(20);

/// A program in `compat-tests/clients`.
#[derive(Debug, Clone, Copy)]
pub enum WalkProgram {
    /// One file of Java, in `smack/`.
    Smack(&'static str),
    /// One file of Python, in `slixmpp/`.
    Slixmpp(&'static str),
}

impl WalkProgram {
    /// What has to be there to run it.
    pub fn needs(self) -> Vec<Need> {
        match self {
            Self::Smack(_) => vec![
                Need::Program("java", "default-jdk-headless"),
                Need::TargetFile("compat-clients/smack.installed-from", PREPARE),
            ],
            Self::Slixmpp(_) => vec![Need::TargetFile("compat-clients/venv.installed-from", PREPARE)],
        }
    }

    /// The program without its arguments.
    fn command(self, host: &Host) -> Command {
        let clients = repository_root().join("compat-tests/clients");
        let installed = target_dir().join("compat-clients");
        match self {
            Self::Smack(file) => {
                let mut command = host.command("java");
                let smack = installed.join("smack");
                command.arg("-cp").arg(format!("{0}/classes:{0}/lib/*", smack.display()));
                // A program of one file is compiled as it is started.
                command.arg(clients.join("smack").join(file));
                command
            }
            Self::Slixmpp(file) => {
                let mut command = host.command(installed.join("venv/bin/python"));
                command.args(["-W", "ignore::DeprecationWarning"]).arg(clients.join("slixmpp").join(file));
                command
            }
        }
    }
}

/// A program that walks.
#[derive(Debug)]
pub struct Walk(Process);

impl Walk {
    /// Sets out, with user 10023 on the first node and 10024 on the second.
    pub fn start(cluster: &Cluster, program: WalkProgram) -> Result<Self> {
        let mut command = program.command(&cluster.client_host);
        for node in &cluster.nodes {
            command.arg(node.host().address().to_string()).arg("5222");
        }
        command.arg(DOMAIN);
        for user in ["10023", "10024"] {
            command.args([user, cluster.password(user)?]);
        }
        // The nodes made their certificates themselves.
        command.arg("-");
        Self::set_out(command, cluster.artifacts())
    }

    /// Sets out with the first three accounts of a fleet, one on each of its first three nodes.
    pub fn start_on_three(fleet: &Fleet, program: WalkProgram) -> Result<Self> {
        let [one, two, three, ..] = fleet.nodes.as_slice() else { bail!("a fleet of three nodes") };
        let address = |node: &Node| node.host().address().to_string();
        let mut command = program.command(&fleet.client_host);
        command.args([&address(one), "5222", &address(two), "5222", DOMAIN]);
        command.args(["user000000", FLEET_PASSWORD, "user000001", FLEET_PASSWORD, "-"]);
        command.args([&address(three), "5222", "user000002", FLEET_PASSWORD]);
        Self::set_out(command, fleet.artifacts())
    }

    fn set_out(command: Command, artifacts: &Artifacts) -> Result<Self> {
        Ok(Self(Process::spawn("client", artifacts, command)?))
    }

    /// Waits until a step is reported.
    pub fn wait_for(&mut self, step: &str) -> Result<()> {
        let deadline = Instant::now() + WALK_LIMIT;
        while !self.has_reported(step) {
            if Instant::now() > deadline {
                let _ = self.0.terminate(STOP_LIMIT);
                bail!("the step {step} was not reported\n{}", self.0.log_tail());
            }
            if let Err(err) = self.0.assert_running() {
                // It may have reported the step and ended since.
                return if self.has_reported(step) { Ok(()) } else { Err(err.context(self.0.log_tail())) };
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Waits until it has ended well. Every one of `steps` must have been reported, so that a client that stops early cannot
    /// succeed.
    pub fn finish(mut self, steps: &[&str]) -> Result<()> {
        let status = match self.0.wait_exit(WALK_LIMIT) {
            Ok(status) => status,
            Err(err) => {
                let _ = self.0.terminate(STOP_LIMIT);
                return Err(err).context(self.0.log_tail());
            }
        };
        let tail = self.0.log_tail();
        ensure!(status.success(), "the client ended with {status}\n{tail}");
        let missing: Vec<&str> = steps.iter().filter(|step| !self.has_reported(step)).copied().collect();
        ensure!(missing.is_empty(), "these steps were not reported: {}\n{tail}", missing.join(", "));
        Ok(())
    }

    fn has_reported(&self, step: &str) -> bool {
        let line = format!("ok {step}");
        self.0.log().lines().any(|said| said == line)
    }
}
