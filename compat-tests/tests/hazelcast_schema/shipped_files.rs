//! The files that Hazelcast ships are read in both notations, and every name in them is one that the table knows.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use cobnut_config::elements::{Known, ROOT, element};
use cobnut_config::{Config, Document, ElementId, Syntax, parse};
use cobnut_diagnostics::Source;
use compat_tests::{ready, target_dir};

use crate::{NEEDS, UNPACKED};

/// Mistakes in the YAML files themselves: what stands too deep, and one block that no code reads.
const MISTAKES: &[(&str, &str)] = &[
    ("3.12.13/hazelcast-default.yaml", "hazelcast/map/max-size/"),
    ("4.2/hazelcast-default.yaml", "hazelcast/map/eviction/"),
    ("hazelcast-full-example.yaml", "hazelcast/advanced-network/interfaces"),
];

/// The shipped files as `JAR/NAME`, each with its configuration.
fn shipped() -> Result<Vec<(String, Config)>> {
    let mut found = Vec::new();
    for folder in fs::read_dir(target_dir().join(UNPACKED))? {
        let folder = folder?.path();
        let jar = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for kind in ["default", "full-example"] {
            for extension in ["xml", "yaml"] {
                let file = folder.join(format!("hazelcast-{kind}.{extension}"));
                // YAML came with 3.12.
                if !file.exists() {
                    continue;
                }
                let name = format!("{jar}/hazelcast-{kind}.{extension}");
                let bytes = fs::read(&file).with_context(|| name.clone())?;
                let (config, errors) = parse(&Source::decode(name.as_str(), bytes)?);
                ensure!(errors.is_empty(), "{name}: {errors:?}");
                found.push((name, config.context("no configuration")?));
            }
        }
    }
    ensure!(found.len() >= 20, "only {} files were found", found.len());
    Ok(found)
}

/// The row of an element; the second value says that it stands in an element that takes any name.
fn known(document: &Document, id: ElementId) -> (Option<Known>, bool) {
    let Some(parent) = document.element(id).parent else { return (element(ROOT), false) };
    let (around, is_free) = known(document, parent);
    let Some(around) = around else { return (None, is_free) };
    let child = around.child(&document.element(id).name);
    (child, is_free || child.is_none() && around.info.open)
}

fn unknown_names(document: &Document) -> BTreeSet<String> {
    let mut unknown = BTreeSet::new();
    for id in document.ids() {
        let path = document.path(id);
        match known(document, id) {
            (None, false) => drop(unknown.insert(path)),
            (Some(known), _) => unknown.extend(
                document
                    .element(id)
                    .attributes
                    .iter()
                    .filter(|attribute| known.attribute(&attribute.name.value).is_none())
                    .map(|attribute| format!("{path}@{}", attribute.name.value)),
            ),
            (None, true) => {}
        }
    }
    unknown
}

#[test]
fn shipped_files_hold_no_unknown_name() -> Result<()> {
    if !ready("shipped_files_hold_no_unknown_name", &NEEDS) {
        return Ok(());
    }
    let mut wrong = Vec::new();
    let mut elements = 0;
    for (name, config) in shipped()? {
        let is_yaml = config.document.syntax() == Syntax::Yaml;
        ensure!(is_yaml == name.contains(".yaml"), "{name} is read in the wrong notation");
        elements += config.document.ids().count();
        let is_mistake =
            |path: &str| MISTAKES.iter().any(|(file, start)| name.ends_with(file) && path.starts_with(start));
        wrong.extend(
            unknown_names(&config.document)
                .into_iter()
                .filter(|path| !is_mistake(path))
                .map(|path| format!("{name}: {path}")),
        );
    }
    ensure!(elements > 10_000, "only {elements} elements were looked at");
    ensure!(wrong.is_empty(), "unknown names:\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn both_notations_of_a_default_file_say_the_same_of_the_network() -> Result<()> {
    if !ready("both_notations_of_a_default_file_say_the_same_of_the_network", &NEEDS) {
        return Ok(());
    }
    let files = shipped()?;
    let mut pairs = 0;
    for (name, yaml) in files.iter().filter(|(name, _)| name.ends_with("default.yaml")) {
        let twin = name.replace(".yaml", ".xml");
        let (_, xml) = files.iter().find(|(name, _)| *name == twin).context("no XML twin")?;
        let said = |config: &Config| {
            let network = &config.network;
            (
                config.cluster_name.value.clone(),
                (network.port.number.value, network.port.auto_increment.value, network.port.port_count.value),
                (network.join.multicast.enabled.value, network.join.multicast.port.value),
                network.join.multicast.group.value.clone(),
                network.join.tcp_ip.enabled.value,
                (network.interfaces.enabled.value, network.interfaces.patterns.len()),
                (network.ssl.enabled.value, network.symmetric_encryption.enabled.value),
            )
        };
        ensure!(said(yaml) == said(xml), "{name}: {:?}, not {:?}", said(yaml), said(xml));
        pairs += 1;
    }
    ensure!(pairs >= 5, "only {pairs} pairs");
    Ok(())
}
