//! A process that a test started: its log is kept, and it is killed by its own id when dropped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{Artifacts, eventually};

/// Lines of a log that an error message quotes.
const LOG_TAIL_LINES: usize = 40;

/// A running (or ended) process with its log.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with standard output and error in `NAME.log` of the artifacts folder (appended, so
    /// that a restart keeps what came before).
    pub fn spawn(name: &str, artifacts: &Artifacts, mut command: Command) -> Result<Self> {
        let log = artifacts.path(&format!("{name}.log"));
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("open {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().context("share the log file")?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("start {name}: {command:?}"))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// The name given at start.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where its log is.
    pub fn log_path(&self) -> &Path {
        &self.log
    }

    /// Everything it (and its predecessors of the same name in this test) wrote.
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Bytes in the log so far; hand it to [`Self::log_since`] to look only at what follows.
    pub fn log_mark(&self) -> usize {
        fs::metadata(&self.log).map_or(0, |data| usize::try_from(data.len()).unwrap_or(usize::MAX))
    }

    /// What was written after `mark`.
    pub fn log_since(&self, mark: usize) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(mark..).unwrap_or_default()).into_owned()
    }

    /// Waits for a line that contains all of `needles` and returns it.
    pub fn wait_for_log(&mut self, needles: &[&str], limit: Duration) -> Result<String> {
        self.wait_for_log_since(0, needles, limit)
    }

    /// Like [`Self::wait_for_log`], in what was written after `mark`.
    pub fn wait_for_log_since(&mut self, mark: usize, needles: &[&str], limit: Duration) -> Result<String> {
        let found = eventually(&format!("a log line of {} with {needles:?}", self.name), limit, || {
            let log = self.log_since(mark);
            Ok(log.lines().find(|line| needles.iter().all(|needle| line.contains(needle))).map(str::to_owned))
        });
        found.map(|(line, _)| line).with_context(|| self.log_tail())
    }

    /// True while it has not ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Fails with the log's end when the process is gone.
    pub fn assert_running(&mut self) -> Result<()> {
        match self.child.try_wait().with_context(|| format!("look after {}", self.name))? {
            None => Ok(()),
            Some(status) => bail!("{} ended with {status}; {}", self.name, self.log_tail()),
        }
    }

    /// Waits for its end.
    pub fn wait_exit(&mut self, limit: Duration) -> Result<ExitStatus> {
        let what = format!("the end of {}", self.name);
        let (status, _) = eventually(&what, limit, || Ok(self.child.try_wait()?))?;
        Ok(status)
    }

    /// Asks it to stop (SIGTERM) and waits.
    pub fn terminate(&mut self, limit: Duration) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.wait_exit(limit)
    }

    /// Kills it without notice (SIGKILL) and waits until it is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().with_context(|| format!("kill {}", self.name))?;
        self.child.wait().with_context(|| format!("reap {}", self.name))?;
        Ok(())
    }

    /// Sends a signal to exactly this process.
    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        if !self.is_running() {
            bail!("{} has already ended; {}", self.name, self.log_tail());
        }
        let id =
            i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("process id out of range")?;
        kill_process(id, signal).with_context(|| format!("signal {}", self.name))
    }

    /// The end of the log, for error messages.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(LOG_TAIL_LINES)..).unwrap_or_default().join("\n");
        format!("last lines of {}:\n{tail}", self.log.display())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill and `wait` only reaps.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
