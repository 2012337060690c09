//! Forecasts as one page.

use std::fmt::Write as _;

use crate::Forecast;
use crate::render::svg::{escape, svg};
use crate::render::{groups, timeline};

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --bad: #b3261e; --good: #1b7f4d; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #6fd3a0; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
section { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin: 1rem 0; overflow-x: auto; }
h3 { margin: 0; } .bad h3 { color: var(--bad); } .good h3 { color: var(--good); }
svg { width: 100%; min-width: 36rem; height: auto; margin-top: .75rem; } pre { overflow-x: auto; font-size: 13px; }
ul { margin: .5rem 0; padding-left: 1.25rem; } .count { opacity: .7; font-weight: normal; font-size: .9em; }
";

/// A page that needs nothing but itself: for each set of rules, the outcomes with a picture and a timeline of one scenario.
pub fn html(forecasts: &[Forecast]) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>Which clusters these files form</title>\n<style>{STYLE}</style>\n\
         <h1>Which clusters these files form</h1>\n"
    );
    for forecast in forecasts {
        let who = super::whose(forecast);
        let _infallible = writeln!(
            out,
            "<h2>With {who} <span class=\"count\">{} nodes, {} scenarios</span></h2>",
            forecast.nodes.len(),
            forecast.played.len()
        );
        for group in groups(forecast) {
            let class = if group.is_whole { "good" } else { "bad" };
            let _infallible = writeln!(
                out,
                "<section class=\"{class}\">\n<h3>{} <span class=\"count\">{} scenarios</span></h3>\n<p>{}</p>",
                escape(&group.headline),
                group.count,
                escape(&group.scenarios.join("; "))
            );
            if !group.reasons.is_empty() {
                out.push_str("<ul>\n");
                for reason in &group.reasons {
                    let _infallible = writeln!(out, "<li>{}</li>", escape(reason));
                }
                out.push_str("</ul>\n");
            }
            out.push_str(&svg(forecast, group.example));
            let _infallible = writeln!(
                out,
                "<details><summary>Step by step</summary><pre>{}</pre></details>\n</section>",
                escape(&timeline(forecast, group.example))
            );
        }
    }
    out.push_str("</html>\n");
    out
}
