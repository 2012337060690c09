//! A named text and places in it.
//!
//! Offsets are bytes of the text in UTF-8. Lines and columns count from 1; a column is a character, and a tab counts as
//! one, which is what editors jump to.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use crate::encoding::{self, ByteOrder, DecodeError, Decoded, Encoding};

/// A half-open range of bytes in the text of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to `end`; a reversed pair becomes the empty span at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The empty span at `offset`.
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether no byte is covered.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies within this span.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The range for slicing.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A place as people name it, both numbers counting from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line number.
    pub line: usize,
    /// Character within the line; a tab is one character.
    pub column: usize,
}

#[derive(Debug)]
struct Inner {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    encoding: Encoding,
    byte_order: ByteOrder,
}

/// A named text; cloning is cheap and a clone is the same source.
#[derive(Debug, Clone)]
pub struct Source(Arc<Inner>);

impl Source {
    /// A text under the name that findings show, usually the path as the user wrote it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::with_encoding(name.into(), text.into(), Encoding::Utf8, ByteOrder::default())
    }

    /// The text of a file from its bytes: UTF-16 by its mark or declaration, another encoding by its XML declaration, or UTF-8.
    ///
    /// # Errors
    /// The first byte that does not fit, or a declaration that cannot be true.
    pub fn decode(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let Decoded { text, encoding, byte_order } = encoding::decode(bytes)?;
        Ok(Self::with_encoding(name.into(), text, encoding, byte_order))
    }

    fn with_encoding(name: String, text: String, encoding: Encoding, byte_order: ByteOrder) -> Self {
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(offset, _)| offset + 1)).collect();
        Self(Arc::new(Inner { name, text, line_starts, encoding, byte_order }))
    }

    /// A new text in place of this one: same name, same encoding.
    #[must_use]
    pub fn with_text(&self, text: impl Into<String>) -> Self {
        Self::with_encoding(self.name().to_owned(), text.into(), self.0.encoding, self.0.byte_order)
    }

    /// The bytes of the text in the encoding of its file, byte order mark included. A character that the encoding does not
    /// have becomes a character reference.
    pub fn encode(&self) -> Vec<u8> {
        encoding::encode(self.text(), self.0.encoding, self.0.byte_order)
    }

    /// Where the character at an offset of the text begins in the file, in bytes.
    pub fn file_offset(&self, offset: usize) -> usize {
        let before = self.text().get(..self.clamp(offset)).unwrap_or_default();
        let mark = if self.0.byte_order.is_marked { 2 } else { 0 };
        match self.0.encoding {
            Encoding::Utf8 => before.len(),
            encoding => mark + before.chars().map(|character| encoding.bytes_of(character)).sum::<usize>(),
        }
    }

    /// The name shown in findings.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// How the text was encoded in its file.
    pub fn encoding(&self) -> Encoding {
        self.0.encoding
    }

    /// The text under a span; empty when the span does not fit this source.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.range()).unwrap_or_default()
    }

    /// Line and column of a byte offset; an offset beyond the end is the end, one within a character is its start.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.clamp(offset);
        let line = self.0.line_starts.partition_point(|&start| start <= offset);
        let start = self.0.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text().get(start..offset).unwrap_or_default();
        // A byte order mark is not a column that any editor shows.
        let before = if start == 0 { before.strip_prefix('\u{feff}').unwrap_or(before) } else { before };
        Position { line, column: before.chars().count() + 1 }
    }

    /// Number of lines; a trailing line end opens no further line.
    pub fn line_count(&self) -> usize {
        let starts = self.0.line_starts.len();
        if starts > 1 && self.text().ends_with('\n') { starts - 1 } else { starts }
    }

    /// One line, counting from 1, without its line end.
    pub fn line_text(&self, line: usize) -> Option<&str> {
        let index = line.checked_sub(1)?;
        let start = *self.0.line_starts.get(index)?;
        let end = self.0.line_starts.get(index + 1).copied().unwrap_or(self.text().len());
        Some(self.text().get(start..end)?.trim_end_matches(['\n', '\r']))
    }

    /// The place of a span, moved onto character boundaries within the text.
    pub fn location(&self, span: Span) -> Location {
        let start = self.clamp(span.start);
        Location { source: self.clone(), span: Span::new(start, self.clamp(span.end)) }
    }

    fn clamp(&self, offset: usize) -> usize {
        self.text().floor_char_boundary(offset)
    }
}

/// Two sources are equal when one was cloned from the other: equal names do not make one file.
impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Source {}

impl Hash for Source {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// A span of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    source: Source,
    span: Span,
}

impl Location {
    /// The text that the span refers to.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The bytes.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The text under the span.
    pub fn text(&self) -> &str {
        self.source.slice(self.span)
    }

    /// Line and column of the first character.
    pub fn start(&self) -> Position {
        self.source.position(self.span.start)
    }

    /// Line and column just behind the last character.
    pub fn end(&self) -> Position {
        self.source.position(self.span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_lines_from_one() {
        let source = Source::new("a.xml", "ab\n\tü：x\r\nend");
        let cases =
            [(0, 1, 1), (2, 1, 3), (3, 2, 1), (4, 2, 2), (6, 2, 3), (9, 2, 4), (12, 3, 1), (999, 3, 4)];
        for (offset, line, column) in cases {
            assert_eq!(source.position(offset), Position { line, column }, "offset {offset}");
        }
        // The second byte of `ü` belongs to `ü`.
        assert_eq!(source.position(5), Position { line: 2, column: 2 });
        assert_eq!(source.line_text(2), Some("\tü：x"));
        assert_eq!(source.line_text(4), None);
        assert_eq!(source.line_count(), 3);
        assert_eq!(Source::new("b", "one\n").line_count(), 1);
    }

    #[test]
    fn locations_never_leave_the_text_or_cut_a_character() {
        let source = Source::new("a", "ü");
        assert_eq!(source.location(Span::new(1, 77)).span(), Span::new(0, 2));
        assert_eq!(source.location(Span { start: 9, end: 3 }).text(), "");
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let source = Source::new("a", "\u{feff}<a/>");
        assert_eq!(source.position(3), Position { line: 1, column: 1 });
    }

    #[test]
    fn files_are_utf8_or_utf16_with_a_mark() {
        assert_eq!(Source::decode("a", b"<a/>".to_vec()).unwrap().text(), "<a/>");
        let little = [0xFF, 0xFE, b'<', 0, b'a', 0];
        let source = Source::decode("a", little.to_vec()).unwrap();
        assert_eq!((source.text(), source.encoding()), ("<a", Encoding::Utf16));
        assert_eq!(Source::decode("a", vec![0xFE, 0xFF, 0, b'<']).unwrap().text(), "<");
        let error = Source::decode("a", b"<a>\n<!-- f\xFCr -->".to_vec()).unwrap_err();
        assert_eq!((error.offset, error.line, error.byte), (10, 2, 0xFC));
        assert!(Source::decode("a", vec![0xFF, 0xFE, 0x00, 0xD8]).is_err());
        assert!(Source::decode("a", vec![0xFF, 0xFE, b'<', 0, b'a']).is_err());
    }

    #[test]
    fn a_changed_text_is_written_in_the_encoding_of_its_file() {
        for bytes in [
            vec![0xFE, 0xFF, 0, b'<', 0xD8, 0x3D, 0xDE, 0x00],
            vec![0xFF, 0xFE, b'<', 0],
            b"\xEF\xBB\xBF<".to_vec(),
        ] {
            let source = Source::decode("a", bytes.clone()).unwrap();
            assert_eq!(source.encode(), bytes);
            assert_eq!(source.with_text(source.text()).encode(), bytes);
        }
    }
}
