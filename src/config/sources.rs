//! The texts that one configuration was read from, numbered through as if they stood one behind the other.
//!
//! A [`Span`] of a configuration counts bytes from the start of the first text, so that a value can come from an imported
//! file without every value naming its file. [`Sources::location`] leads back to the file.

use cobnut_diagnostics::{Location, Source, Span};

/// The texts of one configuration, the file that was asked for first.
#[derive(Debug, Clone)]
pub struct Sources {
    main: Source,
    /// Imported files, each with the number of its first byte.
    imported: Vec<(usize, Source)>,
}

impl Sources {
    /// One file alone.
    pub fn new(main: Source) -> Self {
        Self { main, imported: Vec::new() }
    }

    /// The file that was asked for.
    pub fn main(&self) -> &Source {
        &self.main
    }

    /// All files, the main one first, then in the order of their import.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        std::iter::once(&self.main).chain(self.imported.iter().map(|(_, source)| source))
    }

    /// Adds the files of another configuration in their order and returns the number of the first byte of its main one.
    pub(crate) fn append(&mut self, other: Self) -> usize {
        let (start, last) = self.imported.last().map_or((0, &self.main), |(start, last)| (*start, last));
        // One number is left between two texts: the end of one is not the start of the next.
        let base = start + last.text().len() + 1;
        self.imported.push((base, other.main));
        self.imported.extend(other.imported.into_iter().map(|(start, source)| (base + start, source)));
        base
    }

    /// The file of a span and the number of its first byte.
    fn file(&self, span: Span) -> (usize, &Source) {
        let behind = self.imported.partition_point(|(start, _)| *start <= span.start);
        match behind.checked_sub(1).and_then(|index| self.imported.get(index)) {
            Some((start, source)) => (*start, source),
            None => (0, &self.main),
        }
    }

    /// The place of a span in its file.
    pub fn location(&self, span: Span) -> Location {
        let (start, source) = self.file(span);
        source.location(Span::new(span.start - start, span.end.saturating_sub(start)))
    }

    /// The text under a span.
    pub fn slice(&self, span: Span) -> &str {
        let (start, source) = self.file(span);
        source.slice(Span::new(span.start - start, span.end.saturating_sub(start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_lead_back_to_their_file() {
        let mut sources = Sources::new(Source::new("main.xml", "0123"));
        let mut other = Sources::new(Source::new("second.xml", "abcd"));
        let inner = other.append(Sources::new(Source::new("third.xml", "xyz")));
        let second = sources.append(other);
        let third = second + inner;
        let read = |start: usize, end: usize| {
            let span = Span::new(start, end);
            (sources.location(span).source().name().to_owned(), sources.slice(span).to_owned())
        };
        assert_eq!(read(1, 3), ("main.xml".to_owned(), "12".to_owned()));
        assert_eq!(read(4, 4), ("main.xml".to_owned(), String::new()));
        assert_eq!(read(second, second + 4), ("second.xml".to_owned(), "abcd".to_owned()));
        assert_eq!(read(second + 4, second + 4), ("second.xml".to_owned(), String::new()));
        assert_eq!(read(third + 1, third + 3), ("third.xml".to_owned(), "yz".to_owned()));
        assert_eq!(sources.iter().count(), 3);
    }
}
