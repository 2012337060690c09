//! How a forecast is told: as text, as a picture, and as a page.

mod html;
mod summary;
mod svg;
mod text;

pub use html::html;
pub use summary::{Group, groups};
pub use svg::svg;
pub use text::{text, timeline};

use crate::Millis;

/// A time as people say it: `6 s`, `7 min`.
pub(crate) fn duration(millis: Millis) -> String {
    match millis {
        0..=999 => "less than 1 s".to_owned(),
        1000..=599_999 => format!("{} s", millis.div_ceil(1000)),
        _ => format!("{} min", millis.div_ceil(60_000)),
    }
}
