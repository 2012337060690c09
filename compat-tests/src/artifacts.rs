//! Where tests leave what a person wants to look at afterwards: logs, screenshots, timings.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::disk::unmount_leftovers;

/// The folder of the workspace's `Cargo.toml`.
pub fn repository_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's target directory, found from the running test binary (`TARGET/debug/deps/article-…`).
pub fn target_dir() -> PathBuf {
    profile_dir().parent().map_or_else(|| repository_root().join("target"), Path::to_path_buf)
}

/// The folder of the profile's binaries, `TARGET/debug`.
pub(crate) fn profile_dir() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|exe| exe.ancestors().nth(2).map(Path::to_path_buf))
        .unwrap_or_else(|| repository_root().join("target/debug"))
}

/// The artifacts folder of one test, `TARGET/compat-artifacts/TEST`, emptied when the test starts.
#[derive(Debug, Clone)]
pub struct Artifacts {
    folder: PathBuf,
}

impl Artifacts {
    /// Makes an empty folder for the test of this name.
    pub fn new(test: &str) -> Result<Self> {
        let folder = artifacts_root().join(test);
        if folder.exists() {
            unmount_leftovers(&folder)?;
            fs::remove_dir_all(&folder).with_context(|| format!("empty {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A path in the screenshots folder that all tests share.
    pub fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let folder = artifacts_root().join("screenshots");
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(folder.join(name))
    }
}

/// `TARGET/compat-artifacts`.
pub(crate) fn artifacts_root() -> PathBuf {
    target_dir().join("compat-artifacts")
}

/// Adds one line to `TARGET/compat-artifacts/NAME`; used for facts that a reader of CI wants at the end.
pub(crate) fn append_line(name: &str, line: &str) -> Result<()> {
    let folder = artifacts_root();
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let path = folder.join(name);
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("open {}", path.display()))?;
    file.write_all(format!("{line}\n").as_bytes()).with_context(|| format!("write {}", path.display()))
}

/// Notes how long something took, on stderr and in `TARGET/compat-artifacts/timings.txt`.
pub fn record_timing(what: &str, took: Duration) {
    let line = format!("{what}: {:.0} ms", took.as_secs_f64() * 1000.0);
    announce(&format!("TIMING {line}"));
    if let Err(err) = append_line("timings.txt", &line) {
        announce(&format!("could not record a timing: {err:#}"));
    }
}

/// Says something past the test runner, which hides what passing tests print.
pub fn note(line: &str) {
    announce(line);
}

/// Writes a line to stderr past the test runner, which hides what passing tests print.
pub(crate) fn announce(line: &str) {
    // Nothing sensible is left to do when stderr is closed.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
