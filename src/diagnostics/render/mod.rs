//! The output formats; each takes sorted findings and returns text that depends on nothing else.

mod checkstyle;
mod concise;
mod full;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod rule_info;
mod sarif;
mod xml;

pub use checkstyle::checkstyle;
pub use concise::concise;
pub use full::full;
pub use github::github;
pub use gitlab::gitlab;
pub use html::html;
pub use json::{json, jsonl, to_json};
pub use junit::junit;
pub use rule_info::{RuleInfo, RuleLookup};
pub use sarif::sarif;

/// Whether a renderer may use terminal colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text.
    #[default]
    Never,
    /// ANSI escape sequences.
    Always,
}
