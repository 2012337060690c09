//! `--simulate`: which clusters the nodes form, for every start order.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use cobnut_config::Config;
use cobnut_formation::render::{html, svg, text};
use cobnut_formation::{Forecast, Generation, NODES_MAX, Names, NodeModel, Outcome, Played, Rules, forecast};
use cobnut_lint::{Target, read};

use crate::args::ForecastArgs;
use crate::inputs::Loaded;

/// What comes out by Hazelcast's rules and by ours.
pub(crate) struct Forecasts([Forecast; 2]);

/// Plays all scenarios of the nodes that were read.
///
/// # Errors
/// Fewer than two nodes, a file that cannot be read, or a node whose address nothing tells.
pub(crate) fn forecasts(loaded: &Loaded, args: &ForecastArgs, target: Target) -> Result<Forecasts> {
    let nodes = &loaded.input.nodes;
    if nodes.len() < 2 {
        bail!("a forecast needs the files of two nodes or more; {} was given", nodes.len());
    }
    let labels = short_labels(&nodes.iter().map(|node| node.label.as_str()).collect::<Vec<_>>());
    let mut configs: Vec<(String, Config)> = Vec::new();
    for (node, label) in nodes.iter().zip(labels) {
        let (config, _) = read(node);
        let config = config
            .with_context(|| format!("{}: cannot be read; lint it without --simulate first", node.label))?;
        configs.push((label, config));
    }
    let labels: Vec<&str> = configs.iter().map(|(label, _)| label.as_str()).collect();
    for (name, _) in &args.address {
        if !labels.iter().any(|label| label == name || label.rsplit('/').next() == Some(name)) {
            bail!("--address {name}: no node has this name; the nodes are {}", labels.join(", "));
        }
    }
    let files: Vec<(&str, &Config)> =
        configs.iter().map(|(label, config)| (label.as_str(), config)).collect();
    let names =
        Names { hosts: args.host.iter().cloned().collect(), nodes: args.address.iter().cloned().collect() };
    let models = NodeModel::of_files(&files, generation(target, &configs), &names)?;
    Ok(Forecasts([forecast(&models, Rules::Hazelcast), forecast(&models, Rules::Cobnut)]))
}

/// Without a target, 5.x for files that only 4.0 and later read, and 3.x for all others: what heals with it heals with every one.
fn generation(target: Target, configs: &[(String, Config)]) -> Generation {
    let is_new = |config: &Config| config.document.at_path("hazelcast/cluster-name").next().is_some();
    match target {
        Target::V4_2 => Generation::V4,
        Target::V5_3 | Target::V5_5 => Generation::V5,
        Target::Auto if configs.iter().any(|(_, config)| is_new(config)) => Generation::V5,
        Target::V3_12 | Target::Auto => Generation::V3,
    }
}

/// Labels without what all of them share: `conf/article/server1.xml` and `…/server2.xml` are `server1` and `server2`.
fn short_labels(labels: &[&str]) -> Vec<String> {
    let parts: Vec<Vec<&str>> =
        labels.iter().map(|label| label.trim_end_matches('/').split('/').collect()).collect();
    let shortest = parts.iter().map(Vec::len).min().unwrap_or_default();
    let is_shared = |at: &usize, from_end: bool| {
        let part = |parts: &Vec<&str>| {
            let index = if from_end { parts.len() - 1 - at } else { *at };
            parts.get(index).map(|part| (*part).to_owned())
        };
        parts.iter().all(|other| part(other) == part(&parts[0]))
    };
    let front = (0..shortest.saturating_sub(1)).take_while(|at| is_shared(at, false)).count();
    let back = (0..shortest.saturating_sub(front + 1)).take_while(|at| is_shared(at, true)).count();
    parts
        .iter()
        .map(|parts| {
            let kept = parts.get(front..parts.len() - back).unwrap_or(parts).join("/");
            kept.strip_suffix(".xml").unwrap_or(&kept).to_owned()
        })
        .collect()
}

impl Forecasts {
    /// Whether Hazelcast forms one cluster in every scenario.
    pub(crate) fn is_whole(&self) -> bool {
        self.0[0].played.iter().all(is_whole)
    }

    /// Both forecasts as text.
    pub(crate) fn text(&self) -> String {
        let mut said = self.0.iter().map(text).collect::<Vec<_>>().join("\n");
        if self.0[0].nodes.len() > NODES_MAX {
            let _infallible = writeln!(
                said,
                "\nMore than {NODES_MAX} nodes: only the order of the files and its reverse were played."
            );
        }
        said
    }

    /// Writes a picture or a page.
    pub(crate) fn draw(&self, path: &Path) -> Result<()> {
        let drawn = match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => {
                let hazelcast = &self.0[0];
                let shown =
                    hazelcast.played.iter().find(|played| !is_whole(played)).or(hazelcast.played.first());
                shown.map(|shown| svg(hazelcast, shown)).unwrap_or_default()
            }
            Some("html" | "htm") => html(&self.0),
            _ => bail!("{}: a picture ends in .svg, a page in .html", path.display()),
        };
        fs::write(path, drawn).with_context(|| path.display().to_string())
    }
}

fn is_whole(played: &Played) -> bool {
    matches!(played.outcome, Outcome::One { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lose_what_they_share() {
        let cases: [(&[&str], &[&str]); 4] = [
            (&["conf/article/server1.xml", "conf/article/server2.xml"], &["server1", "server2"]),
            (&["nodes/a/hazelcast.xml", "nodes/b/hazelcast.xml"], &["a", "b"]),
            (&["a", "b/c"], &["a", "b/c"]),
            (&["x/same", "y/same"], &["x", "y"]),
        ];
        for (labels, expected) in cases {
            assert_eq!(short_labels(labels), expected, "{labels:?}");
        }
    }
}
