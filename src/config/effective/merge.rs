//! Imported YAML files, merged into the file that imports them.
//!
//! A YAML file holds each key once, so Hazelcast does not put the imported keys in place of the import, as it does in XML:
//! it goes through both files together. Lists are joined, keys that only the imported file has are added, and a value that
//! both have must be the same.

use cobnut_diagnostics::{Diagnostic, Location};

use super::findings;
use crate::Sources;
use crate::document::{Document, Element, ElementId};
use crate::elements::{self, Known};

impl Document {
    /// Merges imported documents, in the order of their imports, and takes the imports out. Gives a finding for each value
    /// that two files set differently; the first file's stays.
    pub(super) fn merge(&mut self, imports: Vec<(ElementId, Self)>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut done = Vec::new();
        for (import, imported) in imports {
            done.push(import);
            self.merge_one(imported, &mut found);
        }
        self.remove(&done);
        found
    }

    fn merge_one(&mut self, imported: Self, found: &mut Vec<Diagnostic>) {
        let base = self.sources.append(imported.sources.clone());
        let (Some(&root), Some(&inner_root)) = (self.roots.first(), imported.roots.first()) else { return };
        let before = self.elements.len();
        let mut moved: Vec<ElementId> = Vec::with_capacity(imported.elements.len());
        for (index, mut element) in imported.elements.into_iter().enumerate() {
            if inner_root == ElementId(index) {
                moved.push(root);
                continue;
            }
            let parent = element.parent.and_then(|parent| moved.get(parent.0).copied()).unwrap_or(root);
            element.shift(base);
            let twin = self.twin(parent, &element).filter(|twin| twin.0 < before);
            if let Some(twin) = twin {
                self.unite(twin, element, found);
                moved.push(twin);
            } else {
                element.parent = Some(parent);
                element.children.clear();
                moved.push(self.push(element));
            }
        }
    }

    /// The element that stands for the same key, if `element` is none of a list.
    fn twin(&self, parent: ElementId, element: &Element) -> Option<ElementId> {
        let known = elements::element(&self.path(parent)).and_then(|known| known.child(&element.name));
        let is_keyed = known.is_some_and(|known: Known| known.attribute("name").is_some());
        let is_listed =
            known.is_some_and(|known| known.info.repeats && !is_keyed && known.info.children.is_empty());
        let name = |element: &Element| element.attribute("name").map(|name| name.value.value.clone());
        let mut siblings = self.element(parent).children.iter().copied().filter(|_| !is_listed);
        siblings.find(|&sibling| {
            let sibling = self.element(sibling);
            sibling.name == element.name && (!is_keyed || name(sibling) == name(element))
        })
    }

    /// Adds the attributes and the text that `into` lacks.
    fn unite(&mut self, into: ElementId, mut from: Element, found: &mut Vec<Diagnostic>) {
        let path = self.path(into);
        let sources = self.sources.clone();
        let into = &mut self.elements[into.0];
        for attribute in std::mem::take(&mut from.attributes) {
            let here = into.attributes.iter().find(|here| here.name.value == attribute.name.value);
            match here.map(|here| &here.value) {
                None => into.attributes.push(attribute),
                Some(here) if here.value == attribute.value.value => {}
                Some(here) => found.push(findings::ambiguous_import(
                    sources.location(attribute.value.span),
                    sources.location(here.span),
                    &format!("{path}/{}", attribute.name.value),
                )),
            }
        }
        if into.text.value().is_empty() {
            into.text = from.text;
        } else if !from.text.value().is_empty() && from.text.value() != into.text.value() {
            let (here, there) = (place(&sources, into), place(&sources, &from));
            found.push(findings::ambiguous_import(there, here, &path));
        }
    }

    /// Takes elements without children out.
    fn remove(&mut self, gone: &[ElementId]) {
        let before = std::mem::take(&mut self.elements);
        self.roots.clear();
        let mut moved: Vec<Option<ElementId>> = Vec::with_capacity(before.len());
        for (index, mut element) in before.into_iter().enumerate() {
            if gone.contains(&ElementId(index)) {
                moved.push(None);
                continue;
            }
            element.children.clear();
            element.parent = element.parent.and_then(|parent| moved.get(parent.0).copied().flatten());
            moved.push(Some(self.push(element)));
        }
    }
}

/// Where the text of an element stands.
fn place(sources: &Sources, element: &Element) -> Location {
    sources.location(element.text.spans().next().unwrap_or(element.name_span))
}

#[cfg(test)]
mod tests {
    use cobnut_diagnostics::{Diagnostic, Source};

    use crate::{Config, ImportError, Surroundings, parse_with};

    struct World(Vec<Source>);

    impl Surroundings for World {
        fn import(&self, resource: &str) -> Result<Source, ImportError> {
            let found = self.0.iter().find(|source| source.name() == resource);
            found.cloned().ok_or_else(|| ImportError::NotFound { tried: vec![resource.to_owned()] })
        }

        fn variable(&self, name: &str) -> Option<String> {
            (name == "port").then(|| "5710".to_owned())
        }

        fn secret_file(&self, _path: &str) -> Option<Vec<u8>> {
            None
        }
    }

    fn read(main: &str, imports: &[(&str, &str)]) -> (Config, Vec<Diagnostic>) {
        let world = World(imports.iter().map(|(name, text)| Source::new(*name, *text)).collect());
        let (config, found) = parse_with(&Source::new("main.yaml", main), &world);
        (config.unwrap_or_else(|| panic!("{found:?}")), found)
    }

    const MAIN: &str = "hazelcast:
  import:
    - a.yaml
    - b.yaml
  cluster-name: one
  network:
    port:
      auto-increment: false
    join:
      tcp-ip:
        enabled: true
        member-list: [10.0.0.1]
  map:
    x:
      backup-count: 2
";

    #[test]
    fn keys_are_added_and_lists_are_joined() {
        let a = "hazelcast:
  network:
    port:
      port: ${port}
    join:
      tcp-ip:
        member-list:
          - 10.0.0.2
  map:
    x:
      time-to-live-seconds: 5
    y: {backup-count: 3}
  properties:
    a: 1
";
        // Without the top key the whole file is meant.
        let b = "cluster-name: one\nproperties:\n  b: 2\nimport: [c.yaml]\n";
        let c = "hazelcast:\n  network:\n    join:\n      tcp-ip:\n        member-list: [10.0.0.3]\n";
        let (config, found) = read(MAIN, &[("a.yaml", a), ("b.yaml", b), ("c.yaml", c)]);
        assert_eq!(found, []);
        assert_eq!((*config.network.port.number, *config.network.port.auto_increment), (5710, false));
        let entries: Vec<_> = config
            .network
            .join
            .tcp_ip
            .entries
            .iter()
            .map(|entry| {
                (entry.text.as_str(), config.sources.location(entry.span).source().name().to_owned())
            })
            .collect();
        assert_eq!(
            entries,
            [
                ("10.0.0.1", "main.yaml".to_owned()),
                ("10.0.0.2", "a.yaml".to_owned()),
                ("10.0.0.3", "c.yaml".to_owned())
            ]
        );
        let maps: Vec<_> = config.document.at_path("hazelcast/map").collect();
        assert_eq!(maps.len(), 2);
        assert_eq!(config.document.element(maps[0]).children.len(), 2);
        assert_eq!(config.properties.value("b").map(|value| value.value.as_str()), Some("2"));
        assert_eq!(config.document.at_path("hazelcast/import").count(), 0);
    }

    #[test]
    fn values_that_differ_are_an_error_at_both_places() {
        let a = "hazelcast:\n  cluster-name: two\n  network:\n    port: {auto-increment: true}\n";
        let (config, found) = read(MAIN, &[("a.yaml", a), ("b.yaml", "hazelcast: {}\n")]);
        let places: Vec<_> = found
            .iter()
            .map(|finding| (finding.rule(), finding.location().text(), finding.labels().len()))
            .collect();
        assert_eq!(places, [("ambiguous-import", "two", 1), ("ambiguous-import", "true", 1)]);
        assert_eq!(config.cluster_name.value, "one");
    }
}
