//! What the fuzz targets do with their bytes; the replay of the corpora on stable does the same.
//!
//! Nothing is expected of the results but that there are any: no panic, no endless loop, no memory without bound, and every
//! finding points into its file.
#![allow(dead_code, reason = "each target uses one of them")]

use cobnut_config::{MemberEntry, parse};
use cobnut_diagnostics::{Diagnostic, Source};
use cobnut_keystore::{CertificateFacts, Keystore};
use cobnut_lint::{Input, NodeInput, Options, Target, lint};
use cobnut_openfire::hsqldb::{LogChanges, OpenfireRow, ScriptReader};

/// Longer inputs teach nothing and cost time.
const LONGEST: usize = 1 << 16;
const TARGETS: [Target; 5] = [Target::Auto, Target::V3_12, Target::V4_2, Target::V5_3, Target::V5_5];

/// A configuration in XML.
pub(crate) fn xml(data: &[u8]) {
    configuration("hazelcast.xml", data);
}

/// A configuration in YAML.
pub(crate) fn yaml(data: &[u8]) {
    configuration("hazelcast.yaml", data);
}

fn configuration(name: &str, data: &[u8]) {
    let Ok(source) = Source::decode(name, data.get(..LONGEST).unwrap_or(data).to_vec()) else { return };
    if let Some(config) = parse(&source).0 {
        std::hint::black_box((config.dial_targets(), cobnut_config::refusals(&config)));
        std::hint::black_box(config.pick_address(&["127.0.0.1".parse().expect("an address")]).is_ok());
    }
    // Different inputs meet different releases, so that one run costs one.
    let target = TARGETS[data.len() % TARGETS.len()];
    let input = Input { nodes: vec![NodeInput::of_file(source, "node")], balancers: Vec::new() };
    check(&lint(&input, &Options { target, ..Options::default() }));
}

/// An entry of a member list, alone and in two files of one cluster.
pub(crate) fn member(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data.get(..LONGEST).unwrap_or(data)) else { return };
    let entry = MemberEntry::from_text(text);
    std::hint::black_box((entry.outcome(), entry.reaches("192.168.5.1".parse().expect("an address"))));
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let file = |name: &str, own: &str| {
        let text = format!(
            "<join><tcp-ip enabled=\"true\"><member>{escaped}</member><member>192.168.5.2:5701</member></tcp-ip></join>\
             <interfaces enabled=\"true\"><interface>{own}</interface></interfaces>"
        );
        NodeInput::of_file(Source::new(name, text), name)
    };
    let nodes = vec![file("one.xml", "192.168.5.1"), file("two.xml", "192.168.5.2")];
    check(&lint(&Input { nodes, balancers: Vec::new() }, &Options::default()));
}

/// A key store of any kind, and a certificate.
pub(crate) fn keystore(data: &[u8]) {
    std::hint::black_box(CertificateFacts::read(data).is_ok());
    std::hint::black_box(Keystore::open_public(data).is_ok());
    std::hint::black_box(Keystore::open(data, "changeit").is_ok());
}

/// A configuration of HAProxy and of nginx, beside a node.
pub(crate) fn balancer(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data.get(..LONGEST).unwrap_or(data)) else { return };
    let node = "<join><tcp-ip enabled=\"true\"><member>192.168.5.1</member></tcp-ip></join>";
    let input = Input {
        nodes: vec![NodeInput::of_file(Source::new("hazelcast.xml", node), "node")],
        balancers: ["haproxy.cfg", "nginx.conf"].map(|name| Source::new(name, text)).to_vec(),
    };
    check(&lint(&input, &Options::default()));
}

/// A script of HSQLDB, and the same bytes as its log.
pub(crate) fn hsqldb(data: &[u8]) {
    for row in ScriptReader::new(data).flatten() {
        std::hint::black_box(OpenfireRow::from_row(&row).is_some());
    }
    let Ok(columns) = LogChanges::columns_of(data) else { return };
    for is_modern in [false, true] {
        let Ok(changes) = LogChanges::read(data, is_modern, columns.clone()) else { continue };
        std::hint::black_box(ScriptReader::with_changes(data, changes).count());
    }
}

/// Every finding can be printed, and lies within its text.
fn check(found: &[Diagnostic]) {
    for finding in found {
        let location = finding.location();
        let span = location.span();
        assert!(location.source().text().get(span.start..span.end).is_some(), "{finding}: {span:?}");
        std::hint::black_box(finding.to_string());
    }
}
