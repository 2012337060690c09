//! Everything that was read for one run.

use std::path::PathBuf;

use cobnut_diagnostics::Source;
use cobnut_lint::Input;

/// One text file.
#[derive(Debug, Clone)]
pub struct TextFile {
    /// Its text as it is now, with fixes.
    pub source: Source,
    /// Its text as it was read.
    pub original: Source,
    /// Where its text can be written back to.
    pub place: Place,
}

/// Where a text came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file.
    Disk(PathBuf),
    /// The standard input, or an editor.
    Memory,
    /// A file in an archive, which is not written back.
    Archive,
}

/// The nodes and balancers that were found, and the files that they came from.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// What the rules look at.
    pub input: Input,
    /// The text files in the order of their reading.
    pub files: Vec<TextFile>,
    /// What could not be read, one message each.
    pub problems: Vec<String>,
    /// What was left out and why, one message each.
    pub skipped: Vec<String>,
}

impl Loaded {
    /// The same with other texts in place of some sources, wherever they occur.
    #[must_use]
    pub fn with_texts(&self, texts: &[(Source, String)]) -> Self {
        let changed: Vec<(&Source, Source)> =
            texts.iter().map(|(source, text)| (source, source.with_text(text.as_str()))).collect();
        let swap = |source: &mut Source| {
            if let Some((_, new)) = changed.iter().find(|(old, _)| *old == source) {
                *source = new.clone();
            }
        };
        let mut next = self.clone();
        next.files.iter_mut().for_each(|file| swap(&mut file.source));
        next.input.balancers.iter_mut().for_each(swap);
        for node in &mut next.input.nodes {
            let own = [&mut node.hazelcast, &mut node.openfire_xml, &mut node.security_xml];
            own.into_iter().flatten().for_each(swap);
            node.imports.iter_mut().for_each(|(_, source)| swap(source));
        }
        next
    }

    /// The file whose present text this is.
    pub fn file_of(&self, source: &Source) -> Option<&TextFile> {
        self.files.iter().find(|file| &file.source == source)
    }

    /// The texts as they are now.
    pub fn sources(&self) -> Vec<Source> {
        self.files.iter().map(|file| file.source.clone()).collect()
    }
}
