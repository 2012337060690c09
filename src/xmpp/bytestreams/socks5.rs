//! The little of SOCKS5 (RFC 1928) that bytestreams need: no authentication, and CONNECT to a hash as domain name.
//!
//! No input or output: bytes go in, steps come out. What is kept of the input is bounded by the longest messages.

use super::hash::{DIGITS, StreamHash};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NO_ACCEPTABLE_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;
const DOMAIN_NAME: u8 = 3;
/// Greeting of a client: version, number of methods.
const GREETING_HEAD: usize = 2;
/// Request of a client: version, command, nothing, type of the address, its length.
const REQUEST_HEAD: usize = 5;
/// What follows the address.
const PORT_BYTES: usize = 2;
/// Most bytes that are read before the next step: nobody needs to send more before the answer.
pub(super) const READ_BYTES: usize = 512;

/// Why a request is refused: the reply code of RFC 1928 §6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Something that is not SOCKS5, or no room.
    General = 1,
    /// A hash that may not connect (any more).
    NotAllowed = 2,
    /// Something else than CONNECT.
    Command = 7,
    /// Something else than a domain name.
    AddressType = 8,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// More has to be read.
    Read,
    /// This is to be written, then comes the next step.
    Write(Vec<u8>),
    /// The client asks for this stream.
    Connect(Request),
    /// This is to be written, and nothing comes next.
    End(Vec<u8>),
}

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// The stream.
    pub(super) hash: StreamHash,
    /// What the client sent ahead of the answer; it belongs to the stream.
    pub(super) early: Vec<u8>,
    /// The request from the type of the address on. Compat: Smack compares the reply with it byte by byte.
    address: Vec<u8>,
}

impl Request {
    /// The reply that lets the client in.
    pub(super) fn granted(&self) -> Vec<u8> {
        [&[VERSION, 0, 0], self.address.as_slice()].concat()
    }
}

/// A reply that refuses.
pub(super) fn refused(refusal: Refusal) -> Vec<u8> {
    // An IPv4 address of zeroes: nothing was bound.
    vec![VERSION, refusal as u8, 0, 1, 0, 0, 0, 0, 0, 0]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Greeting,
    Request,
    Over,
}

/// The server's side of one handshake.
#[derive(Debug)]
pub(super) struct Handshake {
    stage: Stage,
    buffer: Vec<u8>,
}

impl Handshake {
    /// A handshake of which nothing came yet.
    pub(super) fn new() -> Self {
        Self { stage: Stage::Greeting, buffer: Vec::new() }
    }

    /// Takes what was read, at most [`READ_BYTES`] at a time; all steps up to [`Step::Read`] have to be taken before.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next step.
    pub(super) fn step(&mut self) -> Step {
        match self.stage {
            Stage::Greeting => self.greeting(),
            Stage::Request => self.request(),
            Stage::Over => Step::Read,
        }
    }

    fn greeting(&mut self) -> Step {
        if self.buffer.first().is_some_and(|version| *version != VERSION) {
            return self.end(vec![VERSION, NO_ACCEPTABLE_METHOD]);
        }
        let Some(methods) = self.buffer.get(1).map(|count| usize::from(*count)) else { return Step::Read };
        let Some(offered) = self.buffer.get(GREETING_HEAD..GREETING_HEAD + methods) else {
            return Step::Read;
        };
        if !offered.contains(&NO_AUTHENTICATION) {
            return self.end(vec![VERSION, NO_ACCEPTABLE_METHOD]);
        }
        self.buffer.drain(..GREETING_HEAD + methods);
        self.stage = Stage::Request;
        Step::Write(vec![VERSION, NO_AUTHENTICATION])
    }

    fn request(&mut self) -> Step {
        let wrong = |index: usize, right: u8| self.buffer.get(index).is_some_and(|byte| *byte != right);
        let refusal = if wrong(0, VERSION) {
            Some(Refusal::General)
        } else if wrong(1, CONNECT) {
            Some(Refusal::Command)
        } else if wrong(3, DOMAIN_NAME) {
            Some(Refusal::AddressType)
        } else if self.buffer.get(4).is_some_and(|length| usize::from(*length) != DIGITS) {
            Some(Refusal::NotAllowed)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return self.end(refused(refusal));
        }
        // Compat: like Openfire we do not look at the port, which should be 0.
        let end = REQUEST_HEAD + DIGITS + PORT_BYTES;
        let (Some(digits), Some(address)) =
            (self.buffer.get(REQUEST_HEAD..REQUEST_HEAD + DIGITS), self.buffer.get(3..end))
        else {
            return Step::Read;
        };
        let Some(hash) = StreamHash::from_hex(digits) else {
            return self.end(refused(Refusal::NotAllowed));
        };
        let address = address.to_vec();
        self.stage = Stage::Over;
        let early = self.buffer.split_off(end);
        self.buffer = Vec::new();
        Step::Connect(Request { hash, early, address })
    }

    fn end(&mut self, reply: Vec<u8>) -> Step {
        self.stage = Stage::Over;
        self.buffer = Vec::new();
        Step::End(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &[u8; DIGITS] = b"3e07961aff96d53721f42091cd0d31a8f215bc35";

    /// All steps of a client that sends this in these pieces, up to the last one that is not [`Step::Read`].
    fn steps<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Step> {
        let mut handshake = Handshake::new();
        let mut found = Vec::new();
        for piece in pieces {
            handshake.feed(piece);
            loop {
                match handshake.step() {
                    Step::Read => break,
                    step => {
                        let is_last = matches!(step, Step::Connect(_) | Step::End(_));
                        found.push(step);
                        if is_last {
                            return found;
                        }
                    }
                }
            }
            assert!(handshake.buffer.len() <= GREETING_HEAD + 255, "{}", handshake.buffer.len());
        }
        found
    }

    fn good() -> Vec<u8> {
        [&[5, 2, 1, 0, 5, 1, 0, 3, 40][..], HASH, &[0, 0]].concat()
    }

    #[test]
    fn every_cut_of_a_good_handshake_gives_the_same() {
        let all = good();
        let whole = steps([all.as_slice()].into_iter());
        let [Step::Write(greeting), Step::Connect(request)] = whole.as_slice() else { panic!("{whole:?}") };
        assert_eq!(*greeting, [5, 0]);
        assert_eq!(request.granted(), [&[5, 0, 0, 3, 40][..], HASH, &[0, 0]].concat());
        assert!(request.early.is_empty());
        for size in 1..all.len() {
            assert_eq!(steps(all.chunks(size)), whole, "{size}");
        }
        for cut in 0..all.len() {
            let (one, two) = all.split_at(cut);
            assert_eq!(steps([one, two].into_iter()), whole, "{cut}");
            let unfinished = steps([one].into_iter());
            assert!(!unfinished.iter().any(|step| matches!(step, Step::Connect(_) | Step::End(_))), "{cut}");
        }
    }

    #[test]
    fn what_comes_ahead_belongs_to_the_stream_and_the_port_is_repeated() {
        let mut all = good();
        let end = all.len();
        all[end - 1] = 80;
        all.extend_from_slice(b"bytes");
        let whole = steps([all.as_slice()].into_iter());
        let [_, Step::Connect(request)] = whole.as_slice() else { panic!("{whole:?}") };
        assert_eq!((request.early.as_slice(), request.granted().last()), (&b"bytes"[..], Some(&80)));
    }

    /// Any change of one byte ends in a refusal, waits for more, or names another stream; it never panics.
    #[test]
    fn every_wrong_byte_is_answered() {
        let (all, right) = (good(), StreamHash::from_hex(HASH));
        for index in 0..all.len() {
            for value in 0..=u8::MAX {
                let mut changed = all.clone();
                changed[index] = value;
                let found = steps([changed.as_slice()].into_iter());
                let expected: &[u8] = match (index, value) {
                    (0 | 4, 5) | (5, 1) | (7, 3) | (8, 40) => continue,
                    (0, _) => &[5, 0xff],
                    (4, _) => &[5, 1, 0, 1, 0, 0, 0, 0, 0, 0],
                    (5, _) => &[5, 7, 0, 1, 0, 0, 0, 0, 0, 0],
                    (7, _) => &[5, 8, 0, 1, 0, 0, 0, 0, 0, 0],
                    (8, _) => &[5, 2, 0, 1, 0, 0, 0, 0, 0, 0],
                    (9..=48, byte) if !byte.is_ascii_hexdigit() => &[5, 2, 0, 1, 0, 0, 0, 0, 0, 0],
                    _ => continue,
                };
                assert_eq!(found.last(), Some(&Step::End(expected.to_vec())), "{value} at {index}");
            }
        }
        let mut upper = all.clone();
        upper.make_ascii_uppercase();
        let found = steps([upper.as_slice()].into_iter());
        let Some(Step::Connect(request)) = found.last() else { panic!("{found:?}") };
        assert_eq!(Some(request.hash), right);
        assert_eq!(request.granted(), [&[5, 0, 0, 3, 40][..], &HASH.to_ascii_uppercase(), &[0, 0]].concat());
    }

    /// Whatever comes in whatever pieces: no panic, and never more kept than the longest message.
    #[test]
    fn rubbish_is_bounded() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33).to_le_bytes()[0]
        };
        for _ in 0..2000 {
            let mut bytes: Vec<u8> = (0..usize::from(next()) * 3).map(|_| next()).collect();
            // Mostly something that looks right at first.
            for (byte, right) in bytes.iter_mut().zip(good()).take(usize::from(next()) % 52) {
                *byte = right;
            }
            let size = usize::from(next()) + 1;
            let _steps = steps(bytes.chunks(size));
        }
    }
}
