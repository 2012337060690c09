//! Openfire's own files of one node, and the load balancers in front of all nodes.

use cobnut_diagnostics::{Diagnostic, Location, Source, Span};

use crate::{NodeInput, Rule};

/// The files of one Openfire home beside the Hazelcast configuration; all of them may be missing.
#[derive(Debug)]
pub struct Home {
    /// How messages name the node: a folder or a file.
    pub label: String,
    /// All that was given of the node.
    pub input: NodeInput,
    /// Its certificate stores.
    pub keystores: Vec<Store>,
}

/// A certificate store. It has no text, so findings stand at its beginning.
#[derive(Debug)]
pub struct Store {
    /// Its path, without content.
    pub source: Source,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Home {
    pub(crate) fn new(input: &NodeInput) -> Self {
        let keystores = input
            .keystores
            .iter()
            .map(|(path, bytes)| Store { source: Source::new(path.as_str(), ""), bytes: bytes.clone() })
            .collect();
        Self { label: input.label.clone(), input: input.clone(), keystores }
    }

    /// Every text that findings may stand in, the Hazelcast file first.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        let input = &self.input;
        let files = [&input.hazelcast, &input.openfire_xml, &input.security_xml];
        let imports = input.imports.iter().map(|(_, source)| source);
        let stores = self.keystores.iter().map(|store| &store.source);
        files.into_iter().flatten().chain(imports).chain(stores)
    }
}

impl Store {
    /// The place of all findings about it.
    pub fn location(&self) -> Location {
        self.source.location(Span::at(0))
    }
}

impl Rule {
    /// A finding of this rule outside the Hazelcast files.
    pub(crate) fn found(&self, place: Location, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.name, self.severity, place, message)
    }
}
