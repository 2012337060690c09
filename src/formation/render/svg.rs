//! A scenario as a picture: one lane for each node, coloured by the cluster that it is in.

use std::fmt::Write as _;

use crate::render::{duration, text};
use crate::{Forecast, Happening, Millis, Outcome, Played};

const LANE: f64 = 34.0;
const BAR: f64 = 20.0;
const TOP: f64 = 46.0;
const PLOT: f64 = 620.0;
/// Around one character of the labels.
const CHARACTER: f64 = 7.6;
/// What follows the last change is this part of what came before.
const TAIL: Millis = 8;
/// Readable in light and dark, told apart by people who see red and green alike.
const COLOURS: [&str; 6] = ["#2f7ed8", "#e08a1e", "#2a9d8f", "#9b5de5", "#c0455e", "#6b7a3a"];

/// A picture of one scenario. It takes its text colour from where it is shown.
pub fn svg(forecast: &Forecast, played: &Played) -> String {
    let nodes = &forecast.nodes;
    let longest = nodes.iter().map(|node| node.label.chars().count()).max().unwrap_or_default();
    let left = 18.0 + as_f64(longest) * CHARACTER;
    let last = played.history.occurrences.last().map_or(0, |seen| seen.at).max(1000);
    // A split that nothing ends is shown for as long as it lasts at the least.
    let last = match played.outcome {
        Outcome::Split { healed_after: None, at_least, .. } => last + at_least,
        _ => last,
    };
    let end = last + last / TAIL;
    let x = |at: Millis| left + PLOT * as_f64(at) / as_f64(end);
    let height = TOP + as_f64(nodes.len()) * LANE + 34.0;
    let width = left + PLOT + 24.0;
    let title = escape(&text::name(forecast, &played.scenario));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"currentColor\">\n<title>{title}</title>\n\
         <text x=\"10\" y=\"22\" font-weight=\"600\">{title}</text>\n"
    );
    axis(&mut out, end, height, x);
    for (index, node) in nodes.iter().enumerate() {
        let y = TOP + as_f64(index) * LANE;
        let _infallible =
            writeln!(out, "<text x=\"10\" y=\"{:.1}\">{}</text>", y + BAR * 0.75, escape(&node.label));
        lane(&mut out, played, index, y, end, x);
    }
    out.push_str("</svg>\n");
    out
}

/// The times along the bottom.
fn axis(out: &mut String, end: Millis, height: f64, x: impl Fn(Millis) -> f64) {
    let step =
        [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600].into_iter().map(|seconds: Millis| seconds * 1000);
    let step = step.into_iter().find(|step| end / step <= 8).unwrap_or(end.max(1));
    for tick in (0..=end / step).map(|n| n * step) {
        let at = x(tick);
        let name = if tick == 0 { "0".to_owned() } else { duration(tick) };
        let _infallible = writeln!(
            out,
            "<line x1=\"{at:.1}\" y1=\"{:.1}\" x2=\"{at:.1}\" y2=\"{:.1}\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill-opacity=\"0.7\" font-size=\"11\">{name}</text>",
            TOP - 8.0,
            height - 26.0,
            height - 10.0
        );
    }
}

/// What one node was over time: running alone is grey, being in a cluster has the cluster's colour.
fn lane(out: &mut String, played: &Played, node: usize, y: f64, end: Millis, x: impl Fn(Millis) -> f64) {
    let mut running: Option<Millis> = None;
    for seen in played.history.occurrences.iter().filter(|seen| seen.node == node) {
        match seen.what {
            Happening::Started => running = Some(seen.at),
            Happening::Stopped | Happening::GaveUp { .. } => {
                if let Some(from) = running.take() {
                    bar(out, (x(from), x(seen.at)), y, "currentColor", 0.18, "looks for others");
                }
                let at = x(seen.at);
                let _infallible = writeln!(
                    out,
                    "<path d=\"M{:.1} {:.1}l8 8m0 -8l-8 8\" stroke=\"#c0455e\" stroke-width=\"2\"/>",
                    at - 4.0,
                    y + BAR / 2.0 - 4.0
                );
            }
            Happening::Founded | Happening::Joined { .. } | Happening::Merging { .. } => {}
        }
    }
    if let Some(from) = running {
        bar(out, (x(from), x(end)), y, "currentColor", 0.18, "looks for others");
    }
    let stretches = &played.history.stretches;
    for (index, stretch) in stretches.iter().enumerate() {
        let Some(cluster) = stretch.clusters.iter().find(|cluster| cluster.contains(&node)) else { continue };
        let until = stretches.get(index + 1).map_or(end, |next| next.from);
        let colour = COLOURS
            [cluster.first().map_or(0, |first| colour_of(played, *first, stretch.from)) % COLOURS.len()];
        let said = format!("{} members", cluster.len());
        bar(out, (x(stretch.from), x(until)), y, colour, 1.0, &said);
    }
}

/// The founder of the cluster that a node is in: its colour stays when others come and go.
fn colour_of(played: &Played, node: usize, at: Millis) -> usize {
    let own = played.history.occurrences.iter().rev().filter(|seen| seen.node == node && seen.at <= at);
    let last = own.map(|seen| (seen.at, &seen.what)).find_map(|(at, what)| match what {
        Happening::Founded => Some(None),
        Happening::Joined { master } => at.checked_sub(1).map(|before| Some((*master, before))),
        _ => None,
    });
    last.flatten().map_or(node, |(master, before)| colour_of(played, master, before))
}

fn bar(out: &mut String, (from, to): (f64, f64), y: f64, colour: &str, opacity: f64, said: &str) {
    let _infallible = writeln!(
        out,
        "<rect x=\"{from:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{colour}\" fill-opacity=\"{opacity}\">\
         <title>{said}</title></rect>",
        (to - from).max(0.5)
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times and counts here are far below what a float counts exactly"
)]
fn as_f64(number: impl TryInto<u64>) -> f64 {
    number.try_into().unwrap_or_default() as f64
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
