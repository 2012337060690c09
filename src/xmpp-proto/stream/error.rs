//! Stream errors (RFC 6120 §4.9).

use crate::xml::{XmlError, XmlWriter, ns};

/// The defined conditions that this server sends (RFC 6120 §4.9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// XML that cannot be processed.
    BadFormat,
    /// A namespace prefix that nobody declared.
    BadNamespacePrefix,
    /// A newer session took the resource.
    Conflict,
    /// The peer was silent for too long.
    ConnectionTimeout,
    /// The domain is not served here.
    HostUnknown,
    /// Something failed on our side.
    InternalServerError,
    /// The stream is in a namespace that we do not speak.
    InvalidNamespace,
    /// The XML is no valid XMPP.
    InvalidXml,
    /// The peer is not (or no longer) allowed to do this.
    NotAuthorized,
    /// The XML is broken.
    NotWellFormed,
    /// The peer broke a rule of this server, often a limit.
    PolicyViolation,
    /// No room for more.
    ResourceConstraint,
    /// XML that RFC 6120 §11.1 forbids.
    RestrictedXml,
    /// The server stops.
    SystemShutdown,
    /// A first-level element that the server does not know.
    UnsupportedStanzaType,
    /// A version of XMPP that we do not speak.
    UnsupportedVersion,
}

impl Condition {
    /// Name of the element.
    pub fn name(self) -> &'static str {
        match self {
            Self::BadFormat => "bad-format",
            Self::BadNamespacePrefix => "bad-namespace-prefix",
            Self::Conflict => "conflict",
            Self::ConnectionTimeout => "connection-timeout",
            Self::HostUnknown => "host-unknown",
            Self::InternalServerError => "internal-server-error",
            Self::InvalidNamespace => "invalid-namespace",
            Self::InvalidXml => "invalid-xml",
            Self::NotAuthorized => "not-authorized",
            Self::NotWellFormed => "not-well-formed",
            Self::PolicyViolation => "policy-violation",
            Self::ResourceConstraint => "resource-constraint",
            Self::RestrictedXml => "restricted-xml",
            Self::SystemShutdown => "system-shutdown",
            Self::UnsupportedStanzaType => "unsupported-stanza-type",
            Self::UnsupportedVersion => "unsupported-version",
        }
    }
}

/// The one condition whose element has a content.
const SEE_OTHER_HOST: &str = "see-other-host";

/// An error that ends the stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("keep the stream open: {}", condition)]
pub struct StreamError {
    /// Name of the defined condition.
    pub condition: &'static str,
    /// Text for the person; empty leaves it out. For `see-other-host` the address (RFC 6120 §4.9.3.19).
    pub text: String,
}

impl StreamError {
    /// An error with a text.
    pub fn new(condition: Condition, text: impl Into<String>) -> Self {
        Self { condition: condition.name(), text: text.into() }
    }

    /// Appends the error and the end of the stream.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut xml = XmlWriter::new(out);
        xml.start("stream:error", &[]);
        let namespace = [("xmlns", ns::STREAM_ERRORS)];
        if self.condition == SEE_OTHER_HOST {
            xml.text_element(self.condition, &namespace, &self.text);
        } else {
            xml.empty(self.condition, &namespace);
        }
        if !self.text.is_empty() && self.condition != SEE_OTHER_HOST {
            xml.text_element("text", &[("xmlns", ns::STREAM_ERRORS), ("xml:lang", "en")], &self.text);
        }
        xml.end("stream:error");
        xml.end("stream:stream");
    }
}

impl From<Condition> for StreamError {
    fn from(condition: Condition) -> Self {
        Self::new(condition, "")
    }
}

impl From<&XmlError> for StreamError {
    fn from(err: &XmlError) -> Self {
        match err {
            // The parser's words help whoever debugs a client and tell nothing about the server.
            XmlError::Syntax(source) => Self::new(err.condition(), source.to_string()),
            XmlError::TooLarge { limit } => {
                Self::new(err.condition(), format!("a stanza may have {limit} bytes"))
            }
            XmlError::TooManyElements { limit } => {
                Self::new(err.condition(), format!("a stanza may have {limit} elements"))
            }
            XmlError::TooDeep { limit } => {
                Self::new(err.condition(), format!("elements may be nested {limit} deep"))
            }
            XmlError::NotAStream { .. } | XmlError::NestedStream | XmlError::StrayText => {
                err.condition().into()
            }
        }
    }
}
