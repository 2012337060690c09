//! Cuts a stream's bytes into its stream header and the whole elements below it.
//!
//! It trusts the server under test to send well-formed XML without comments or CDATA; whatever the
//! server sends wrongly shows up as an element that never ends, and the waiting test fails.

/// A piece of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// `<stream:stream …>`.
    Header(String),
    /// A whole element below it.
    Element(String),
    /// `</stream:stream>`.
    End,
}

/// Collects bytes until a piece is whole.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    buffer: Vec<u8>,
}

impl Splitter {
    /// Adds what was read.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes the next whole piece, if there is one.
    pub(super) fn next_piece(&mut self) -> Option<Piece> {
        loop {
            let start = self.buffer.iter().position(|byte| *byte == b'<')?;
            let first = self.tag_from(start)?;
            if self.buffer[start..].starts_with(b"<?xml") {
                self.take(first.end);
                continue;
            }
            if self.buffer[start..].starts_with(b"<stream:stream") {
                return Some(Piece::Header(self.take(first.end)));
            }
            if first.kind == TagKind::Close {
                self.take(first.end);
                return Some(Piece::End);
            }
            let end = self.element_end(start)?;
            let text = self.take(end);
            return Some(Piece::Element(text.trim_start().to_owned()));
        }
    }

    /// Where the element that starts at `start` ends.
    fn element_end(&self, start: usize) -> Option<usize> {
        let mut depth = 0_usize;
        let mut position = start;
        loop {
            let next = position + self.buffer.get(position..)?.iter().position(|byte| *byte == b'<')?;
            let tag = self.tag_from(next)?;
            match tag.kind {
                TagKind::Open => depth += 1,
                TagKind::Close => depth = depth.saturating_sub(1),
                TagKind::Empty => {}
            }
            if depth == 0 {
                return Some(tag.end);
            }
            position = tag.end;
        }
    }

    /// The tag whose `<` is at `start`; `None` while its `>` has not arrived.
    fn tag_from(&self, start: usize) -> Option<Tag> {
        let mut quote = None;
        for (offset, byte) in self.buffer.get(start..)?.iter().enumerate() {
            match (quote, byte) {
                (None, b'\'' | b'"') => quote = Some(*byte),
                (Some(open), byte) if open == *byte => quote = None,
                (None, b'>') => {
                    let end = start + offset + 1;
                    let tag = &self.buffer[start..end];
                    let kind = if tag.starts_with(b"</") {
                        TagKind::Close
                    } else if tag.ends_with(b"/>") {
                        TagKind::Empty
                    } else {
                        TagKind::Open
                    };
                    return Some(Tag { end, kind });
                }
                _ => {}
            }
        }
        None
    }

    fn take(&mut self, end: usize) -> String {
        let taken: Vec<u8> = self.buffer.drain(..end).collect();
        String::from_utf8_lossy(&taken).into_owned()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TagKind {
    Open,
    Close,
    Empty,
}

#[derive(Debug, Clone, Copy)]
struct Tag {
    end: usize,
    kind: TagKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(chunks: &[&str]) -> Vec<Piece> {
        let mut splitter = Splitter::default();
        let mut found = Vec::new();
        for chunk in chunks {
            splitter.push(chunk.as_bytes());
            while let Some(piece) = splitter.next_piece() {
                found.push(piece);
            }
        }
        found
    }

    #[test]
    fn a_stream_is_cut_into_header_elements_and_end() {
        let found = pieces(&[
            "<?xml version='1.0'?><stream:stream id='1' from='a>b'>",
            "<stream:features><bind xmlns='x'/></stream:fea",
            "tures> \n <message><body>a</body></message><presence/></stream:stream>",
        ]);
        let element = |text: &str| Piece::Element(text.to_owned());
        assert_eq!(
            found,
            [
                Piece::Header("<stream:stream id='1' from='a>b'>".to_owned()),
                element("<stream:features><bind xmlns='x'/></stream:features>"),
                element("<message><body>a</body></message>"),
                element("<presence/>"),
                Piece::End,
            ]
        );
    }

    #[test]
    fn an_incomplete_element_waits_for_its_end() {
        assert_eq!(pieces(&["<message><body>a</body>"]), []);
    }
}
