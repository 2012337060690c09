//! Configuration files that are no XML, cut off, or for something else: refused with file, line and reason.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use compat_tests::cobnut_command;

/// Name, content, and what the message must contain besides the file name.
const BROKEN: [(&str, &[u8], &str); 7] = [
    (
        "truncated.xml",
        b"<join>\n    <tcp-ip enabled=\"true\">\n        <member>192.168.5.1:57",
        "truncated.xml:3:",
    ),
    ("crossed.xml", b"<join>\n    <tcp-ip enabled=\"true\">\n    </join>\n</tcp-ip>\n", "crossed.xml:3:"),
    ("attribute.xml", b"<join>\n    <tcp-ip enabled=true/>\n</join>\n", "attribute.xml:2:"),
    ("entity.xml", b"<join>\n    <tcp-ip enabled=\"&nothing;\"/>\n</join>\n", "entity.xml:2:"),
    ("empty.xml", b"", "empty.xml"),
    ("text.xml", b"cluster = on\n", "text.xml:1:"),
    ("binary.xml", b"\x7fELF\x02\x01\x01\x00\xff\xfe\x80\x81", "binary.xml"),
];

#[test]
fn the_linter_names_file_line_and_reason() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, content, place) in BROKEN {
        let path = folder.path().join(name);
        fs::write(&path, content)?;
        let path = path.to_str().context("a UTF-8 path")?;
        let output = cobnut_command(None, folder.path(), &["lint", "--format", "concise", path])?;
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        ensure!(
            matches!(output.status.code(), Some(1 | 3)),
            "{name}: lint ended with {}:\n{text}",
            output.status
        );
        ensure!(text.contains(place), "{name}: no {place} in:\n{text}");
        ensure!(!text.contains("panicked"), "{name}: {text}");
    }
    Ok(())
}

#[test]
fn a_node_refuses_to_start_and_says_why() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, content, place) in BROKEN {
        let path = folder.path().join(name);
        fs::write(&path, content)?;
        let path = path.to_str().context("a UTF-8 path")?;
        // Every port is free to choose, in case it starts after all.
        let output = cobnut_command(
            None,
            folder.path(),
            &[
                "run",
                "--config",
                path,
                "--bind",
                "127.0.0.1",
                "--mesh-port",
                "0",
                "--c2s-port",
                "0",
                "--console-port",
                "0",
            ],
        )?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(!output.status.success(), "{name}: the node started:\n{text}");
        ensure!(text.contains(place), "{name}: no {place} in:\n{text}");
        ensure!(!text.contains("panicked"), "{name}: {text}");
    }
    Ok(())
}
