//! XML framing of client streams (RFC 6120 §4 and §11): bytes to stanzas and back.
//!
//! The parser is strict and bounded: it refuses what RFC 6120 §11.1 forbids and whatever is too large or too deep.
//! Invariant: a stanza that came out of the parser can be written by the writer.

mod fragment;
pub mod ns;
mod parser;
mod writer;

pub use fragment::{ParseError, parse_stanza};
pub use parser::{StreamEvent, StreamHeader, StreamParser, XmlError, XmlLimits};
pub(crate) use writer::XmlWriter;
pub use writer::{stanza_bytes, write_stanza};
