//! Cuts the server's byte stream into whole elements, without reading more of the XML than that takes.
//!
//! The server under test is trusted to send well-formed XML: the point here is to cost the client next to nothing.

use std::ops::Range;

/// What the stream holds next, as a range of the buffer handed to [`Splitter::next`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The opening tag of the stream.
    Open(Range<usize>),
    /// A whole element below the stream.
    Element(Range<usize>),
    /// The closing tag of the stream.
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between tags.
    Text,
    /// Behind `<`.
    TagStart,
    /// In an opening tag; the flag says whether the last byte was a slash.
    Opening { slash: bool },
    /// In a quoted attribute value that ends with this byte.
    Quoted(u8),
    /// In a closing tag.
    Closing,
    /// In `<?…?>`.
    Instruction,
}

/// Where reading stopped; positions count from the first byte that was not consumed yet.
#[derive(Debug, Clone)]
pub(crate) struct Splitter {
    state: State,
    depth: usize,
    /// Next byte to look at.
    at: usize,
    /// First byte of the tag or element in progress.
    start: usize,
}

impl Default for Splitter {
    fn default() -> Self {
        Self { state: State::Text, depth: 0, at: 0, start: 0 }
    }
}

impl Splitter {
    /// The next whole piece in `buffer`, which must hold everything since the last [`Self::consumed`].
    pub(crate) fn next(&mut self, buffer: &[u8]) -> Option<Piece> {
        while let Some(&byte) = buffer.get(self.at) {
            let position = self.at;
            self.at += 1;
            if let Some(piece) = self.step(byte, position) {
                return Some(piece);
            }
        }
        None
    }

    /// Bytes at the front of the buffer that no coming piece needs.
    pub(crate) fn done(&self) -> usize {
        if self.depth <= 1 && self.state == State::Text { self.at } else { self.start }
    }

    /// Tells the splitter that `count` bytes were taken off the front of the buffer.
    pub(crate) fn consumed(&mut self, count: usize) {
        self.at = self.at.saturating_sub(count);
        self.start = self.start.saturating_sub(count);
    }

    fn step(&mut self, byte: u8, position: usize) -> Option<Piece> {
        match (self.state, byte) {
            (State::Text, b'<') => {
                if self.depth <= 1 {
                    self.start = position;
                }
                self.state = State::TagStart;
            }
            (State::TagStart, b'/') => self.state = State::Closing,
            (State::TagStart, b'?') => self.state = State::Instruction,
            (State::Opening { .. }, b'"' | b'\'') => self.state = State::Quoted(byte),
            (State::Opening { .. }, b'/') => self.state = State::Opening { slash: true },
            (State::Opening { slash }, b'>') => return self.opened(slash),
            (State::TagStart | State::Opening { .. }, _) => self.state = State::Opening { slash: false },
            (State::Quoted(quote), _) if quote == byte => self.state = State::Opening { slash: false },
            (State::Closing, b'>') => return self.closed(),
            (State::Instruction, b'>') => self.state = State::Text,
            (State::Text | State::Quoted(_) | State::Closing | State::Instruction, _) => {}
        }
        None
    }

    fn opened(&mut self, empty: bool) -> Option<Piece> {
        self.state = State::Text;
        let range = self.start..self.at;
        match (self.depth, empty) {
            (0, _) => {
                self.depth = 1;
                Some(Piece::Open(range))
            }
            (1, true) => Some(Piece::Element(range)),
            (_, true) => None,
            (_, false) => {
                self.depth += 1;
                None
            }
        }
    }

    fn closed(&mut self) -> Option<Piece> {
        self.state = State::Text;
        self.depth = self.depth.saturating_sub(1);
        match self.depth {
            0 => Some(Piece::Close),
            1 => Some(Piece::Element(self.start..self.at)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str = concat!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='a/b>c'>",
        "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><x>t</x></stream:features>",
        " \n<presence/><message from=\"a@b/c>d\"><body>1 &gt; 2 / 3</body></message></stream:stream>"
    );

    fn pieces(chunks: &[&[u8]]) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut buffer: Vec<u8> = Vec::new();
        let mut found = Vec::new();
        for chunk in chunks {
            buffer.extend_from_slice(chunk);
            while let Some(piece) = splitter.next(&buffer) {
                found.push(match piece {
                    Piece::Open(range) => format!("open {}", String::from_utf8_lossy(&buffer[range])),
                    Piece::Element(range) => String::from_utf8_lossy(&buffer[range]).into_owned(),
                    Piece::Close => "close".to_owned(),
                });
            }
            let done = splitter.done();
            buffer.drain(..done);
            splitter.consumed(done);
        }
        found
    }

    #[test]
    fn a_stream_falls_into_its_elements() {
        let found = pieces(&[STREAM.as_bytes()]);
        assert_eq!(
            found,
            [
                "open <stream:stream xmlns='jabber:client' id='a/b>c'>",
                "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><x>t</x></stream:features>",
                "<presence/>",
                "<message from=\"a@b/c>d\"><body>1 &gt; 2 / 3</body></message>",
                "close",
            ]
        );
    }

    #[test]
    fn a_new_splitter_starts_behind_a_restarted_stream() {
        let again = STREAM.replace("</stream:stream>", "");
        assert_eq!(pieces(&[again.as_bytes(), b"<iq/>"]).last().map(String::as_str), Some("<iq/>"));
    }

    proptest! {
        #[test]
        fn where_the_network_cuts_does_not_matter(cuts in prop::collection::vec(0..STREAM.len(), 0..12)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &STREAM.as_bytes()[pair[0]..pair[1]]).collect();
            prop_assert_eq!(pieces(&chunks), pieces(&[STREAM.as_bytes()]));
        }
    }
}
