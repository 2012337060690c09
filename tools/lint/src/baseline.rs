//! Findings that are known: listed in a file, so that only new ones are reported.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use cobnut_diagnostics::{Diagnostic, fingerprints};
use serde::{Deserialize, Serialize};

/// The form of the file; another one is refused.
const VERSION: u32 = 1;

/// The file. Rule, file, line and message are for people and for differences in version control; the fingerprint counts.
#[derive(Debug, Serialize, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    rule: String,
    file: String,
    line: usize,
    message: String,
    fingerprint: String,
}

/// Findings split by a baseline.
#[derive(Debug)]
pub(crate) struct Split {
    /// Those that it does not list.
    pub(crate) new: Vec<Diagnostic>,
    /// How many it lists.
    pub(crate) known: usize,
    /// How many of its entries were not found any more.
    pub(crate) gone: usize,
}

/// Leaves out what the file lists.
pub(crate) fn split(path: &Path, found: Vec<Diagnostic>) -> Result<Split> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .with_context(|| format!("{name}: --write-baseline {name} would write it"))?;
    let file: File = serde_json::from_str(&text).with_context(|| format!("{name}: not a baseline"))?;
    if file.version != VERSION {
        bail!("{name}: a baseline of form {}, this version reads {VERSION}", file.version);
    }
    let listed: BTreeSet<&str> = file.findings.iter().map(|entry| entry.fingerprint.as_str()).collect();
    let prints = fingerprints(&found, keys(path));
    let gone = listed.iter().filter(|listed| !prints.iter().any(|print| print == *listed)).count();
    let all = found.len();
    let new: Vec<Diagnostic> = found
        .into_iter()
        .zip(prints)
        .filter(|(_, print)| !listed.contains(print.as_str()))
        .map(|(found, _)| found)
        .collect();
    Ok(Split { known: all - new.len(), new, gone })
}

/// Writes all findings to the file.
pub(crate) fn write(path: &Path, found: &[Diagnostic]) -> Result<()> {
    let key = keys(path);
    let findings = found.iter().zip(fingerprints(found, &key)).map(|(found, fingerprint)| Entry {
        rule: found.rule().to_owned(),
        file: key(found),
        line: found.line(),
        message: found.message().to_owned(),
        fingerprint,
    });
    let file = File { version: VERSION, findings: findings.collect() };
    let text = serde_json::to_string_pretty(&file)? + "\n";
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// Names of files as the baseline knows them: from its own folder, wherever the linter is started.
fn keys(baseline: &Path) -> impl Fn(&Diagnostic) -> String {
    let folder = baseline.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).ok();
    move |found: &Diagnostic| {
        let name = found.source().name();
        let whole: Option<PathBuf> = fs::canonicalize(name).ok();
        let from_folder =
            whole.as_ref().zip(folder.as_ref()).and_then(|(file, folder)| file.strip_prefix(folder).ok());
        from_folder.map_or_else(
            || name.strip_prefix("./").unwrap_or(name).to_owned(),
            |path| path.display().to_string(),
        )
    }
}
