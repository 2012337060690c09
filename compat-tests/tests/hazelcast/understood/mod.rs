//! One corpus, two readers: Hazelcast's own builder of four releases, and ours.
//!
//! Both must agree on whether a file is accepted and on every field that we read; `compat-tests/hazelcast/differences.toml` lists
//! where they do not and why. A difference that is not listed fails, and a listed one that is gone, too.

mod corpus;
mod differences;
mod ours;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use cobnut_config::RepeatedMaps;
use cobnut_diagnostics::{Diagnostic, Severity};
use cobnut_lint::{Input, NodeInput, Options, Target, lint, read};
use compat_tests::hazelcast::{Question, Release};
use compat_tests::{Artifacts, ready};
use corpus::{Corpus, SHIPPED, VARIABLES};
use differences::Table;
use ours::{Fields, understood};
use serde_json::Value;

/// The file without any setting, whose values are the defaults of a release.
const NOTHING_SET: &str = "nothing-set.xml";
/// The name of the difference between accepting and refusing a file.
const ACCEPT: &str = "accept";

/// What one side made of a file.
enum Verdict {
    Understood(Fields),
    Refused(String),
}

/// What Hazelcast made of all files, and its defaults for a map.
struct Theirs {
    verdicts: BTreeMap<String, Verdict>,
    map_defaults: Fields,
}

impl Theirs {
    fn ask(release: Release, corpus: &Corpus, artifacts: &Artifacts) -> Result<Self> {
        let arguments = VARIABLES.map(|(name, value)| format!("{name}={value}"));
        let question = Question {
            class: "Understood",
            options: &[],
            arguments: &arguments,
            folder: corpus.folder(),
            log: &artifacts.path("hazelcast.log"),
        };
        let mut theirs = Self { verdicts: BTreeMap::new(), map_defaults: Fields::new() };
        for answer in release.ask(&question, &corpus.names)? {
            let file = answer["file"].as_str().context("no file")?.to_owned();
            let verdict = match answer["refused"].as_str() {
                Some(reason) => Verdict::Refused(reason.to_owned()),
                None => Verdict::Understood(serde_json::from_value(answer["understood"].clone())?),
            };
            match (file.is_empty(), verdict) {
                (true, Verdict::Understood(defaults)) => theirs.map_defaults = defaults,
                (_, verdict) => drop(theirs.verdicts.insert(file, verdict)),
            }
        }
        ensure!(theirs.verdicts.len() == corpus.names.len(), "not every file has an answer");
        Ok(theirs)
    }

    /// The value of a field of a file that does not set it.
    fn default(&self, field: &str) -> Value {
        match self.verdicts.get(NOTHING_SET) {
            Some(Verdict::Understood(fields)) => fields.get(field).cloned().unwrap_or_default(),
            _ => Value::Null,
        }
    }
}

fn target(release: Release) -> Target {
    match release.0 {
        "3.12.5" => Target::V3_12,
        "4.2.8" => Target::V4_2,
        "5.3.7" => Target::V5_3,
        _ => Target::V5_5,
    }
}

/// What we make of a file. One that we refuse may be understood nevertheless.
#[derive(Default)]
struct Ours {
    refused: Option<String>,
    understood: Option<Fields>,
    findings: Vec<Diagnostic>,
}

fn ours(node: &NodeInput, release: Release, table: &Table) -> Ours {
    let (config, errors) = read(node);
    let options = Options { target: target(release), ..Options::default() };
    let findings = lint(&Input { nodes: vec![node.clone()], balancers: Vec::new() }, &options);
    let is_refusal = |found: &&Diagnostic| table.is_refusal(found, release.0);
    let refused = errors.iter().chain(&findings).find(is_refusal).map(ToString::to_string);
    let repeated = if target(release) == Target::V3_12 { RepeatedMaps::Replace } else { RepeatedMaps::Add };
    Ours { refused, understood: config.map(|config| understood(&config, repeated)), findings }
}

/// The fields that differ, each with what both sides say.
fn differing(ours: &Fields, theirs: &Fields, all: &Theirs) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (field, their) in theirs {
        let (our, their) = match field.as_str() {
            "maps" => {
                found.extend(differing_maps(ours, their, all));
                continue;
            }
            // Each entry is split once more when it is used.
            "tcp-ip.members" => (ours[field].clone(), split(their)),
            "interfaces" => (ours[field].clone(), sorted(their)),
            "rest-api.groups" if theirs["rest-api"] == "false" => continue,
            _ => (ours.get(field).cloned().unwrap_or_else(|| all.default(field)), their.clone()),
        };
        if our != their {
            found.push((field.clone(), format!("we say {our}, Hazelcast {their}")));
        }
    }
    found
}

fn differing_maps(ours: &Fields, theirs: &Value, all: &Theirs) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let empty = serde_json::Map::new();
    let (ours, theirs) = (ours["maps"].as_object().unwrap_or(&empty), theirs.as_object().unwrap_or(&empty));
    for name in ours.keys().filter(|name| !theirs.contains_key(*name)) {
        found.push(("maps".to_owned(), format!("only we have {name}")));
    }
    for (name, their) in theirs {
        let Some(our) = ours.get(name) else {
            found.push(("maps".to_owned(), format!("only Hazelcast has {name}")));
            continue;
        };
        for (field, their) in their.as_object().unwrap_or(&empty) {
            let our = our.get(field).or_else(|| all.map_defaults.get(field)).cloned().unwrap_or_default();
            if our != *their {
                found.push((format!("map.{field}"), format!("{name}: we say {our}, Hazelcast {their}")));
            }
        }
    }
    found
}

fn split(members: &Value) -> Value {
    let members = members.as_array().into_iter().flatten().filter_map(Value::as_str);
    members.flat_map(|member| member.split([',', ';', ' '])).map(Value::from).collect()
}

fn sorted(texts: &Value) -> Value {
    let mut texts: Vec<&str> = texts.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.into_iter().map(Value::from).collect()
}

/// Compares all files of one release.
fn compare(release: Release) -> Result<()> {
    let test = format!("understood_{}", release.0);
    if !ready(&test, &release.needs()) {
        return Ok(());
    }
    let artifacts = Artifacts::new(&test)?;
    let corpus = Corpus::of(release, &artifacts)?;
    let theirs = Theirs::ask(release, &corpus, &artifacts)?;
    let table = Table::read()?;
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    let mut compared = 0;
    for name in &corpus.names {
        let our = match corpus.node(name)? {
            Ok(node) => ours(&node, release, &table),
            Err(reason) => Ours { refused: Some(reason), ..Ours::default() },
        };
        let note = |(field, what): (String, String)| (name.clone(), field, what);
        match (&our.refused, &theirs.verdicts[name]) {
            (Some(reason), Verdict::Understood(_)) => {
                found.push(note((ACCEPT.to_owned(), format!("we refuse it: {reason}"))));
            }
            (None, Verdict::Refused(reason)) => {
                found.push(note((ACCEPT.to_owned(), format!("Hazelcast refuses it: {reason}"))));
            }
            _ => {}
        }
        if let (Some(our), Verdict::Understood(their)) = (&our.understood, &theirs.verdicts[name]) {
            compared += 1;
            found.extend(differing(our, their, &theirs).into_iter().map(note));
        }
        if name.starts_with(SHIPPED) && matches!(theirs.verdicts[name], Verdict::Understood(_)) {
            let undeserved = our
                .findings
                .iter()
                .filter(|found| found.severity() > Severity::Info && !table.deserves(name, found.rule()));
            wrong.extend(undeserved.map(|found| format!("about a sound file: {found}")));
        }
    }
    ensure!(compared > 100, "only {compared} files were compared field by field");
    wrong.extend(table.compare(release.0, &found));
    ensure!(wrong.is_empty(), "Hazelcast {}, {} times:\n{}", release.0, wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn understood_as_in_3_12() -> Result<()> {
    compare(Release("3.12.5"))
}

#[test]
fn understood_as_in_4_2() -> Result<()> {
    compare(Release("4.2.8"))
}

#[test]
fn understood_as_in_5_3() -> Result<()> {
    compare(Release("5.3.7"))
}

#[test]
fn understood_as_in_5_5() -> Result<()> {
    compare(Release("5.5.0"))
}
