//! The push parser: feed it what arrived, get stream headers and whole stanzas.

use cobnut_model::limits::{self, XML_TOKEN_BYTES_MAX};
use minidom::Element;
use rxml::error::EndOrError;
use rxml::parser::{CommentMode, Options};
use rxml::{AttrMap, Event, Parse as _, Parser, WithOptions as _};

use crate::stream::Condition;
use crate::xml::ns;

/// Bounds of what a peer may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlLimits {
    /// Largest stanza or stream header in bytes.
    pub stanza_bytes: usize,
    /// Deepest nesting of elements, the stanza itself included.
    pub depth: usize,
}

/// The opening tag of a stream (RFC 6120 §4.7).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamHeader {
    /// Whom the peer wants to talk to.
    pub to: Option<String>,
    /// Who the peer says it is.
    pub from: Option<String>,
    /// `version`, as written.
    pub version: Option<String>,
    /// `xml:lang`.
    pub lang: Option<String>,
}

/// What a peer sent.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// The stream was opened.
    Header(StreamHeader),
    /// A whole child of the stream element.
    Stanza(Element),
    /// The stream was closed.
    End,
}

/// Why the stream cannot go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum XmlError {
    /// Not XML, or XML that RFC 6120 §11.1 forbids.
    #[error("parse XML")]
    Syntax(#[from] rxml::Error),
    /// A stanza, or a name or the value of an attribute in it, is larger than its limit.
    #[error("take more than {limit} bytes for one stanza, name or value")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A stanza has more elements than the limit.
    #[error("take more than {limit} elements in one stanza")]
    TooManyElements {
        /// The limit.
        limit: usize,
    },
    /// Elements are nested deeper than the limit.
    #[error("nest elements deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// The document is not an XMPP stream.
    #[error("open a stream with {{{namespace}}}{name}")]
    NotAStream {
        /// Namespace of the root element.
        namespace: String,
        /// Name of the root element.
        name: String,
    },
    /// A stream header inside the stream.
    #[error("open a stream inside a stream")]
    NestedStream,
    /// Text between stanzas.
    #[error("accept text between stanzas")]
    StrayText,
}

impl XmlError {
    /// The stream error to answer with (RFC 6120 §4.9.3).
    pub fn condition(&self) -> Condition {
        match self {
            Self::Syntax(rxml::Error::RestrictedXml(_) | rxml::Error::UndeclaredEntity) => {
                Condition::RestrictedXml
            }
            Self::Syntax(rxml::Error::UndeclaredNamespacePrefix(_)) => Condition::BadNamespacePrefix,
            Self::Syntax(_) => Condition::NotWellFormed,
            Self::TooLarge { .. } | Self::TooManyElements { .. } | Self::TooDeep { .. } => {
                Condition::PolicyViolation
            }
            Self::NotAStream { namespace, .. } if namespace == ns::STREAM => Condition::BadFormat,
            Self::NotAStream { .. } => Condition::InvalidNamespace,
            Self::NestedStream | Self::StrayText => Condition::BadFormat,
        }
    }
}

/// Parses one direction of one stream. A restarted stream (RFC 6120 §4.3.3) needs a new parser.
pub struct StreamParser {
    inner: Parser,
    limits: XmlLimits,
    /// Open elements below the stream element.
    open: Vec<Element>,
    state: State,
    /// Bytes of the current stanza so far.
    stanza_bytes: usize,
    /// Elements of the current stanza so far.
    stanza_elements: usize,
}

/// What the parser says of `<!` that begins neither a comment nor a CDATA section: `<!DOCTYPE` or `<!ENTITY`.
const MARKUP_DECLARATION: &str = "malformed cdata or comment section start";

/// What the parser says of a name or an attribute's value beyond [`XML_TOKEN_BYTES_MAX`].
const LONG_TOKEN: &str = "long name or reference";

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space came yet.
    Fresh,
    /// Inside the XML declaration or the opening tag.
    Opening,
    Open,
    Closed,
}

impl StreamParser {
    /// A parser for a new stream.
    pub fn new(limits: XmlLimits) -> Self {
        let inner = Parser::with_options(Options {
            // The limit per stanza is ours; a token cannot be larger than its stanza. The lexer allocates as much as
            // this for every token, however short it is.
            max_token_length: limits.stanza_bytes.saturating_add(1).min(XML_TOKEN_BYTES_MAX),
            context: None,
            comments: CommentMode::Reject,
        });
        Self { inner, limits, open: Vec::new(), state: State::Fresh, stanza_bytes: 0, stanza_elements: 0 }
    }

    /// Changes the bounds, for a peer that is known better by now.
    pub fn set_limits(&mut self, limits: XmlLimits) {
        self.limits = limits;
    }

    /// Takes bytes from the front of `input` up to the end of the next event; `None` when all were taken and more are
    /// needed. Must be called until it returns `None` before new bytes are passed. Errors are final.
    pub fn next_event(&mut self, input: &mut &[u8]) -> Result<Option<StreamEvent>, XmlError> {
        if self.state == State::Fresh {
            // White space after the previous stream's last element belongs to nobody; XML forbids it at the start.
            *input = input.trim_ascii_start();
            if input.is_empty() {
                return Ok(None);
            }
            self.state = State::Opening;
        }
        while self.state != State::Closed {
            // Text between stanzas is white space that keeps connections alive: do not collect it.
            self.inner.set_text_buffering(!self.open.is_empty());
            let Some(event) = self.next_token(input)? else {
                if self.open.is_empty() {
                    // Who is silent between stanzas needs no room for a token. Not done after each stanza: the next
                    // call allocates it again, even when nothing is left to parse.
                    self.inner.release_temporaries();
                }
                return Ok(None);
            };
            if let Some(event) = self.take(event)? {
                return Ok(Some(event));
            }
        }
        *input = &[];
        Ok(None)
    }

    fn next_token(&mut self, input: &mut &[u8]) -> Result<Option<Event>, XmlError> {
        let before = input.len();
        let result = self.inner.parse(input, false);
        let taken = before.saturating_sub(input.len());
        match result {
            // White space between stanzas belongs to none of them.
            Ok(Some(Event::Text(..))) if self.open.is_empty() => self.stanza_bytes = 0,
            _ => self.stanza_bytes = self.stanza_bytes.saturating_add(taken),
        }
        if self.stanza_bytes > self.limits.stanza_bytes {
            return Err(XmlError::TooLarge { limit: self.limits.stanza_bytes });
        }
        match result {
            Ok(event) => Ok(event),
            Err(EndOrError::NeedMoreData) => Ok(None),
            Err(EndOrError::Error(rxml::Error::InvalidSyntax(MARKUP_DECLARATION))) => {
                Err(rxml::Error::RestrictedXml("markup declarations").into())
            }
            Err(EndOrError::Error(rxml::Error::RestrictedXml(LONG_TOKEN))) => {
                Err(XmlError::TooLarge { limit: XML_TOKEN_BYTES_MAX })
            }
            Err(EndOrError::Error(err)) => Err(err.into()),
        }
    }

    fn take(&mut self, event: Event) -> Result<Option<StreamEvent>, XmlError> {
        match event {
            Event::XmlDeclaration(..) => Ok(None),
            Event::StartElement(_, (namespace, name), attributes) => {
                if self.state == State::Opening {
                    self.state = State::Open;
                    self.stanza_bytes = 0;
                    return stream_header(namespace.as_str(), name.as_str(), attributes).map(Some);
                }
                // A client that restarts a stream which we did not restart would wait for us for ever.
                if self.open.is_empty() && namespace.as_str() == ns::STREAM && name.as_str() == "stream" {
                    return Err(XmlError::NestedStream);
                }
                if self.open.len() >= self.limits.depth {
                    return Err(XmlError::TooDeep { limit: self.limits.depth });
                }
                self.stanza_elements = self.stanza_elements.saturating_add(1);
                if self.stanza_elements > limits::STANZA_ELEMENTS_MAX {
                    return Err(XmlError::TooManyElements { limit: limits::STANZA_ELEMENTS_MAX });
                }
                let mut element = Element::bare(name.as_str(), namespace.as_str());
                *element.attrs_mut() = attributes;
                self.open.push(element);
                Ok(None)
            }
            Event::EndElement(_) => Ok(self.end_element()),
            Event::Text(_, text) => self.text(&text),
        }
    }

    fn end_element(&mut self) -> Option<StreamEvent> {
        let Some(element) = self.open.pop() else {
            self.state = State::Closed;
            return Some(StreamEvent::End);
        };
        if let Some(parent) = self.open.last_mut() {
            parent.append_child(element);
            return None;
        }
        self.stanza_bytes = 0;
        self.stanza_elements = 0;
        // Nothing of it is needed again, and the room for the deepest nesting so far would stay for ever.
        self.open = Vec::new();
        Some(StreamEvent::Stanza(element))
    }

    fn text(&mut self, text: &str) -> Result<Option<StreamEvent>, XmlError> {
        match self.open.last_mut() {
            Some(parent) => parent.append_text(text),
            None if text.bytes().all(|byte| byte.is_ascii_whitespace()) => {}
            None => return Err(XmlError::StrayText),
        }
        Ok(None)
    }
}

fn stream_header(namespace: &str, name: &str, mut attributes: AttrMap) -> Result<StreamEvent, XmlError> {
    if namespace != ns::STREAM || name != "stream" {
        return Err(XmlError::NotAStream { namespace: namespace.to_owned(), name: name.to_owned() });
    }
    let mut plain = |name: &str| attributes.remove(&rxml::Namespace::NONE, name);
    Ok(StreamEvent::Header(StreamHeader {
        to: plain("to"),
        from: plain("from"),
        version: plain("version"),
        lang: attributes.remove(rxml::Namespace::xml(), "lang"),
    }))
}
