//! Findings about text: sources, spans, diagnostics, fixes and their renderers.
//!
//! Invariant: knows nothing of XML or rules, touches no file and prints nothing by itself; every renderer returns a
//! string, and colours appear only when the caller asks for them.

mod diagnostic;
mod encoding;
mod fingerprint;
mod fix;
pub mod render;
mod source;
mod visible;

pub use diagnostic::{Diagnostic, Label, Severity, sort};
pub use encoding::{DecodeError, DecodeProblem, Encoding};
pub use fingerprint::fingerprints;
pub use fix::{Applied, Edit, Fix, Safety, apply, apply_all, unified_diff};
pub use source::{Location, Position, Source, Span};
pub use visible::visible;
