//! Safe fixes: found, applied, found again until nothing changes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use cobnut_diagnostics::{Diagnostic, Encoding, Fix, Safety, Source, apply};
use cobnut_lint::lint_cluster;

use crate::inputs::Input;

/// Rounds after which a chain of fixes is given up; each round may uncover one more finding.
const ROUNDS_MAX: usize = 16;

/// The inputs with every safe fix applied, and how many fixes that took.
pub(crate) fn fixed(inputs: &[Input]) -> (Vec<(Source, String)>, usize) {
    let mut files: Vec<(Source, String)> = pairs(inputs);
    let mut total = 0;
    for _ in 0..ROUNDS_MAX {
        let found = lint_cluster(&files);
        let fixes: Vec<&Fix> =
            found.iter().filter_map(Diagnostic::suggested_fix).filter(|fix| is_applicable(fix)).collect();
        let mut applied = 0;
        let next: Vec<(Source, String)> = files
            .iter()
            .map(|(source, label)| {
                let (text, count) = apply(source, fixes.iter().copied());
                applied += count;
                let source = if count > 0 { Source::new(source.name(), text) } else { source.clone() };
                (source, label.clone())
            })
            .collect();
        if applied == 0 {
            break;
        }
        total += applied;
        files = next;
    }
    (files, total)
}

/// Texts that were decoded from another encoding cannot be written back byte for byte.
fn is_applicable(fix: &Fix) -> bool {
    fix.safety == Safety::Safe
        && fix.edits.iter().all(|edit| edit.location.source().encoding() == Encoding::Utf8)
}

/// What the linter takes.
pub(crate) fn pairs(inputs: &[Input]) -> Vec<(Source, String)> {
    inputs.iter().map(|input| (input.source.clone(), input.label.clone())).collect()
}

/// Puts a text in place of a file's, all at once: a reader sees the old or the new file, never half of one.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let name = path.display().to_string();
    // A link stays a link: its target is what changes.
    let target = fs::canonicalize(path).with_context(|| name.clone())?;
    let permissions = fs::metadata(&target).with_context(|| name.clone())?.permissions();
    if permissions.readonly() {
        bail!("{name}: the file is write-protected");
    }
    let temporary = temporary_beside(&target);
    let result = (|| {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(permissions)?;
        file.sync_all()?;
        fs::rename(&temporary, &target)
    })();
    if result.is_err() {
        let _best_effort = fs::remove_file(&temporary);
    }
    result.with_context(|| name)
}

fn temporary_beside(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    target.with_file_name(name)
}
