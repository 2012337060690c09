//! The texts that an editor works on, and what was found in them last.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cobnut_diagnostics::{Diagnostic, Source};
use lsp_types::{InitializeParams, PublishDiagnosticsParams, Uri};

use super::convert::{self, Encoding, path_of, uri_of};
use crate::inputs::{Loaded, Place, load, load_stream};
use crate::run::check;
use crate::settings::{Settings, of_folder};

/// The folders of an editor, its open texts, and the findings of the last check.
pub(super) struct Workspace {
    roots: Vec<PathBuf>,
    open: BTreeMap<PathBuf, String>,
    pub(super) encoding: Encoding,
    settings: Settings,
    found: Vec<Diagnostic>,
    /// The URIs of the sources of the last check.
    sources: Vec<(Source, Uri)>,
    /// Files that have findings in the editor now.
    shown: BTreeSet<String>,
}

impl Workspace {
    pub(super) fn new(parameters: &InitializeParams, encoding: Encoding) -> Self {
        let folders = parameters.workspace_folders.iter().flatten();
        let roots: Vec<PathBuf> = folders.filter_map(|folder| path_of(&folder.uri)).collect();
        let settings = roots.first().map(|root| of_folder(root)).unwrap_or_default();
        Self {
            roots,
            open: BTreeMap::new(),
            encoding,
            settings,
            found: Vec::new(),
            sources: Vec::new(),
            shown: BTreeSet::new(),
        }
    }

    /// A text was opened or changed.
    pub(super) fn open(&mut self, uri: &Uri, text: String) {
        if let Some(path) = path_of(uri) {
            self.open.insert(path, text);
        }
    }

    /// A text was closed: its file counts again.
    pub(super) fn close(&mut self, uri: &Uri) {
        if let Some(path) = path_of(uri) {
            self.open.remove(&path);
        }
    }

    /// Checks everything; what is to be shown for each file, and for those that had findings and have none now.
    pub(super) fn check(&mut self) -> Vec<PublishDiagnosticsParams> {
        self.found.clear();
        self.sources.clear();
        let mut open = self.open.clone();
        let loaded = Self::with_open_texts(load(&self.roots, &self.settings.variables, None), &mut open);
        self.check_loaded(&loaded);
        // A text outside the folders, or one that the folders' nodes do not use, is a node alone.
        for (path, text) in open {
            let name = path.display().to_string();
            let mut loaded = load_stream(&mut text.as_bytes(), &name, &self.settings.variables);
            loaded.files.iter_mut().for_each(|file| file.place = Place::Disk(path.clone()));
            self.check_loaded(&loaded);
        }
        self.publications()
    }

    fn with_open_texts(loaded: Loaded, open: &mut BTreeMap<PathBuf, String>) -> Loaded {
        let mut texts = Vec::new();
        for file in &loaded.files {
            let Place::Disk(path) = &file.place else { continue };
            let Some(known) = open.keys().find(|known| is_same(known, path)).cloned() else { continue };
            if let Some(text) = open.remove(&known) {
                texts.push((file.source.clone(), text));
            }
        }
        loaded.with_texts(&texts)
    }

    fn check_loaded(&mut self, loaded: &Loaded) {
        self.found.extend(check(loaded, &self.settings));
        for file in &loaded.files {
            if let Place::Disk(path) = &file.place
                && let Some(uri) = uri_of(&std::path::absolute(path).unwrap_or_else(|_| path.clone()))
            {
                self.sources.push((file.source.clone(), uri));
            }
        }
    }

    fn publications(&mut self) -> Vec<PublishDiagnosticsParams> {
        let mut by_uri: BTreeMap<String, (Uri, Vec<lsp_types::Diagnostic>)> = BTreeMap::new();
        for found in &self.found {
            let Some(uri) = self.uri(found.source()) else { continue };
            let shown = convert::diagnostic(found, self.encoding, |source| self.uri(source));
            by_uri.entry(uri.as_str().to_owned()).or_insert_with(|| (uri, Vec::new())).1.push(shown);
        }
        let gone =
            self.shown.iter().filter(|uri| !by_uri.contains_key(*uri)).filter_map(|uri| uri.parse().ok());
        let cleared: Vec<PublishDiagnosticsParams> =
            gone.map(|uri| PublishDiagnosticsParams::new(uri, Vec::new(), None)).collect();
        self.shown = by_uri.keys().cloned().collect();
        let shown = by_uri.into_values().map(|(uri, found)| PublishDiagnosticsParams::new(uri, found, None));
        cleared.into_iter().chain(shown).collect()
    }

    /// What was found at the last check.
    pub(super) fn found(&self) -> &[Diagnostic] {
        &self.found
    }

    /// The URI of a source.
    pub(super) fn uri(&self, source: &Source) -> Option<Uri> {
        self.sources.iter().find(|(known, _)| known == source).map(|(_, uri)| uri.clone())
    }

    /// The source that is shown under a URI.
    pub(super) fn source(&self, uri: &Uri) -> Option<&Source> {
        let path = path_of(uri)?;
        let is_it = |known: &Uri| path_of(known).is_some_and(|known| is_same(&known, &path));
        self.sources.iter().find(|(_, known)| is_it(known)).map(|(source, _)| source)
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other
        || std::path::absolute(one).ok() == std::path::absolute(other).ok()
        || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
