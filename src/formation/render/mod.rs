//! How a forecast is told: as text, as a picture, and as a page.

mod html;
mod summary;
mod svg;
mod text;

pub use html::html;
pub use summary::{Group, groups};
pub use svg::svg;
pub use text::{text, timeline};

use crate::{Forecast, Generation, Millis, Rules};

/// Whose rules, in words.
fn whose(forecast: &Forecast) -> &'static str {
    match (forecast.rules, forecast.nodes.first().map(|node| node.generation)) {
        (Rules::Cobnut, _) => "Cobnut",
        (Rules::Hazelcast, Some(Generation::V3)) => "Hazelcast 3.x",
        (Rules::Hazelcast, Some(Generation::V4)) => "Hazelcast 4.x",
        (Rules::Hazelcast, _) => "Hazelcast 5.x",
    }
}

/// A time as people say it: `6 s`, `7 min`.
pub(crate) fn duration(millis: Millis) -> String {
    match millis {
        0..=999 => "less than 1 s".to_owned(),
        1000..=599_999 => format!("{} s", millis.div_ceil(1000)),
        _ => format!("{} min", millis.div_ceil(60_000)),
    }
}
