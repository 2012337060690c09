//! The corpora of the fuzz targets, on any compiler: every seed whole, cut short, and with a byte changed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]
#![expect(clippy::disallowed_methods, reason = "only the product is free of files, its seeds are files")]

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

#[path = "../../../tools/fuzz/readers.rs"]
mod readers;

/// How often a seed is changed: enough to reach every part of a small one, and quick for a large one.
const CHANGES: usize = 12;

fn seeds(folder: &str, end: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.is_file() && file.to_string_lossy().ends_with(end));
    files.sort();
    assert!(!files.is_empty(), "{}", root.display());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Runs a target on the seeds and on what becomes of them.
fn replay(target: fn(&[u8]), seeds: &[Vec<u8>], changes: usize) {
    for seed in seeds {
        target(seed);
        for change in 0..changes.min(seed.len()) {
            let at = seed.len() * change / changes;
            target(&seed[..at]);
            let mut changed = seed.clone();
            // A different byte each time, and none that is always legal.
            changed[at] ^= 1 << (change % 8);
            target(&changed);
        }
    }
}

#[test]
fn xml() {
    replay(readers::xml, &seeds("tools/fuzz/corpus/xml", ""), CHANGES);
    replay(readers::xml, &seeds("compat-tests/hazelcast/corpus", ".xml"), 1);
}

#[test]
fn yaml() {
    replay(readers::yaml, &seeds("tools/fuzz/corpus/yaml", ""), CHANGES);
    replay(readers::yaml, &seeds("compat-tests/hazelcast/corpus", ".yaml"), CHANGES);
}

#[test]
fn member_entries() {
    let lines = seeds("compat-tests/hazelcast", "members.txt").concat();
    let lines: Vec<Vec<u8>> = lines.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    replay(readers::member, &seeds("tools/fuzz/corpus/member", ""), CHANGES);
    replay(readers::member, &lines, 2);
}

#[test]
fn key_stores() {
    replay(readers::keystore, &seeds("tools/fuzz/corpus/keystore", ""), CHANGES);
    let stores: Vec<Vec<u8>> = seeds("src/keystore/testdata", ".b64")
        .into_iter()
        .map(|mut text| {
            text.retain(|byte| *byte != b'\n');
            STANDARD.decode(text).unwrap()
        })
        .collect();
    replay(readers::keystore, &stores, 1);
}

#[test]
fn balancers() {
    replay(readers::balancer, &seeds("tools/fuzz/corpus/balancer", ""), CHANGES);
}

#[test]
fn hsqldb_scripts() {
    replay(readers::hsqldb, &seeds("tools/fuzz/corpus/hsqldb", ""), CHANGES);
}
