//! Fenced blocks of a rule page, and the whole cluster that they describe.
//!
//! A block's first line tells its language, whether it is the bad or the good example, and the file:
//!
//! ```text
//! xml bad                                     hazelcast.xml of the only node
//! xml bad node1.xml                           the Hazelcast file of a node that is called so
//! xml bad node1/conf/openfire.xml             a file of the node `node1`; the name of the file tells what it is
//! yaml bad node1/hazelcast.yaml               the same, in YAML
//! xml bad node1/conf/hazelcast-local-config.xml import      a file that the node's Hazelcast file may import
//! base64 bad node1/resources/security/keystore              a key store
//! text bad node1/files                        names of further files in the folder, one a line
//! probe bad                                   what a look at the machine and its network found out
//! cfg bad haproxy.cfg      nginx bad nginx.conf             a load balancer in front of all nodes
//! ```
//!
//! Words with `=` behind the name: `target=5.5` sets the Hazelcast generation, anything else a `${…}` variable of the node;
//! without a value it takes the variable away.
//! Certificates are judged as of [`NOW`].

mod probe;

use std::ops::Range;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cobnut_diagnostics::{Fix, Source, apply};
use cobnut_lint::{Input, NodeInput, Options, Target};

pub(crate) use probe::probed;

/// 2026-12-01 00:00 UTC.
pub(crate) const NOW: i64 = 1_796_083_200;

/// What `${openfireHome}` stands for in the pages.
const HOME: &str = "/opt/openfire";

/// One fenced block of a page.
pub(crate) struct Block {
    /// `xml bad node1.xml` and the like.
    pub(crate) kind: String,
    /// Its lines, each with its line end.
    pub(crate) text: String,
    /// Byte range of `text` in the page.
    pub(crate) range: Range<usize>,
}

/// The blocks in the order of the page.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let (mut open, mut at) = (None::<(String, usize)>, 0);
    for line in page.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(fence) = line.trim_end().strip_prefix("```") {
            match open.take() {
                None => open = Some((fence.to_owned(), end)),
                Some((kind, start)) => {
                    found.push(Block { kind, text: page[start..at].to_owned(), range: start..at });
                }
            }
        }
        at = end;
    }
    assert!(open.is_none(), "a fence stays open");
    found
}

/// The input that the blocks of one example, `bad` or `good`, describe; `None` when the page has no such block.
pub(crate) fn example(blocks: &[Block], which: &str) -> Option<(Input, Options)> {
    let mut input = Input::default();
    let mut options = Options { now: Some(NOW), ..Options::default() };
    let mut is_empty = true;
    for block in blocks {
        let mut words = block.kind.split_whitespace();
        let (Some(language), Some(kind)) = (words.next(), words.next()) else { continue };
        if kind != which || language == "probe" {
            continue;
        }
        is_empty = false;
        let name = words.next().unwrap_or("hazelcast.xml");
        let words: Vec<&str> = words.collect();
        if matches!(language, "cfg" | "nginx") {
            input.balancers.push(Source::new(name, block.text.as_str()));
            continue;
        }
        let (label, path) = name.split_once('/').unwrap_or((name, name));
        let node = node(&mut input.nodes, label);
        if name.contains('/') {
            node.file_names.push(path.to_owned());
        }
        for (key, value) in words.iter().filter_map(|word| word.split_once('=')) {
            match key {
                "target" => options.target = target(value),
                _ if value.is_empty() => node.variables.retain(|(name, _)| name != key),
                _ => node.variables.push((key.to_owned(), value.to_owned())),
            }
        }
        add(node, language, (name, path), block, words.contains(&"import"));
    }
    (!is_empty).then_some((input, options))
}

fn node<'a>(nodes: &'a mut Vec<NodeInput>, label: &str) -> &'a mut NodeInput {
    let index = nodes.iter().position(|node| node.label == label).unwrap_or_else(|| {
        let mut node = NodeInput::of_file(Source::new(label, ""), label);
        node.hazelcast = None;
        node.variables.push(("openfireHome".to_owned(), HOME.to_owned()));
        nodes.push(node);
        nodes.len() - 1
    });
    &mut nodes[index]
}

fn add(node: &mut NodeInput, language: &str, (name, path): (&str, &str), block: &Block, is_import: bool) {
    let source = Source::new(name, block.text.as_str());
    let file = path.rsplit('/').next().unwrap_or(path);
    match (language, file) {
        ("text", _) => node.file_names.extend(block.text.lines().map(str::to_owned)),
        ("base64", _) => {
            let packed: String = block.text.split_whitespace().collect();
            node.keystores.push((name.to_owned(), BASE64_STANDARD.decode(packed).unwrap()));
        }
        ("xml", "openfire.xml") => node.openfire_xml = Some(source),
        ("xml", "security.xml") => node.security_xml = Some(source),
        ("xml" | "yaml", _) if is_import => {
            for reached_by in [path.to_owned(), file.to_owned(), format!("{HOME}/{path}")] {
                node.imports.push((reached_by, source.clone()));
            }
        }
        ("xml" | "yaml", _) => {
            assert!(node.hazelcast.is_none(), "{}: a node has one Hazelcast file", node.label);
            node.hazelcast = Some(source);
        }
        _ => panic!("unknown kind of block: {}", block.kind),
    }
}

fn target(text: &str) -> Target {
    match text {
        "3.12" => Target::V3_12,
        "4.2" => Target::V4_2,
        "5.3" => Target::V5_3,
        "5.5" => Target::V5_5,
        _ => panic!("unknown target {text}"),
    }
}

/// The input after all fixes were applied once.
pub(crate) fn mended(input: &Input, fixes: &[&Fix]) -> Input {
    let mend = |source: &Source| Source::new(source.name(), apply(source, fixes.iter().copied()).0);
    let mut after = input.clone();
    for node in &mut after.nodes {
        for source in [&mut node.hazelcast, &mut node.openfire_xml, &mut node.security_xml] {
            *source = source.as_ref().map(mend);
        }
        // One file under several names stays one file.
        let mut done: Vec<(Source, Source)> = Vec::new();
        for (_, source) in &mut node.imports {
            let before = source.clone();
            if let Some((_, new)) = done.iter().find(|(old, _)| *old == before) {
                *source = new.clone();
            } else {
                *source = mend(&before);
                done.push((before, source.clone()));
            }
        }
    }
    after.balancers = after.balancers.iter().map(mend).collect();
    after
}
