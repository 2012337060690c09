//! Folders and files, on disk or in an archive.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Largest file that is read, in bytes; configurations have a few thousand.
pub(super) const FILE_BYTES_MAX: u64 = 16 << 20;

/// Where files come from.
#[derive(Debug)]
pub(super) enum Tree {
    /// The file system.
    Disk,
    /// The files of an archive by their path, which has no leading slash; what is not worth reading is there without content.
    Archive {
        /// Name of the archive as the user wrote it.
        name: String,
        /// Its files.
        files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    },
}

impl Tree {
    /// Whether there is a folder of this name.
    pub(super) fn is_folder(&self, path: &Path) -> bool {
        match self {
            Self::Disk => path.is_dir(),
            Self::Archive { files, .. } => {
                let path = plain(path);
                files.keys().any(|file| file != &path && file.starts_with(&path))
            }
        }
    }

    /// Whether there is a file of this name.
    pub(super) fn is_file(&self, path: &Path) -> bool {
        match self {
            Self::Disk => path.is_file(),
            Self::Archive { files, .. } => files.contains_key(&plain(path)),
        }
    }

    /// The entries of a folder, sorted.
    pub(super) fn entries(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        match self {
            Self::Disk => {
                let name = folder.display().to_string();
                let mut paths = Vec::new();
                for entry in fs::read_dir(folder).with_context(|| name.clone())? {
                    paths.push(entry.with_context(|| name.clone())?.path());
                }
                paths.sort();
                Ok(paths)
            }
            Self::Archive { files, .. } => {
                let folder = plain(folder);
                let below =
                    files.keys().filter_map(|file| file.strip_prefix(&folder).ok()?.components().next());
                let names: BTreeSet<PathBuf> = below.map(|first| folder.join(first)).collect();
                Ok(names.into_iter().collect())
            }
        }
    }

    /// The bytes of a file.
    pub(super) fn read(&self, path: &Path) -> Result<Vec<u8>> {
        let name = self.display(path);
        match self {
            Self::Disk => {
                let file = fs::File::open(path).with_context(|| name.clone())?;
                read_limited(file, &name)
            }
            Self::Archive { files, .. } => match files.get(&plain(path)) {
                Some(Some(bytes)) => Ok(bytes.clone()),
                _ => bail!("{name}: no such file in the archive"),
            },
        }
    }

    /// The name as findings show it.
    pub(super) fn display(&self, path: &Path) -> String {
        match self {
            Self::Disk => path.display().to_string(),
            Self::Archive { name, .. } if path.as_os_str().is_empty() => name.clone(),
            Self::Archive { name, .. } => format!("{name}/{}", plain(path).display()),
        }
    }

    /// Whether files can be written back.
    pub(super) fn is_disk(&self) -> bool {
        matches!(self, Self::Disk)
    }
}

/// All bytes of a stream, if they are not more than a configuration has.
pub(super) fn read_limited(stream: impl Read, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(|| name.to_owned())?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("{name}: the file is larger than {} MiB, which is no configuration", FILE_BYTES_MAX >> 20);
    }
    Ok(bytes)
}

/// The path without `.` and `..`, which archives do not know.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                out.pop();
            }
            _ => {}
        }
    }
    out
}
