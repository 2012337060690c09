//! What members send each other about rooms: the payload of [`cobnut_mesh::Envelope::GroupChat`].
//!
//! Postcard. Variants are added at the end; a change of one is a new one.

use bytes::Bytes;
use cobnut_xmpp_proto::muc::RoomParts;
use serde::{Deserialize, Serialize};

/// One payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wire {
    /// A stanza for a room, with `from` and `to`.
    Stanza {
        /// Members that have sent it so far.
        hops: u8,
        /// As [`cobnut_xmpp_proto::xml::stanza_bytes`] writes it.
        stanza: Bytes,
    },
    /// A piece of a [`Moved`] room. Pieces of one transfer come in order.
    Piece {
        /// Names the transfer; unique for the sender.
        transfer: u64,
        /// Whether it is complete with this one.
        is_last: bool,
        /// The next bytes.
        bytes: Bytes,
    },
}

/// A room that moves to another member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moved {
    /// The sender's [`super::maps::RoomEntry::term`].
    pub(super) term: u64,
    /// All of it.
    pub(super) parts: RoomParts,
}

/// A member sent something that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("not a message about rooms that this release knows")]
pub(super) struct Malformed(#[from] postcard::Error);

impl Wire {
    pub(super) fn encode(&self) -> Bytes {
        postcard::to_stdvec(self).expect("these types always serialise").into()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

impl Moved {
    pub(super) fn encode(&self) -> Bytes {
        postcard::to_stdvec(self).expect("these types always serialise").into()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As members of every release write and read them.
    #[test]
    fn payloads_are_the_bytes_that_they_were() {
        let stanza = Wire::Stanza { hops: 2, stanza: Bytes::from_static(b"<iq/>") };
        assert_eq!(stanza.encode().as_ref(), b"\x00\x02\x05<iq/>");
        let piece = Wire::Piece { transfer: 300, is_last: true, bytes: Bytes::from_static(b"ab") };
        assert_eq!(piece.encode().as_ref(), b"\x01\xac\x02\x01\x02ab");
        for wire in [stanza, piece] {
            assert_eq!(Wire::decode(&wire.encode()).unwrap(), wire);
        }
    }

    #[test]
    fn rubbish_is_an_error() {
        for rubbish in [&b""[..], b"\x07", b"\x00\x01\xff\xff\xff\xff\x7f<", b"\x01\x01\x02\x00"] {
            assert!(Wire::decode(rubbish).is_err(), "{rubbish:?}");
            assert!(Moved::decode(rubbish).is_err(), "{rubbish:?}");
        }
    }
}
