//! Reading back stanzas that we or Openfire wrote: from the store and from other members.

use minidom::Element;

use super::parser::{StreamEvent, StreamParser, XmlError, XmlLimits};
use cobnut_model::limits;

/// Why a text is not one stanza.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// The XML is broken or beyond the limits.
    #[error("read a stanza")]
    Xml(#[from] XmlError),
    /// The text ends too early or holds no element.
    #[error("find a whole stanza")]
    Incomplete,
    /// Something follows the stanza.
    #[error("read a single stanza")]
    Trailing,
}

/// Parses one element whose default namespace is `jabber:client` unless it says otherwise, as on a client stream.
pub fn parse_stanza(text: &[u8]) -> Result<Element, ParseError> {
    const OPENING: &[u8] =
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    let mut parser = StreamParser::new(XmlLimits {
        stanza_bytes: limits::MESH_FRAME_BYTES_MAX,
        depth: limits::STANZA_DEPTH_MAX,
    });
    let mut opening = OPENING;
    parser.next_event(&mut opening)?;
    let mut rest = text;
    let Some(StreamEvent::Stanza(stanza)) = parser.next_event(&mut rest)? else {
        return Err(ParseError::Incomplete);
    };
    if rest.trim_ascii().is_empty() { Ok(stanza) } else { Err(ParseError::Trailing) }
}
