//! The metrics of two nodes that work: their form, and the page that lists them.
//!
//! `UPDATE_PAGES=1` adds what is new to the page.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use compat_tests::{Cluster, ClusterOptions, eventually, repository_root};

const HEAD: &str = "# Metrics\n\n\
    What a node tells at `/metrics` of the console, in the OpenMetrics text format. Counters end in `_total` there. Families \
    whose labels have no value yet are left out.\n\n\
    | metric | type | labels | what |\n|---|---|---|---|\n";
/// How long the figures may take to be taken once a second.
const FIGURES_LIMIT: Duration = Duration::from_secs(20);

/// One family of metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Family {
    kind: String,
    help: String,
    unit: Option<String>,
    labels: BTreeSet<String>,
}

/// Reads an exposition and refuses whatever the OpenMetrics specification forbids or a family lacks.
fn families(text: &str) -> Result<BTreeMap<String, Family>> {
    let body = text.strip_suffix("# EOF\n").context("the text ends with # EOF")?;
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let mut seen = BTreeSet::new();
    for line in body.lines() {
        if let Some(said) = line.strip_prefix("# ") {
            let mut words = said.splitn(3, ' ');
            let (what, name, rest) =
                (words.next().unwrap(), words.next().context("a name")?, words.next().unwrap_or_default());
            if name != current {
                ensure!(!families.contains_key(name), "{name} comes twice");
                name.clone_into(&mut current);
            }
            let family = families.entry(current.clone()).or_default();
            match what {
                "HELP" => rest.clone_into(&mut family.help),
                "TYPE" => rest.clone_into(&mut family.kind),
                "UNIT" => family.unit = Some(rest.to_owned()),
                _ => bail!("an unknown line: {line}"),
            }
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').with_context(|| format!("no value: {line}"))?;
        ensure!(value.parse::<f64>().is_ok(), "not a number: {line}");
        ensure!(seen.insert(sample.to_owned()), "{sample} comes twice");
        let (name, labels) = sample.split_once('{').unwrap_or((sample, "}"));
        let suffix = name.strip_prefix(&current).with_context(|| format!("{line} is not of {current}"))?;
        let family = families.get_mut(&current).context("a family")?;
        let is_known = match family.kind.as_str() {
            "counter" => suffix == "_total",
            "gauge" => suffix.is_empty(),
            "histogram" => ["_sum", "_count", "_bucket"].contains(&suffix),
            "info" => suffix == "_info",
            other => bail!("{current} is of type {other:?}"),
        };
        ensure!(is_known, "{line} does not fit the type {}", family.kind);
        let labels = labels.strip_suffix('}').with_context(|| format!("open braces: {line}"))?;
        let names = labels.split("\",").filter_map(|label| label.split_once("=\"")).map(|(name, _)| name);
        family.labels.extend(names.filter(|name| *name != "le").map(str::to_owned));
    }
    Ok(families)
}

/// What holds for every family.
fn check(name: &str, family: &Family) -> Result<()> {
    ensure!(name.starts_with("cobnut_"), "{name} is not called after the program");
    ensure!(family.help.len() > 10, "{name} says nothing about itself: {:?}", family.help);
    let unit = family.unit.as_deref();
    ensure!(unit.is_none_or(|unit| name.ends_with(&format!("_{unit}"))), "{name} lacks its unit {unit:?}");
    for suffix in ["bytes", "seconds", "ratio"] {
        let is_one = name.ends_with(&format!("_{suffix}"));
        ensure!(!is_one || unit == Some(suffix), "{name} does not declare its unit");
    }
    ensure!(!family.kind.is_empty(), "{name} has no type");
    Ok(())
}

fn row(name: &str, family: &Family) -> String {
    let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
    let help = family.help.trim_end_matches('.').replace('|', "\\|");
    format!("| `{name}` | {} | {} | {help} |", family.kind, labels.join(", "))
}

/// Every family must have its row; rows of families that say nothing here stay.
fn compare_with_page(families: &BTreeMap<String, Family>) -> Result<()> {
    let path: PathBuf = repository_root().join("src/operations/METRICS.md");
    let page = fs::read_to_string(&path).unwrap_or_default();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let mut listed: BTreeMap<String, String> = rows
        .filter_map(|row| Some((row.strip_prefix("| `")?.split_once('`')?.0.to_owned(), row.to_owned())))
        .collect();
    let mut missing = Vec::new();
    for (name, family) in families {
        let row = row(name, family);
        if listed.get(name) != Some(&row) {
            missing.push(row.clone());
            listed.insert(name.clone(), row);
        }
    }
    if std::env::var_os("UPDATE_PAGES").is_some() {
        let mut text = HEAD.to_owned();
        for row in listed.values() {
            writeln!(text, "{row}").unwrap();
        }
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    } else {
        ensure!(missing.is_empty(), "{} lacks\n{}", path.display(), missing.join("\n"));
        ensure!(page.starts_with(HEAD), "{} has another head", path.display());
    }
    Ok(())
}

#[test]
fn every_metric_says_what_it_is_and_links_have_figures_by_member() -> Result<()> {
    let test = "every_metric_says_what_it_is_and_links_have_figures_by_member";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    let one = cluster.login(0, "10023", "Spark")?;
    cluster.wait_for_sessions(&[one.jid()])?;
    let other = cluster.nodes[1].id()?;
    let of_other = format!("node=\"{other}\"");
    let view = cluster.nodes[0].view();
    eventually("figures of the link", FIGURES_LIMIT, || {
        let text = view.metrics()?;
        let of_link: Vec<&str> = text.lines().filter(|line| line.contains(&of_other)).collect();
        let says = |name: &str, value: &str| {
            of_link
                .iter()
                .any(|line| line.starts_with(&format!("cobnut_mesh_{name}{{")) && line.ends_with(value))
        };
        let is_settled = says("link_connected", " 1") && says("link_lag_changes", " 0");
        Ok((is_settled && says("link_unconfirmed_bytes", " 0")).then_some(()))
    })?;
    let text = view.metrics()?;
    let families = families(&text)?;
    for (name, family) in &families {
        check(name, family)?;
    }
    compare_with_page(&families)?;
    let happened = |text: &str, kind: &str| {
        let start = format!("cobnut_mesh_happenings_total{{kind=\"{kind}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&start)?.parse::<u64>().ok())
    };
    ensure!(happened(&text, "joined") == Some(1), "one member joined");
    ensure!(happened(&text, "diverged") == Some(0), "what never happened is 0");

    // A member that is gone has no figures any more.
    one.close()?;
    cluster.nodes[1].stop()?;
    eventually("no figures of a member that left", FIGURES_LIMIT, || {
        let text = view.metrics()?;
        Ok((!text.contains(&of_other) && happened(&text, "left") == Some(1)).then_some(()))
    })?;
    Ok(())
}
