//! Words with their places.

use cobnut_diagnostics::Span;

/// A word as it is meant, quotes and escapes taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

/// Where a word of one file ends: in one of these characters, unless it is quoted or escaped.
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
    /// Characters that are words of their own.
    marks: &'a [char],
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a str, marks: &'a [char]) -> Self {
        Self { text, at: 0, marks }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

impl Iterator for Words<'_> {
    type Item = Word;

    /// The next word; a comment runs from `#` at the start of a word to the end of its line. A line end is a word too if
    /// it is among the marks.
    fn next(&mut self) -> Option<Word> {
        loop {
            let first = self.rest().chars().next()?;
            if self.marks.contains(&first) {
                let span = Span::new(self.at, self.at + first.len_utf8());
                self.at = span.end;
                return Some(Word { text: first.to_string(), span });
            }
            if first == '#' {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if first.is_whitespace() {
                self.at += first.len_utf8();
            } else {
                return Some(self.word());
            }
        }
    }
}

impl Words<'_> {
    fn word(&mut self) -> Word {
        let start = self.at;
        let (mut text, mut quote) = (String::new(), None);
        let mut characters = self.rest().char_indices();
        let mut length = self.rest().len();
        while let Some((offset, character)) = characters.next() {
            match (quote, character) {
                (Some('\''), '\\') => text.push('\\'),
                (_, '\\') => text.extend(characters.next().map(|(_, escaped)| escaped)),
                (Some(open), _) if character == open => quote = None,
                (None, '"' | '\'') => quote = Some(character),
                (None, _) if character.is_whitespace() || self.marks.contains(&character) => {
                    length = offset;
                    break;
                }
                _ => text.push(character),
            }
        }
        self.at = start + length;
        Word { text, span: Span::new(start, self.at) }
    }
}
