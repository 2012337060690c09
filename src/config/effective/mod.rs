//! The configuration as it takes effect: references replaced, imported files in place of their imports.
//!
//! The order is Hazelcast's: each document has its references replaced, then its imports; the whole is gone over once
//! more, so that a value which refers to another one is resolved one level deep.

mod encryption;
mod findings;
mod merge;
#[cfg(test)]
mod properties;
mod replacers;
mod splice;
#[cfg(test)]
mod tests;
mod variables;

use cobnut_diagnostics::{Diagnostic, Location, Source};

use crate::document::{Document, ElementId, Form, Syntax};
use crate::{ImportError, Surroundings, reader};
use replacers::{Account, Pass, Replacers};

/// Most files that one configuration may consist of.
const FILES_MAX: usize = 64;
/// How deep imports may lead to further imports.
const IMPORT_DEPTH_MAX: usize = 16;
/// Most bytes of text that all files together may have.
const TEXT_BYTES_MAX: usize = 32 << 20;
/// Most elements that all files together may have.
const ELEMENTS_MAX: usize = 200_000;

/// Reads a file and everything that it leads to. Findings that leave the document usable come with it.
pub(crate) fn read(source: &Source, around: &dyn Surroundings) -> (Option<Document>, Vec<Diagnostic>) {
    let mut assembly = Assembly {
        around,
        account: Account::default(),
        files: Vec::new(),
        open: Vec::new(),
        imports: Vec::new(),
    };
    let document = assembly.document(source).map(|mut document| {
        let mut replacers = Replacers::of(&document, around, &mut assembly.account);
        replacers.apply(&mut document, &mut assembly.account, Pass::Last);
        document
    });
    (document, assembly.account.found)
}

/// One configuration being put together.
struct Assembly<'a> {
    around: &'a dyn Surroundings,
    account: Account,
    /// Every file read so far.
    files: Vec<Source>,
    /// The files that the present one is imported by, and itself.
    open: Vec<Source>,
    /// Every import so far: what it names, the file if there is one, and where it stands.
    imports: Vec<(String, Option<Source>, Location)>,
}

impl Assembly<'_> {
    /// One file with its imports in place.
    fn document(&mut self, source: &Source) -> Option<Document> {
        let read = if self.open.is_empty() { reader::read } else { reader::read_imported };
        let mut document = match read(source) {
            Ok(document) => document,
            Err(error) => {
                self.account.found.push(*error);
                return None;
            }
        };
        self.files.push(source.clone());
        let mut replacers = Replacers::of(&document, self.around, &mut self.account);
        replacers.apply(&mut document, &mut self.account, Pass::First);
        self.open.push(source.clone());
        self.follow_imports(&mut document);
        self.open.pop();
        Some(document)
    }

    fn follow_imports(&mut self, document: &mut Document) {
        // Below a root of another name Hazelcast takes no import for one at the top.
        let root = document.roots().first().map(|&root| document.element(root));
        let is_foreign =
            document.form() == Form::Document && root.is_some_and(|root| root.name != "hazelcast");
        let top_level: Vec<ElementId> =
            if is_foreign { Vec::new() } else { document.top_level().copied().collect() };
        let mut replacements = Vec::new();
        for id in document.ids().filter(|&id| document.element(id).name == "import") {
            if top_level.contains(&id) {
                if let Some(imported) = self.import(document, id) {
                    replacements.push((id, imported));
                }
            } else {
                let element = document.element(id);
                let place = document.sources().location(element.name_span);
                let parent =
                    element.parent.map_or("hazelcast", |parent| document.element(parent).name.as_str());
                self.account.found.push(findings::nested_import(place, parent));
            }
        }
        let added: usize = replacements.iter().map(|(_, imported)| imported.elements.len()).sum();
        if document.elements.len() + added > ELEMENTS_MAX {
            let place = replacements.first().map_or(document.roots.first(), |(id, _)| Some(id));
            let place = place.map_or_else(Default::default, |&id| document.element(id).name_span);
            self.account.found.push(findings::too_large(document.sources().location(place)));
        } else if document.syntax() == Syntax::Yaml
            && replacements.iter().all(|(_, imported)| imported.syntax() == Syntax::Yaml)
        {
            self.account.found.extend(document.merge(replacements));
        } else if !replacements.is_empty() {
            document.splice(replacements);
        }
    }

    /// The document behind an import; `None` leaves the element where it is.
    fn import(&mut self, document: &Document, id: ElementId) -> Option<Document> {
        let element = document.element(id);
        let locate = |span| document.sources().location(span);
        let Some(resource) = element.attribute("resource").map(|resource| &resource.value) else {
            self.account.found.push(findings::import_without_resource(locate(element.name_span)));
            return None;
        };
        if resource.value.trim().is_empty() {
            self.account.found.push(findings::import_without_resource(locate(element.name_span)));
            return None;
        }
        let answer = self.around.import(&resource.value);
        if let Err(error @ (ImportError::NotFound { .. } | ImportError::Unreadable(_))) = &answer {
            let found = findings::import_not_found(locate(resource.span), &resource.value, error);
            self.account.found.push(found);
            return None;
        }
        let source = answer.ok();
        let is_same = |known: &Source, source: &Source| known == source || known.name() == source.name();
        let first = self.imports.iter().find(|(name, known, _)| match (known, &source) {
            (Some(known), Some(source)) => is_same(known, source),
            _ => *name == resource.value,
        });
        let leads_back =
            source.as_ref().is_some_and(|source| self.open.iter().any(|open| is_same(open, source)));
        if first.is_some() || leads_back {
            let first = first.map(|(_, _, place)| place).filter(|_| !leads_back);
            let (element, place) = (locate(element.span), locate(resource.span));
            self.account.found.push(findings::import_again(element, place, &resource.value, first));
            return None;
        }
        self.imports.push((resource.value.clone(), source.clone(), locate(resource.span)));
        let source = source?;
        if let Some(limit) = self.over_limit(&source) {
            self.account.found.push(limit(locate(resource.span)));
            return None;
        }
        let imported = self.document(&source)?;
        if let Form::Fragment { .. } = imported.form()
            && let Some(&first) = imported.roots().first()
        {
            let element = imported.element(first);
            let place = imported.sources().location(element.name_span);
            self.account.found.push(findings::imported_fragment(place, &element.name));
        }
        Some(imported)
    }

    fn over_limit(&self, source: &Source) -> Option<fn(Location) -> Diagnostic> {
        let bytes: usize = self.files.iter().map(|file| file.text().len()).sum();
        if self.files.len() >= FILES_MAX {
            Some(|place| findings::too_many_imports(place, FILES_MAX))
        } else if self.open.len() > IMPORT_DEPTH_MAX {
            Some(|place| findings::too_deep_imports(place, IMPORT_DEPTH_MAX))
        } else if bytes + source.text().len() > TEXT_BYTES_MAX {
            Some(findings::too_large)
        } else {
            None
        }
    }
}

impl Document {
    /// The children of the root, or what stands in their place in a fragment.
    pub(crate) fn top_level(&self) -> impl Iterator<Item = &ElementId> {
        let ids: &[ElementId] = match (self.form, self.roots.first()) {
            (Form::Document, Some(&root)) => &self.element(root).children,
            (Form::Fragment { context: "hazelcast" }, _) => &self.roots,
            _ => &[],
        };
        ids.iter()
    }
}
