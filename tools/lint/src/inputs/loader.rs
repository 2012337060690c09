//! Files into nodes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use cobnut_diagnostics::Source;
use cobnut_lint::{Kind, NodeInput, is_archive, is_keystore, kind};

use super::imports::{candidates, password_files, replaced, resources};
use super::loaded::{Loaded, Place, TextFile};
use super::tree::{Tree, read_limited};
use super::{archive, folder};

/// Files that one configuration may lead to by imports.
const IMPORTS_MAX: usize = 32;

/// Reads what the paths name.
pub(super) struct Loader<'a> {
    variables: &'a [(String, String)],
    openfire_home: Option<&'a Path>,
    out: Loaded,
    /// Files on disk by their real path: one that is reached twice is still one.
    known: BTreeMap<PathBuf, Source>,
    /// Real paths of the files that are the configuration of a node.
    mains: BTreeSet<PathBuf>,
    /// For each node the real path of its configuration, as far as it has one on disk.
    main_of: Vec<Option<PathBuf>>,
    imported: BTreeSet<PathBuf>,
}

/// The files of a node that were found in a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) label: String,
    pub(super) hazelcast: Option<PathBuf>,
    pub(super) openfire_xml: Option<PathBuf>,
    pub(super) security_xml: Option<PathBuf>,
    pub(super) keystores: Vec<PathBuf>,
    pub(super) file_names: Vec<String>,
    /// What `${openfireHome}` means in its files.
    pub(super) home: Option<PathBuf>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(variables: &'a [(String, String)], openfire_home: Option<&'a Path>) -> Self {
        Self {
            variables,
            openfire_home,
            out: Loaded::default(),
            known: BTreeMap::new(),
            mains: BTreeSet::new(),
            main_of: Vec::new(),
            imported: BTreeSet::new(),
        }
    }

    /// Reads a file or folder.
    pub(super) fn path(&mut self, path: &Path) {
        if let Err(error) = self.try_path(path) {
            self.problem(&error);
        }
    }

    fn try_path(&mut self, path: &Path) -> Result<()> {
        let name = path.display().to_string();
        let metadata = fs::metadata(path).with_context(|| name.clone())?;
        if metadata.is_dir() {
            return self.folder(&Tree::Disk, path);
        }
        let mut head = [0; 512];
        let mut file = fs::File::open(path).with_context(|| name.clone())?;
        let length = file.read(&mut head).with_context(|| name.clone())?;
        let head = &head[..length];
        if is_archive(&name, head) {
            // An archive may be larger than a configuration; what is in it is limited on its own.
            let bytes = fs::read(path).with_context(|| name.clone())?;
            return self.folder(&archive::open(&name, bytes)?, Path::new(""));
        }
        if is_keystore(head) {
            let bytes = Tree::Disk.read(path)?;
            self.companion(path).keystores.push((name, bytes));
            return Ok(());
        }
        let Some(source) = self.text(&Tree::Disk, path)? else { return Ok(()) };
        self.single(source, path)
    }

    /// A file that was named by itself.
    fn single(&mut self, source: Source, path: &Path) -> Result<()> {
        let name = source.name().to_owned();
        match kind(&source) {
            Kind::Hazelcast | Kind::OtherXml => {
                let found = Found { label: name, hazelcast: Some(path.to_owned()), ..Found::default() };
                self.node(&Tree::Disk, found);
            }
            Kind::Openfire => self.companion(path).openfire_xml = Some(source),
            Kind::Security => self.companion(path).security_xml = Some(source),
            Kind::Balancer => self.out.input.balancers.push(source),
            Kind::Other => {
                self.out.files.retain(|file| file.source != source);
                bail!(
                    "{name}: no configuration that is known here (Hazelcast in XML or YAML, Openfire's openfire.xml and \
                     security.xml, key stores, HAProxy, nginx)"
                );
            }
        }
        Ok(())
    }

    /// The node that a file of Openfire belongs to: that of the same folder, or a new one.
    fn companion(&mut self, path: &Path) -> &mut NodeInput {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let label = if folder.as_os_str().is_empty() { ".".to_owned() } else { folder.display().to_string() };
        let is_same = |node: &NodeInput| {
            let file = node.hazelcast.as_ref().map(Source::name);
            file.map_or(node.label == label, |file| Path::new(file).parent() == Some(&folder))
        };
        let index = self.out.input.nodes.iter().position(is_same).unwrap_or_else(|| {
            let mut node = NodeInput::of_file(Source::new("", ""), label);
            node.hazelcast = None;
            self.out.input.nodes.push(node);
            self.main_of.push(None);
            self.out.input.nodes.len() - 1
        });
        &mut self.out.input.nodes[index]
    }

    /// Everything in a folder.
    fn folder(&mut self, tree: &Tree, path: &Path) -> Result<()> {
        let count = |loader: &Self| {
            let out = &loader.out;
            out.input.nodes.len() + out.input.balancers.len() + out.problems.len()
        };
        let before = count(self);
        let known = self.mains.len();
        let found = folder::find(tree, path)?;
        found.problems.iter().for_each(|error| self.problem(error));
        for file in found.balancers.iter().chain(&found.plain) {
            match self.text(tree, file) {
                Ok(Some(source)) => self.plain(tree, source, file),
                Ok(None) => {}
                Err(error) => self.problem(&error),
            }
        }
        let is_found = !found.nodes.is_empty();
        for node in found.nodes {
            self.node(tree, node);
        }
        // A folder whose nodes were named before brings nothing new and is no mistake.
        let is_known = is_found || (known > 0 && !found.plain.is_empty());
        if count(self) == before && !is_known {
            bail!(
                "{}: no hazelcast*.xml in this folder, in its conf folder, or in a folder below it",
                tree.display(path)
            );
        }
        Ok(())
    }

    /// A file that lies in a folder without the names of an installation.
    fn plain(&mut self, tree: &Tree, source: Source, path: &Path) {
        match kind(&source) {
            Kind::Hazelcast => {
                let label = source.name().to_owned();
                self.node(tree, Found { label, hazelcast: Some(path.to_owned()), ..Found::default() });
            }
            Kind::Balancer => self.out.input.balancers.push(source),
            Kind::Openfire | Kind::Security => {}
            Kind::OtherXml | Kind::Other => {
                self.out.files.retain(|file| file.source != source);
                if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) {
                    self.out.skipped.push(format!("{}: left out, it is no configuration", source.name()));
                }
            }
        }
    }

    /// Reads the files of a node; what cannot be read is a problem and not the end.
    fn node(&mut self, tree: &Tree, found: Found) {
        let real = found
            .hazelcast
            .as_deref()
            .filter(|_| tree.is_disk())
            .and_then(|path| fs::canonicalize(path).ok());
        if let Some(real) = &real
            && !self.mains.insert(real.clone())
        {
            return;
        }
        let mut node = NodeInput::of_file(Source::new("", ""), found.label);
        node.hazelcast = found.hazelcast.as_deref().and_then(|path| self.attempt(tree, path));
        node.openfire_xml = found.openfire_xml.as_deref().and_then(|path| self.attempt(tree, path));
        node.security_xml = found.security_xml.as_deref().and_then(|path| self.attempt(tree, path));
        for path in &found.keystores {
            match tree.read(path) {
                Ok(bytes) => node.keystores.push((tree.display(path), bytes)),
                Err(error) => self.problem(&error),
            }
        }
        node.file_names = found.file_names;
        node.variables = self.variables.to_vec();
        let home = found.home.as_deref().or(self.openfire_home);
        if let Some(home) = home
            && !node.variables.iter().any(|(name, _)| name == "openfireHome")
        {
            let home = if home.as_os_str().is_empty() { Path::new(".") } else { home };
            node.variables.push(("openfireHome".to_owned(), home.display().to_string()));
        }
        if let (Some(source), Some(path)) = (node.hazelcast.clone(), found.hazelcast) {
            self.imports(tree, &source, &path, &mut node);
        }
        let is_empty = node.hazelcast.is_none() && node.openfire_xml.is_none() && node.keystores.is_empty();
        if !is_empty {
            self.out.input.nodes.push(node);
            self.main_of.push(real);
        }
    }

    /// Adds the files that a configuration imports, under every name that leads to them.
    fn imports(&mut self, tree: &Tree, source: &Source, path: &Path, node: &mut NodeInput) {
        let mut queue = vec![(source.clone(), path.to_owned())];
        while let Some((source, path)) = queue.pop() {
            for file in password_files(&source) {
                let name = replaced(&file, &node.variables);
                let found = candidates(&name, &path).into_iter().find_map(|path| tree.read(&path).ok());
                node.secrets.extend(found.map(|bytes| (name, bytes)));
            }
            for resource in resources(&source) {
                let name = replaced(&resource, &node.variables);
                if node.imports.len() >= IMPORTS_MAX || node.imports.iter().any(|(known, _)| *known == name) {
                    continue;
                }
                let places = candidates(&name, &path);
                let Some(target) = places.iter().find(|path| tree.is_file(path)) else {
                    let tried = places.iter().map(|path| tree.display(path)).collect();
                    node.missing_imports.push((name, tried));
                    continue;
                };
                if let Ok(real) = fs::canonicalize(target)
                    && tree.is_disk()
                {
                    self.imported.insert(real);
                }
                let Some(imported) = self.attempt(tree, target) else { continue };
                queue.push((imported.clone(), target.clone()));
                if name != resource {
                    node.imports.push((resource, imported.clone()));
                }
                node.imports.push((name, imported));
            }
        }
    }

    fn attempt(&mut self, tree: &Tree, path: &Path) -> Option<Source> {
        let result = self.text(tree, path);
        result.unwrap_or_else(|error| {
            self.problem(&error);
            None
        })
    }

    /// The text of a file; `None` when it could not be decoded before.
    fn text(&mut self, tree: &Tree, path: &Path) -> Result<Option<Source>> {
        let real = if tree.is_disk() { fs::canonicalize(path).ok() } else { None };
        if let Some(source) = real.as_ref().and_then(|real| self.known.get(real)) {
            return Ok(Some(source.clone()));
        }
        let place = if tree.is_disk() { Place::Disk(path.to_owned()) } else { Place::Archive };
        let source = decode(&tree.display(path), tree.read(path)?)?;
        if let Some(real) = real {
            self.known.insert(real, source.clone());
        }
        self.out.files.push(TextFile { source: source.clone(), original: source.clone(), place });
        Ok(Some(source))
    }

    /// Reads a stream as one file.
    pub(super) fn stream(&mut self, stream: &mut dyn Read, name: &str) {
        let source = read_limited(stream, name).and_then(|bytes| decode(name, bytes));
        match source {
            Ok(source) => {
                self.out.files.push(TextFile {
                    source: source.clone(),
                    original: source.clone(),
                    place: Place::Memory,
                });
                let mut node = NodeInput::of_file(source.clone(), name);
                node.variables = self.variables.to_vec();
                match kind(&source) {
                    Kind::Balancer => return self.out.input.balancers.push(source),
                    Kind::Openfire => (node.hazelcast, node.openfire_xml) = (None, Some(source)),
                    Kind::Security => (node.hazelcast, node.security_xml) = (None, Some(source)),
                    Kind::Hazelcast | Kind::OtherXml | Kind::Other => {}
                }
                self.out.input.nodes.push(node);
                self.main_of.push(None);
            }
            Err(error) => self.problem(&error),
        }
    }

    pub(super) fn problem(&mut self, error: &anyhow::Error) {
        self.out.problems.push(format!("{error:#}"));
    }

    /// What was read. A file that another node imports is no node of its own.
    pub(super) fn finish(mut self) -> Loaded {
        let mut mains = self.main_of.into_iter();
        let imported = self.imported;
        self.out.input.nodes.retain(|_| !mains.next().flatten().is_some_and(|main| imported.contains(&main)));
        self.out
    }
}

fn decode(name: &str, bytes: Vec<u8>) -> Result<Source> {
    if bytes.contains(&0) && !matches!(bytes.get(..2), Some([0xFE, 0xFF] | [0xFF, 0xFE])) {
        bail!("{name}: this is no text");
    }
    Source::decode(name, bytes).with_context(|| name.to_owned())
}
