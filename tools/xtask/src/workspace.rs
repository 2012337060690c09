//! Where the checkout and Cargo's target directory are, and how to run things there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

/// The checkout.
pub(crate) struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    /// Asks Cargo.
    pub(crate) fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec()
            .context("ask cargo for the workspace's metadata")?;
        Ok(Self { metadata })
    }

    /// What Cargo knows of our crates.
    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Cargo's target directory.
    pub(crate) fn target(&self) -> PathBuf {
        self.metadata.target_directory.clone().into_std_path_buf()
    }

    /// Names of the integration test files of the packages that `wanted` accepts.
    pub(crate) fn test_files(&self, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let packages = self.metadata.workspace_packages().into_iter();
        packages
            .filter(|package| wanted(&package.name))
            .flat_map(|package| &package.targets)
            .filter(|target| target.is_test())
            .map(|target| target.name.clone())
            .collect()
    }

    /// A Cargo command in the root of the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(self.root());
        command
    }

    /// Files that git knows or would add, relative to the root.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        let output = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(self.root())
            .output()
            .context("run git ls-files")?;
        if !output.status.success() {
            bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let names = String::from_utf8(output.stdout).context("file names in UTF-8")?;
        // A file that is deleted but not yet committed is still in the index.
        let files =
            names.split_terminator('\0').map(PathBuf::from).filter(|path| self.root().join(path).exists());
        Ok(files.collect())
    }
}

/// Looks a program up on the `PATH` and in the `sbin` folders that a plain user's `PATH` lacks.
pub(crate) fn find_program(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}
