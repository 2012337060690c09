//! Findings about text: sources, spans, diagnostics, fixes and their renderers.
//!
//! Invariant: knows nothing of XML or rules and prints nothing by itself.

/// A named text.
#[derive(Debug, Clone)]
pub struct Source {}
/// One finding.
#[derive(Debug, Clone)]
pub struct Diagnostic {}
