//! Hazelcast itself: the software whose files we read and whose clusters we foretell.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{Artifacts, Host, Need, Process, target_dir};

/// How to install it; also what a skip tells the reader to run.
pub const PREPARE: &str = "compat-tests/hazelcast/prepare.sh, or cargo xtask test";

/// The releases that `prepare.sh` installs.
pub const RELEASES: [Release; 4] = [Release("3.12.5"), Release("4.2.8"), Release("5.3.7"), Release("5.5.0")];

/// One release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release(pub &'static str);

impl Release {
    /// What a test with it needs.
    pub fn needs(self) -> [Need; 2] {
        let installed = match self.0 {
            "3.12.5" => "compat-hazelcast/3.12.5/installed-from",
            "4.2.8" => "compat-hazelcast/4.2.8/installed-from",
            "5.3.7" => "compat-hazelcast/5.3.7/installed-from",
            _ => "compat-hazelcast/5.5.0/installed-from",
        };
        [Need::Program("java", "default-jdk-headless"), Need::TargetFile(installed, PREPARE)]
    }

    /// Its folder, with `lib` and `classes`.
    pub fn folder(self) -> PathBuf {
        target_dir().join("compat-hazelcast").join(self.0)
    }

    /// Arguments of `java` up to the name of the class.
    pub fn java_arguments(self) -> Vec<String> {
        let folder = self.folder();
        let path = format!("{}:{}/*", folder.join("classes").display(), folder.join("lib").display());
        [
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dhazelcast.logging.type=jdk",
            "-cp",
            &path,
        ]
        .map(str::to_owned)
        .to_vec()
    }
}

/// A running member.
#[derive(Debug)]
pub struct Member {
    process: Process,
    mark: usize,
}

impl Member {
    /// Starts a member of a release on a host with the text of a whole configuration.
    pub fn start(release: Release, host: &Host, artifacts: &Artifacts, config: &str) -> Result<Self> {
        let file = artifacts.path(&format!("{}.xml", host.name()));
        std::fs::write(&file, config).with_context(|| format!("write {}", file.display()))?;
        let mut command: Command = host.command("java");
        command.args(release.java_arguments()).arg("Member").arg(&file);
        let name = format!("member-{}", host.name());
        let mark = std::fs::metadata(artifacts.path(&format!("{name}.log")))
            .map_or(0, |data| usize::try_from(data.len()).unwrap_or_default());
        Ok(Self { process: Process::spawn(&name, artifacts, command)?, mark })
    }

    /// Its members as `address:port`, the master first; empty while it is in no cluster or has ended.
    pub fn members(&mut self) -> Vec<String> {
        if !self.process.is_running() {
            return Vec::new();
        }
        let log = self.process.log_since(self.mark);
        let last = log.lines().rev().find_map(|line| line.strip_prefix("MEMBERS "));
        last.map(|members| members.split(' ').map(str::to_owned).collect()).unwrap_or_default()
    }

    /// Whether it is up and in a cluster.
    pub fn is_in_cluster(&mut self) -> bool {
        !self.members().is_empty()
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}
