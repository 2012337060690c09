//! Splitting a byte stream into frames, and frames to and from bytes.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bodies::{
    Challenge, Changes, Data, Digest, Heartbeat, Hello, Identify, Members, Part, Refuse, Resume, Terms, View,
    Welcome,
};
use super::compression::{COMPRESSED_CHANGES, decompressed};

pub(super) const HEADER_BYTES: usize = 6;
/// Kinds of the frames of the hello.
const HELLO_KINDS: std::ops::RangeInclusive<u8> = 1..=6;
/// The version since which owners say what their entries amount to, and readers may ask for all of them again.
pub(crate) const DIGESTS_SINCE: u8 = 2;
/// The version since which nodes say [`Terms`] in the hello.
pub(crate) const TERMS_SINCE: u8 = 2;
/// The version since which members say whom they hear.
pub(crate) const VIEWS_SINCE: u8 = 2;
/// The version since which they say how lately.
pub(crate) const AGES_SINCE: u8 = 3;

/// The bytes are not what this protocol says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    #[error("a frame of {0} bytes, more than allowed here")]
    TooLong(usize),
    #[error("a frame shorter than its header")]
    TooShort,
    #[error("a frame of unknown kind {0}")]
    UnknownKind(u8),
    #[error("a frame of version {got} where {expected} was agreed")]
    Version { got: u8, expected: u8 },
    #[error("{announced} bytes announced by a compressed body of {packed}, more than that can hold")]
    Announced { announced: usize, packed: usize },
    #[error("a compressed body that is damaged")]
    Compressed,
    #[error("a body that does not decode")]
    Body(#[from] postcard::Error),
}

/// Everything that can be on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    Hello(Hello),
    Challenge(Challenge),
    Identify(Identify),
    Welcome(Welcome),
    Confirm,
    Refuse(Refuse),
    Bye,
    Resume(Resume),
    Heartbeat(Heartbeat),
    Members(Members),
    View(View),
    Part(Part),
    Data(Data),
    Ack(u64),
    Changes(Changes),
    SnapshotBegin,
    /// Version of the log that the snapshot stands for.
    SnapshotEnd(u64),
    Digest(Digest),
    /// What the sender holds of the receiver's log is not what it should be: send everything again.
    Repair,
}

impl Frame {
    fn kind(&self) -> u8 {
        match self {
            Self::Hello(_) => 1,
            Self::Challenge(_) => 2,
            Self::Identify(_) => 3,
            Self::Welcome(_) => 4,
            Self::Confirm => 5,
            Self::Refuse(_) => 6,
            Self::Bye => 7,
            Self::Resume(_) => 10,
            Self::Heartbeat(_) => 11,
            Self::Members(_) => 12,
            Self::View(_) => 13,
            Self::Part(_) => 14,
            Self::Data(_) => 20,
            Self::Ack(_) => 21,
            Self::Changes(_) => 30,
            Self::SnapshotBegin => 31,
            Self::SnapshotEnd(_) => 32,
            Self::Digest(_) => 33,
            Self::Repair => 34,
        }
    }
}

/// Appends a frame to `out`.
pub(crate) fn encode(frame: &Frame, version: u8, out: &mut BytesMut) {
    let start = out.len();
    out.put_u32(0);
    out.put_u8(frame.kind());
    out.put_u8(version);
    match frame {
        Frame::Hello(body) => put(body, out),
        Frame::Challenge(body) => put(body, out),
        Frame::Identify(body) => {
            put(body, out);
            put_terms(&body.card.terms, version, out);
        }
        Frame::Welcome(body) => {
            put(body, out);
            put_terms(&body.card.terms, version, out);
        }
        Frame::Confirm | Frame::Bye | Frame::SnapshotBegin | Frame::Repair => {}
        Frame::Refuse(body) => put(body, out),
        Frame::Resume(body) => put(body, out),
        Frame::Heartbeat(body) => put(body, out),
        Frame::Members(body) => put(body, out),
        Frame::View(body) => {
            put(body, out);
            if version >= AGES_SINCE {
                put(&body.ages_ms, out);
            }
        }
        Frame::Part(body) => put(body, out),
        Frame::Data(body) => put(body, out),
        Frame::Ack(number) | Frame::SnapshotEnd(number) => put(number, out),
        Frame::Changes(body) => put(body, out),
        Frame::Digest(body) => put(body, out),
    }
    let length = u32::try_from(out.len() - start - 4).expect("frames are far below 4 GiB");
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

/// Takes one frame off `input`: kind, version and body. `None` when there is not a whole one yet.
pub(crate) fn split(input: &mut BytesMut, bytes_max: usize) -> Result<Option<(u8, u8, Bytes)>, WireError> {
    let Some(length) = input.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes) as usize) else {
        return Ok(None);
    };
    if length > bytes_max {
        return Err(WireError::TooLong(length));
    }
    if length < HEADER_BYTES - 4 {
        return Err(WireError::TooShort);
    }
    if input.len() - 4 < length {
        return Ok(None);
    }
    input.advance(4);
    let mut frame = input.split_to(length).freeze();
    let kind = frame.get_u8();
    let version = frame.get_u8();
    Ok(Some((kind, version, frame)))
}

/// Decodes a frame of the hello; `None` for a kind that has no place there. Strangers get nothing else decoded, least of
/// all decompressed.
pub(crate) fn decode_hello(kind: u8, body: &[u8]) -> Result<Option<Frame>, WireError> {
    if HELLO_KINDS.contains(&kind) { decode(kind, body).map(Some) } else { Ok(None) }
}

/// Decodes the body of a frame. Bytes after the body are left to later minor additions and ignored.
pub(crate) fn decode(kind: u8, body: &[u8]) -> Result<Frame, WireError> {
    Ok(match kind {
        1 => Frame::Hello(take(body)?),
        2 => Frame::Challenge(take(body)?),
        3 => {
            let (mut said, rest): (Identify, _) = postcard::take_from_bytes(body)?;
            said.card.terms = take_terms(rest)?;
            Frame::Identify(said)
        }
        4 => {
            let (mut said, rest): (Welcome, _) = postcard::take_from_bytes(body)?;
            said.card.terms = take_terms(rest)?;
            Frame::Welcome(said)
        }
        5 => Frame::Confirm,
        6 => Frame::Refuse(take(body)?),
        7 => Frame::Bye,
        10 => Frame::Resume(take(body)?),
        11 => Frame::Heartbeat(take(body)?),
        12 => Frame::Members(take(body)?),
        13 => {
            let (mut said, rest): (View, _) = postcard::take_from_bytes(body)?;
            said.ages_ms = if rest.is_empty() { Vec::new() } else { take(rest)? };
            Frame::View(said)
        }
        14 => Frame::Part(take(body)?),
        20 => Frame::Data(take(body)?),
        21 => Frame::Ack(take(body)?),
        30 => Frame::Changes(take(body)?),
        31 => Frame::SnapshotBegin,
        32 => Frame::SnapshotEnd(take(body)?),
        33 => Frame::Digest(take(body)?),
        34 => Frame::Repair,
        COMPRESSED_CHANGES => Frame::Changes(take(&decompressed(body)?)?),
        other => return Err(WireError::UnknownKind(other)),
    })
}

fn put_terms(terms: &Terms, version: u8, out: &mut BytesMut) {
    if version >= TERMS_SINCE {
        put(terms, out);
    }
}

fn take_terms(rest: &[u8]) -> Result<Terms, WireError> {
    if rest.is_empty() { Ok(Terms::default()) } else { take(rest) }
}

fn put<T: Serialize>(body: &T, out: &mut BytesMut) {
    struct Out<'a>(&'a mut BytesMut);
    impl postcard::ser_flavors::Flavor for Out<'_> {
        type Output = ();
        fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
            self.0.put_u8(byte);
            Ok(())
        }
        fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
            self.0.put_slice(bytes);
            Ok(())
        }
        fn finalize(self) -> postcard::Result<()> {
            Ok(())
        }
    }
    postcard::serialize_with_flavor(body, Out(out)).expect("these types always serialise");
}

fn take<T: DeserializeOwned>(body: &[u8]) -> Result<T, WireError> {
    Ok(postcard::from_bytes(body)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_split_at_any_boundary() {
        let mut whole = BytesMut::new();
        encode(&Frame::Ack(300), 1, &mut whole);
        encode(&Frame::Bye, 1, &mut whole);
        let mut input = BytesMut::new();
        let mut kinds = Vec::new();
        for byte in whole {
            input.put_u8(byte);
            while let Some((kind, version, body)) = split(&mut input, 100).expect("valid") {
                assert_eq!(version, 1);
                kinds.push(decode(kind, &body).expect("valid"));
            }
        }
        assert_eq!(kinds, [Frame::Ack(300), Frame::Bye]);
    }

    #[test]
    fn rubbish_is_an_error_and_never_a_panic() {
        let split_of = |bytes: &[u8]| split(&mut BytesMut::from(bytes), 100);
        assert!(matches!(split_of(b"GET / HTTP/1.1"), Err(WireError::TooLong(_))));
        assert!(matches!(split_of(&[0, 0, 0, 1, 7]), Err(WireError::TooShort)));
        assert!(matches!(decode(99, b""), Err(WireError::UnknownKind(99))));
        for kind in 0..=255 {
            for len in 0..64 {
                let _ = decode(kind, &vec![0xff; len]);
            }
        }
    }
}
