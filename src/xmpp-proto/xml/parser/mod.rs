//! From bytes to stream headers and stanzas.

mod stream_parser;

pub use stream_parser::{StreamEvent, StreamHeader, StreamParser, XmlError, XmlLimits};

#[cfg(test)]
mod tests;
