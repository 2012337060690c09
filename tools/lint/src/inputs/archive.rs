//! Zip and tar archives, read into memory. Nothing is unpacked to disk, so a name can lead nowhere; sizes are limited, because
//! a small archive can hold endless zeros.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use flate2::read::MultiGzDecoder;

use super::tree::{FILE_BYTES_MAX, Tree, read_limited};

/// Most files in an archive; a backup of an Openfire home has some thousands.
const ENTRIES_MAX: usize = 100_000;
/// Most bytes of all files that are read together.
const TOTAL_BYTES_MAX: u64 = 128 << 20;
/// Most bytes that a compressed tar may unpack to while it is searched.
const STREAM_BYTES_MAX: u64 = 4 << 30;

/// Files that may be configurations, by the end of their names; logs and libraries are not read.
const READ: [&str; 10] =
    [".xml", ".yaml", ".yml", ".cfg", ".conf", ".tmp", ".jks", ".p12", "keystore", "truststore"];

/// Reads an archive.
pub(super) fn open(name: &str, bytes: Vec<u8>) -> Result<Tree> {
    let mut archive = Archive { name, files: BTreeMap::new(), total: 0 };
    match bytes.get(..2) {
        Some(b"PK") => archive.zip(bytes)?,
        Some([0x1F, 0x8B]) => {
            let unpacked = MultiGzDecoder::new(Cursor::new(bytes)).take(STREAM_BYTES_MAX);
            archive.tar(unpacked).with_context(|| format!("{name}: not a tar archive in gzip"))?;
        }
        _ => archive.tar(Cursor::new(bytes)).with_context(|| format!("{name}: not a tar archive"))?,
    }
    Ok(Tree::Archive { name: name.to_owned(), files: archive.files })
}

struct Archive<'a> {
    name: &'a str,
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    total: u64,
}

impl Archive<'_> {
    fn zip(&mut self, bytes: Vec<u8>) -> Result<()> {
        let name = self.name;
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).with_context(|| name.to_owned())?;
        for index in 0..zip.len().min(ENTRIES_MAX + 1) {
            let file = zip.by_index(index).with_context(|| format!("{name}: entry {}", index + 1))?;
            if file.is_dir() || file.is_symlink() {
                continue;
            }
            let path = file.enclosed_name().filter(|path| is_plain(path));
            let path = path.with_context(|| format!("{name}: an entry's name leads out of the archive"))?;
            self.add(path, file)?;
        }
        Ok(())
    }

    fn tar(&mut self, stream: impl Read) -> Result<()> {
        for entry in tar::Archive::new(stream).entries()? {
            let entry = entry?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let path = entry.path()?.into_owned();
            let path: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
            if !is_plain(&path) {
                bail!("the entry {} leads out of the archive", path.display());
            }
            self.add(path, entry)?;
        }
        Ok(())
    }

    fn add(&mut self, path: PathBuf, content: impl Read) -> Result<()> {
        if self.files.len() >= ENTRIES_MAX {
            bail!("{}: more than {ENTRIES_MAX} files", self.name);
        }
        let lower = path.to_string_lossy().to_lowercase();
        if !READ.iter().any(|end| lower.ends_with(end)) {
            self.files.insert(path, None);
            return Ok(());
        }
        let shown = format!("{}/{}", self.name, path.display());
        let left = (TOTAL_BYTES_MAX - self.total).min(FILE_BYTES_MAX);
        let bytes = read_limited(content.take(left + 1), &shown)?;
        self.total += bytes.len() as u64;
        if bytes.len() as u64 > left {
            bail!("{}: more than {} MiB of configuration files", self.name, TOTAL_BYTES_MAX >> 20);
        }
        self.files.insert(path, Some(bytes));
        Ok(())
    }
}

/// Whether a path only goes down.
fn is_plain(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_))) && path.file_name().is_some()
}
