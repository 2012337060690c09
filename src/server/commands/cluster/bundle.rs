//! What somebody who helps needs to see, as one file. Nothing in it is secret: reports carry no passwords and no keys,
//! and configuration files stay where they are.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::table;

/// Writes the bundle.
pub(super) fn write(path: &Path, answer: &Value, metrics: &str) -> Result<()> {
    let file = File::create(path).with_context(|| format!("create {}", path.display()))?;
    pack(file, answer, metrics).with_context(|| format!("write {}", path.display()))
}

fn pack(file: impl Write + Seek, answer: &Value, metrics: &str) -> Result<()> {
    let mut zip = ZipWriter::new(file);
    let report = serde_json::to_string_pretty(answer)?;
    for (name, text) in [
        ("diagnosis.txt", table::diagnosis(answer, false)),
        ("status.txt", table::status(answer, false)),
        ("report.json", report),
        ("metrics.txt", metrics.to_owned()),
    ] {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
    }
    zip.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn a_bundle_can_be_read() {
        let mut bytes = Cursor::new(Vec::new());
        pack(&mut bytes, &serde_json::json!({ "members": [] }), "cobnut_x 1\n").expect("pack");
        let mut zip = zip::ZipArchive::new(bytes).expect("archive");
        let mut text = String::new();
        zip.by_name("metrics.txt").expect("entry").read_to_string(&mut text).expect("text");
        assert_eq!((zip.len(), text.as_str()), (4, "cobnut_x 1\n"));
    }
}
