//! From paths to the files of nodes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use cobnut_diagnostics::Source;

/// Largest file that is read, in bytes; configurations have a few thousand.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The node's own file in an Openfire installation, before everything else.
const PREFERRED: [&str; 2] = ["hazelcast-local-config.xml", "hazelcast.xml"];
/// Files that stand beside it and configure other things.
const OTHERS: [&str; 3] = ["openfire.xml", "security.xml", "log4j2.xml"];

/// One node's file.
#[derive(Debug)]
pub(crate) struct Input {
    /// How messages name the node.
    pub(crate) label: String,
    /// Where the file is; `None` for the standard input.
    pub(crate) path: Option<PathBuf>,
    /// Its text.
    pub(crate) source: Source,
}

/// Reads everything that the paths name; what cannot be read comes back as messages.
pub(crate) fn read_all(paths: &[PathBuf]) -> (Vec<Input>, Vec<String>) {
    let (mut inputs, mut errors) = (Vec::new(), Vec::new());
    // A file that is named twice is still one node.
    let mut seen = BTreeSet::new();
    for path in paths {
        match files_of(path) {
            Ok(files) => {
                for (label, file) in files {
                    if !fs::canonicalize(&file).map_or(true, |real| seen.insert(real)) {
                        continue;
                    }
                    match read(label, file) {
                        Ok(input) => inputs.push(input),
                        Err(error) => errors.push(format!("{error:#}")),
                    }
                }
            }
            Err(error) => errors.push(format!("{error:#}")),
        }
    }
    (inputs, errors)
}

/// Reads the standard input as one file.
pub(crate) fn read_stream(stream: &mut dyn Read) -> Result<Input> {
    let mut bytes = Vec::new();
    stream.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).context("<stdin>")?;
    let source = decode("<stdin>", bytes)?;
    Ok(Input { label: "<stdin>".to_owned(), path: None, source })
}

fn read(label: String, path: PathBuf) -> Result<Input> {
    let name = path.display().to_string();
    let file = fs::File::open(&path).with_context(|| name.clone())?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(|| name.clone())?;
    let source = decode(&name, bytes)?;
    Ok(Input { label, path: Some(path), source })
}

fn decode(name: &str, bytes: Vec<u8>) -> Result<Source> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("{name}: the file is larger than {} MiB, which is no configuration", FILE_BYTES_MAX >> 20);
    }
    Source::decode(name, bytes).with_context(|| name.to_owned())
}

/// The files of a path with the labels of their nodes: the file itself, the file of a node folder, the files of a folder, or
/// the files of the node folders in it.
fn files_of(path: &Path) -> Result<Vec<(String, PathBuf)>> {
    let label = path.display().to_string();
    let metadata = fs::metadata(path).with_context(|| label.clone())?;
    if !metadata.is_dir() {
        return Ok(vec![(label, path.to_owned())]);
    }
    if let Some(file) = node_file(path)? {
        return Ok(vec![(label, file)]);
    }
    let plain: Vec<PathBuf> = entries(path)?.into_iter().filter(|entry| is_plain_xml(entry)).collect();
    if !plain.is_empty() {
        return Ok(plain.into_iter().map(|file| (file.display().to_string(), file)).collect());
    }
    let mut found = Vec::new();
    for folder in entries(path)?.into_iter().filter(|entry| entry.is_dir()) {
        if let Some(file) = node_file(&folder)? {
            found.push((folder.display().to_string(), file));
        }
    }
    if found.is_empty() {
        bail!("{label}: no hazelcast*.xml in this folder, in its conf folder, or in a folder below it");
    }
    Ok(found)
}

/// The configuration of the node whose folder this is: an Openfire home, its `conf`, or any folder with a hazelcast*.xml.
fn node_file(folder: &Path) -> Result<Option<PathBuf>> {
    for place in [folder.join("conf"), folder.to_owned()] {
        if !place.is_dir() {
            continue;
        }
        let files = entries(&place)?;
        let is_named = |file: &PathBuf, name: &str| file.file_name().is_some_and(|own| own == name);
        let preferred = PREFERRED.iter().find_map(|name| files.iter().find(|file| is_named(file, name)));
        if let Some(file) = preferred.or_else(|| files.iter().find(|file| is_node_config(file))) {
            return Ok(Some(file.clone()));
        }
    }
    Ok(None)
}

fn is_node_config(file: &Path) -> bool {
    let name = name_of(file);
    name.starts_with("hazelcast")
        && is_xml(file)
        && !name.contains("client")
        && !name.contains("template")
        && !name.contains("cache-config")
        && file.is_file()
}

fn is_plain_xml(file: &Path) -> bool {
    let name = name_of(file);
    is_xml(file) && !name.starts_with("hazelcast") && !OTHERS.contains(&name.as_str()) && file.is_file()
}

fn is_xml(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}

fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// The entries of a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let name = folder.display().to_string();
    let read = fs::read_dir(folder).with_context(|| name.clone())?;
    let mut paths = Vec::new();
    for entry in read {
        paths.push(entry.with_context(|| name.clone())?.path());
    }
    paths.sort();
    Ok(paths)
}
