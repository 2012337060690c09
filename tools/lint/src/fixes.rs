//! Fixes: found, applied, found again until nothing changes, and written back all together.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cobnut_diagnostics::{Diagnostic, Fix, apply_all};

use crate::check;
use crate::inputs::{Loaded, Place, TextFile};
use crate::settings::Settings;

/// Rounds after which a chain of fixes is given up; each round may uncover one more finding.
const ROUNDS_MAX: usize = 16;

/// What came of the fixes.
#[derive(Debug)]
pub(crate) struct Fixed {
    /// The files with their new texts.
    pub(crate) loaded: Loaded,
    /// Number of fixes applied.
    pub(crate) count: usize,
    /// Files in archives that would have been changed.
    pub(crate) in_archives: BTreeSet<String>,
    /// Files that may not be written.
    pub(crate) protected: BTreeSet<String>,
}

/// Applies fixes in memory. A fix that touches a file which cannot be written is left out whole.
pub(crate) fn fixed(
    loaded: &Loaded,
    settings: &Settings,
    with_unsafe: bool,
    is_wanted: &dyn Fn(Vec<Diagnostic>) -> Vec<Diagnostic>,
) -> Fixed {
    let mut out =
        Fixed { loaded: loaded.clone(), count: 0, in_archives: BTreeSet::new(), protected: BTreeSet::new() };
    for _ in 0..ROUNDS_MAX {
        let found = is_wanted(check(&out.loaded, settings));
        let fixes: Vec<&Fix> = found
            .iter()
            .filter_map(Diagnostic::suggested_fix)
            .filter(|fix| fix.safety.is_applied(with_unsafe))
            .collect();
        let fixes: Vec<&Fix> = fixes.into_iter().filter(|fix| out.can_write(fix)).collect();
        let applied = apply_all(fixes);
        if applied.count == 0 {
            break;
        }
        out.count += applied.count;
        out.loaded = out.loaded.with_texts(&applied.texts);
    }
    out
}

impl Fixed {
    fn can_write(&mut self, fix: &Fix) -> bool {
        let mut all = true;
        for edit in &fix.edits {
            let Some(file) = self.loaded.file_of(edit.location.source()) else { return false };
            let name = file.source.name().to_owned();
            match &file.place {
                Place::Archive => {
                    self.in_archives.insert(name);
                    all = false;
                }
                Place::Disk(path) if is_protected(path) => {
                    self.protected.insert(name);
                    all = false;
                }
                Place::Disk(_) | Place::Memory => {}
            }
        }
        all
    }

    /// The files whose text has changed.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &TextFile> {
        self.loaded.files.iter().filter(|file| file.source.text() != file.original.text())
    }

    /// Writes all changed files that lie on disk, or none: the texts are put beside the files first, and if a file cannot be
    /// replaced, those that were get their old text back.
    pub(crate) fn write(&self) -> Result<usize> {
        let mut staged = Vec::new();
        for file in self.changed() {
            let Place::Disk(path) = &file.place else { continue };
            match Staged::new(path, &file.source.encode(), file.original.encode()) {
                Ok(one) => staged.push(one),
                Err(error) => {
                    staged.iter().for_each(Staged::discard);
                    return Err(error);
                }
            }
        }
        for (index, one) in staged.iter().enumerate() {
            if let Err(error) = one.put() {
                let (done, rest) = staged.split_at(index);
                rest.iter().for_each(Staged::discard);
                done.iter().for_each(Staged::take_back);
                return Err(error);
            }
        }
        Ok(staged.len())
    }
}

fn is_protected(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly())
}

/// A new text beside its file. A reader sees the old or the new file, never half of one.
struct Staged {
    /// The name as findings show it.
    name: String,
    target: PathBuf,
    temporary: PathBuf,
    old: Vec<u8>,
}

impl Staged {
    fn new(path: &Path, text: &[u8], old: Vec<u8>) -> Result<Self> {
        let name = path.display().to_string();
        // A link stays a link: its target is what changes.
        let target = fs::canonicalize(path).with_context(|| name.clone())?;
        let permissions = fs::metadata(&target).with_context(|| name.clone())?.permissions();
        let temporary = temporary_beside(&target);
        let result = (|| {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
            file.write_all(text)?;
            file.set_permissions(permissions)?;
            file.sync_all()
        })();
        let staged = Self { name: name.clone(), target, temporary, old };
        if result.is_err() {
            staged.discard();
        }
        result.with_context(|| name).map(|()| staged)
    }

    fn put(&self) -> Result<()> {
        fs::rename(&self.temporary, &self.target).with_context(|| self.name.clone())
    }

    fn discard(&self) {
        let _best_effort = fs::remove_file(&self.temporary);
    }

    fn take_back(&self) {
        let _best_effort = fs::write(&self.target, &self.old);
    }
}

fn temporary_beside(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    target.with_file_name(name)
}
