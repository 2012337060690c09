//! What lies in a folder: an Openfire home, a node's folder, plain files, or folders of nodes.

use std::path::{Path, PathBuf};

use anyhow::Result;
use cobnut_diagnostics::Source;

use super::loader::Found;
use super::tree::Tree;
use cobnut_lint::{Kind, kind};

/// Folders below the one that was named which are searched for nodes.
const DEPTH_MAX: usize = 4;
/// Folders that are looked into: somebody may name the root of a machine.
const FOLDERS_MAX: usize = 20_000;

/// The node's own file in an Openfire installation, before everything else.
const PREFERRED: [&str; 3] = ["hazelcast-local-config.xml", "hazelcast.xml", "hazelcast.yaml"];
/// The plugin's file, which imports the node's own.
const PLUGIN_FILE: &str = "hazelcast-cache-config.xml";
/// Files that stand beside and configure other things.
const OTHERS: [&str; 6] =
    ["openfire.xml", "security.xml", "log4j2.xml", "available-plugins.xml", "server-update.xml", "crowd.xml"];
/// Where Openfire and its container image keep key stores.
const STORES: [&str; 2] = ["resources/security", "conf/security"];
const STORE_NAMES: [&str; 3] = ["keystore", "truststore", "client.truststore"];

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) nodes: Vec<Found>,
    /// Configuration files without the names of an installation.
    pub(super) plain: Vec<PathBuf>,
    pub(super) balancers: Vec<PathBuf>,
    /// Folders below the one that was named which could not be searched.
    pub(super) problems: Vec<anyhow::Error>,
    /// How many folders were looked into.
    searched: usize,
}

/// Searches a folder.
pub(super) fn find(tree: &Tree, folder: &Path) -> Result<Contents> {
    let mut contents = Contents::default();
    search(tree, folder, 0, &mut contents)?;
    Ok(contents)
}

fn search(tree: &Tree, folder: &Path, depth: usize, out: &mut Contents) -> Result<()> {
    let entries = tree.entries(folder)?;
    out.balancers.extend(entries.iter().filter(|file| may_be_balancer(tree, file)).cloned());
    if let Some(node) = home(tree, folder)? {
        out.nodes.push(node);
        return Ok(());
    }
    if let Some(node) = node_folder(tree, folder)? {
        out.nodes.push(node);
        return Ok(());
    }
    let plain: Vec<PathBuf> = entries.iter().filter(|file| is_plain_file(tree, file)).cloned().collect();
    // Beside the folders of nodes there may lie a file that configures something else.
    let is_configured = plain.iter().any(|file| is_configuration(tree, file));
    out.plain.extend(plain);
    if is_configured || depth >= DEPTH_MAX {
        return Ok(());
    }
    for folder in entries.iter().filter(|entry| tree.is_folder(entry) && !is_hidden(entry)) {
        out.searched += 1;
        if out.searched > FOLDERS_MAX {
            break;
        }
        if let Err(error) = search(tree, folder, depth + 1, out) {
            out.problems.push(error);
        }
    }
    Ok(())
}

/// An Openfire home, with the files where Openfire looks for them (the plugin's own first, then `conf`).
fn home(tree: &Tree, folder: &Path) -> Result<Option<Found>> {
    let conf = folder.join("conf");
    let openfire = ["openfire.xml", "openfire.xml.tmp"].map(|name| conf.join(name));
    let Some(openfire_xml) = openfire.into_iter().find(|file| tree.is_file(file)) else { return Ok(None) };
    let classes = folder.join("plugins/hazelcast/classes");
    let hazelcast = [classes.join(PLUGIN_FILE), conf.join(PLUGIN_FILE)];
    let hazelcast = match hazelcast.into_iter().find(|file| tree.is_file(file)) {
        Some(file) => Some(file),
        None => configuration(tree, &conf)?.or(configuration(tree, folder)?),
    };
    let security_xml = Some(conf.join("security.xml")).filter(|file| tree.is_file(file));
    let store = |name: &str| {
        let places = STORES.map(|place| folder.join(place).join(name));
        places.into_iter().find(|file| tree.is_file(file))
    };
    let mut file_names = Vec::new();
    for place in ["", "conf", "plugins", "plugins/hazelcast/classes", "resources/security"] {
        let below = folder.join(place);
        if tree.is_folder(&below) {
            file_names.extend(names(tree, folder, &below)?);
        }
    }
    Ok(Some(Found {
        label: label(tree, folder),
        hazelcast,
        openfire_xml: Some(openfire_xml),
        security_xml,
        keystores: STORE_NAMES.iter().filter_map(|name| store(name)).collect(),
        file_names,
        home: Some(folder.to_owned()),
    }))
}

/// A folder with a hazelcast*.xml in it or in its `conf`.
fn node_folder(tree: &Tree, folder: &Path) -> Result<Option<Found>> {
    for place in [folder.join("conf"), folder.to_owned()] {
        if !tree.is_folder(&place) {
            continue;
        }
        if let Some(file) = configuration(tree, &place)? {
            let beside = |name: &str| Some(place.join(name)).filter(|file| tree.is_file(file));
            return Ok(Some(Found {
                label: label(tree, folder),
                hazelcast: Some(file),
                openfire_xml: beside("openfire.xml"),
                security_xml: beside("security.xml"),
                file_names: names(tree, folder, &place)?,
                home: place.ends_with("conf").then(|| place.parent().unwrap_or(Path::new("")).to_owned()),
                ..Found::default()
            }));
        }
    }
    Ok(None)
}

/// The node's configuration in a folder, by its usual names.
fn configuration(tree: &Tree, folder: &Path) -> Result<Option<PathBuf>> {
    if !tree.is_folder(folder) {
        return Ok(None);
    }
    let files = tree.entries(folder)?;
    let preferred = PREFERRED.iter().find_map(|name| files.iter().find(|file| name_of(file) == *name));
    Ok(preferred.or_else(|| files.iter().find(|file| is_node_config(tree, file))).cloned())
}

fn label(tree: &Tree, folder: &Path) -> String {
    tree.display(folder)
}

/// The files of `folder` as paths from `home`.
fn names(tree: &Tree, home: &Path, folder: &Path) -> Result<Vec<String>> {
    let files = tree.entries(folder)?;
    let files = files.iter().filter(|file| tree.is_file(file));
    Ok(files.filter_map(|file| Some(file.strip_prefix(home).ok()?.to_string_lossy().into_owned())).collect())
}

fn is_node_config(tree: &Tree, file: &Path) -> bool {
    let name = name_of(file);
    name.starts_with("hazelcast")
        && (is_xml(file) || is_yaml(file))
        && !name.contains("client")
        && !name.contains("template")
        && !name.contains("cache-config")
        && tree.is_file(file)
}

fn is_plain_file(tree: &Tree, file: &Path) -> bool {
    let name = name_of(file);
    let is_named = is_xml(file) && !name.starts_with("hazelcast") && !OTHERS.contains(&name.as_str());
    (is_named || name == PLUGIN_FILE) && tree.is_file(file)
}

/// By its content.
fn is_configuration(tree: &Tree, file: &Path) -> bool {
    let source = tree.read(file).ok().and_then(|bytes| Source::decode(tree.display(file), bytes).ok());
    source.is_none_or(|source| kind(&source) == Kind::Hazelcast)
}

/// By its name: the content decides when it has been read.
fn may_be_balancer(tree: &Tree, file: &Path) -> bool {
    has_extension(file, &["cfg", "conf"]) && tree.is_file(file)
}

fn is_hidden(path: &Path) -> bool {
    name_of(path).starts_with('.')
}

fn is_xml(file: &Path) -> bool {
    has_extension(file, &["xml"])
}

fn is_yaml(file: &Path) -> bool {
    has_extension(file, &["yaml", "yml"])
}

fn has_extension(file: &Path, known: &[&str]) -> bool {
    file.extension().is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default()
}
