//! A forecast as text.

use std::fmt::Write as _;

use crate::render::groups;
use crate::{Forecast, Happening, Played, Scenario};

/// The outcomes of all scenarios, what goes wrong first; one timeline for each outcome that is no whole cluster.
pub fn text(forecast: &Forecast) -> String {
    let who = super::whose(forecast);
    let mut out = String::new();
    let _infallible =
        writeln!(out, "{who}: {} nodes, {} scenarios", forecast.nodes.len(), forecast.played.len());
    let cut_off = forecast.played.iter().filter(|played| played.history.is_cut_off).count();
    if cut_off > 0 {
        let _infallible = writeln!(
            out,
            "The timers of the files are so far apart that {cut_off} scenarios were not played to their end."
        );
    }
    for group in groups(forecast) {
        let mark = if group.is_whole { "ok   " } else { "SPLIT" };
        let _infallible = writeln!(out, "\n{mark}  {}", group.scenarios.join("; "));
        let _infallible = writeln!(out, "       {}", group.headline);
        for reason in &group.reasons {
            let _infallible = writeln!(out, "       - {reason}");
        }
        if !group.is_whole {
            out.push('\n');
            for line in timeline(forecast, group.example).lines() {
                let _infallible = writeln!(out, "       {line}");
            }
        }
    }
    out
}

/// What happened in one scenario, a line for each moment.
pub fn timeline(forecast: &Forecast, played: &Played) -> String {
    let nodes = &forecast.nodes;
    let label = |node: usize| nodes.get(node).map_or("", |node| node.label.as_str());
    let width = nodes.iter().map(|node| node.label.chars().count()).max().unwrap_or_default();
    let mut out = String::new();
    for seen in &played.history.occurrences {
        let what = match &seen.what {
            Happening::Started => "starts".to_owned(),
            Happening::Stopped => "stops".to_owned(),
            Happening::Founded => "finds nobody and is a cluster of one".to_owned(),
            Happening::Joined { master } => format!("joins the cluster of {}", label(*master)),
            Happening::Merging { into } => format!("leaves its cluster for that of {}", label(*into)),
            Happening::GaveUp { reason } => format!("ends: {reason}"),
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a day has far fewer milliseconds than a float can count"
        )]
        let seconds = seen.at as f64 / 1000.0;
        let _infallible = writeln!(out, "{seconds:7.1} s  {:<width$}  {what}", label(seen.node));
    }
    out
}

/// A scenario in words.
pub(super) fn name(forecast: &Forecast, scenario: &Scenario) -> String {
    let list = |order: &[usize]| crate::forecast::list(&forecast.nodes, order);
    match scenario {
        Scenario::Order(order) => format!("start order {}", list(order)),
        Scenario::Together => "all at once".to_owned(),
        Scenario::Restart { order, node } => {
            format!("start order {}, then restart of {}", list(order), list(&[*node]))
        }
    }
}
