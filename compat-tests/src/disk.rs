//! A disk of a few megabytes that can be filled up.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cobnut_test_support::find_program;

use crate::artifacts::announce;

/// A file system in memory, unmounted and removed when dropped.
#[derive(Debug)]
pub struct SmallDisk {
    mount_point: PathBuf,
    filler: Option<File>,
}

impl SmallDisk {
    /// Mounts an empty disk of this size at a folder that is made if need be.
    pub fn mount(at: &Path, mebibytes: u32) -> Result<Self> {
        fs::create_dir_all(at).with_context(|| format!("create {}", at.display()))?;
        let size = format!("size={mebibytes}m,mode=755");
        run("mount", &["-t", "tmpfs", "-o", &size, "cobnut-test"], at)?;
        Ok(Self { mount_point: at.to_owned(), filler: None })
    }

    /// Writes until nothing more fits.
    pub fn fill(&mut self) -> Result<()> {
        let path = self.filler_path();
        let mut file = File::create(&path).with_context(|| format!("create {}", path.display()))?;
        // Halving the block in the end leaves not a single byte free.
        let mut block = vec![0; 64 << 10];
        while !block.is_empty() {
            match file.write(&block) {
                Ok(written) if written > 0 => {}
                _ => block.truncate(block.len() / 2),
            }
        }
        self.filler = Some(file);
        Ok(())
    }

    /// Makes room again.
    pub fn empty(&mut self) -> Result<()> {
        self.filler = None;
        let path = self.filler_path();
        fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))
    }

    fn filler_path(&self) -> PathBuf {
        self.mount_point.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        self.filler = None;
        // Lazily: a process that is about to end may still hold a file.
        if let Err(err) = run("umount", &["-l"], &self.mount_point) {
            announce(&format!("could not unmount a test disk: {err:#}"));
        }
    }
}

fn run(program: &str, arguments: &[&str], at: &Path) -> Result<()> {
    let path = find_program(program).with_context(|| format!("the program {program} is not installed"))?;
    let output = Command::new(path).args(arguments).arg(at).output().context("run mount")?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{program} {}: {}", at.display(), complaint.trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Need, ready};

    #[test]
    fn a_full_disk_takes_nothing_until_it_is_emptied() -> Result<()> {
        if !ready("a_full_disk_takes_nothing_until_it_is_emptied", &[Need::Namespaces]) {
            return Ok(());
        }
        let folder = tempfile::tempdir()?;
        let mut disk = SmallDisk::mount(folder.path(), 1)?;
        let file = folder.path().join("file");
        fs::write(&file, "before")?;
        disk.fill()?;
        assert!(fs::write(folder.path().join("other"), "during").is_err());
        disk.empty()?;
        fs::write(folder.path().join("other"), "after")?;
        assert_eq!(fs::read_to_string(&file)?, "before");
        Ok(())
    }
}
