//! The output formats; each takes sorted findings and returns text that depends on nothing else.

mod concise;
mod full;
mod json;

pub use concise::concise;
pub use full::full;
pub use json::{json, to_json};

/// Whether a renderer may use terminal colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text.
    #[default]
    Never,
    /// ANSI escape sequences.
    Always,
}
