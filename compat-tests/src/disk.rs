//! A disk of a few megabytes that can be filled up.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cobnut_test_support::find_program;

use crate::artifacts::announce;

/// What our file systems are mounted from, in the system's list.
const SOURCE: &str = "cobnut-test";

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
        run("mount", &["-t", "tmpfs", "-o", &size, SOURCE], at)?;
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
        let filler = self.filler.take().context("the disk was not filled")?;
        // A program that is being started may have a copy of the open file yet, which would keep the blocks.
        filler.set_len(0).context("truncate the filler")?;
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

/// Unmounts what a test that was killed has left mounted in a folder.
pub(crate) fn unmount_leftovers(folder: &Path) -> Result<()> {
    let mounts = fs::read_to_string("/proc/self/mounts").context("read /proc/self/mounts")?;
    let ours = mounts.lines().filter_map(|line| line.strip_prefix(SOURCE)?.split_whitespace().next());
    for place in ours.map(Path::new).filter(|place| place.starts_with(folder)) {
        run("umount", &["-l"], place)?;
    }
    Ok(())
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

    #[test]
    fn a_disk_that_was_left_behind_is_unmounted() -> Result<()> {
        if !ready("a_disk_that_was_left_behind_is_unmounted", &[Need::Namespaces]) {
            return Ok(());
        }
        let folder = tempfile::tempdir()?;
        // As if the test had been killed.
        let disk = std::mem::ManuallyDrop::new(SmallDisk::mount(&folder.path().join("data"), 1)?);
        assert!(fs::remove_dir(&disk.mount_point).is_err(), "a mount point cannot be removed");
        unmount_leftovers(folder.path())?;
        fs::remove_dir(&disk.mount_point)?;
        Ok(())
    }
}
