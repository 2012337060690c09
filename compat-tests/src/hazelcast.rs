//! Hazelcast itself: the software whose files we read and whose clusters we foretell.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

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

/// One of the programs beside `prepare.sh` that answer questions: a line of JSON for each line of input.
#[derive(Debug)]
pub struct Question<'a> {
    /// The class to run.
    pub class: &'a str,
    /// Options of the virtual machine.
    pub options: &'a [String],
    /// Arguments of the program.
    pub arguments: &'a [String],
    /// The folder that it runs in.
    pub folder: &'a Path,
    /// Where what it logs goes.
    pub log: &'a Path,
}

impl Release {
    /// Runs a program of this release to its end; the answers are in the order of the lines.
    pub fn ask(self, question: &Question<'_>, lines: &[String]) -> Result<Vec<Value>> {
        let log = File::create(question.log).with_context(|| question.log.display().to_string())?;
        let mut java = Command::new("java")
            .args(self.java_arguments())
            // Without it the encoding of names depends on the machine.
            .arg("-Dfile.encoding=UTF-8")
            .args(question.options)
            .arg(question.class)
            .args(question.arguments)
            .current_dir(question.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("start java")?;
        // It prints while it reads: a thread writes, so that neither waits for the other.
        let mut input = java.stdin.take().context("the input of java")?;
        let text = lines.join("\n") + "\n";
        let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = java.wait_with_output().context("wait for java")?;
        writer.join().ok().context("writing to java panicked")?.context("write to java")?;
        ensure!(
            output.status.success(),
            "{} of Hazelcast {} failed; see {}",
            question.class,
            self.0,
            question.log.display()
        );
        let printed = String::from_utf8(output.stdout).context("what java printed")?;
        let answers = printed.lines().filter_map(|line| line.strip_prefix("RESULT "));
        answers.map(|answer| serde_json::from_str(answer).with_context(|| answer.to_owned())).collect()
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
