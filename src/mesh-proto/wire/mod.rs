//! The bytes on a link: `length u32 BE | kind u8 | version u8 | postcard body`; the length counts all after itself.

mod announcement;
mod bodies;
mod compression;
mod frame;
#[cfg(test)]
mod golden;

pub use announcement::{ANNOUNCEMENT_BYTES_MAX, announcement, is_announcement, read_announcement};
pub(crate) use bodies::{
    Card, Challenge, Change, Changes, Data, Digest, Heartbeat, Hello, Identify, Known, Members, Part,
    Received, Refuse, Resume, Seen, Terms, View, Welcome,
};
pub(crate) use compression::Compressor;
pub(crate) use frame::{
    AGES_SINCE, DIGESTS_SINCE, Frame, TERMS_SINCE, VIEWS_SINCE, WireError, decode, decode_hello, encode,
    split,
};

/// First bytes of the body of a hello.
pub(crate) const MAGIC: [u8; 4] = *b"CBNT";
