//! Where the checkout and Cargo's target directory are, and how to run things there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{Message, Metadata, MetadataCommand};

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

    /// The test programs of one package, built together with the whole workspace (so with the same features).
    pub(crate) fn test_programs(&self, package: &str) -> Result<Vec<PathBuf>> {
        let packages = self.metadata.workspace_packages().into_iter();
        let id = packages.filter(|candidate| candidate.name == package).map(|found| found.id.clone()).next();
        let id = id.with_context(|| format!("the workspace has no package {package}"))?;
        let arguments = ["build", "--quiet", "--workspace", "--all-targets", "--message-format=json"];
        let output = self.cargo(&arguments).stderr(Stdio::inherit()).output().context("run cargo build")?;
        if !output.status.success() {
            bail!("cargo build of the tests ended with {}", output.status);
        }
        let mut programs = Vec::new();
        for message in Message::parse_stream(output.stdout.as_slice()) {
            if let Message::CompilerArtifact(artifact) = message.context("read what cargo built")?
                && artifact.package_id == id
                && artifact.profile.test
            {
                programs.extend(artifact.executable.map(Into::into));
            }
        }
        programs.sort();
        Ok(programs)
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
