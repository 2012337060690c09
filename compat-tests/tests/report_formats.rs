//! The linter's reports as the programs that read them check them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Need, cobnut_command, ready, repository_root};

const NEEDS: [Need; 2] = [
    Need::Program("node", "nodejs"),
    Need::RepositoryFile(
        "compat-tests/formats/node_modules/@microsoft/jest-sarif/package.json",
        "npm ci --prefix compat-tests/formats",
    ),
];

/// Checks a log against the schema and answers with the number of its results.
fn validated(log: &[u8]) -> Result<usize> {
    let mut checker = Command::new("node")
        .arg(repository_root().join("compat-tests/formats/sarif.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    checker.stdin.take().context("the checker has an input")?.write_all(log)?;
    let output = checker.wait_with_output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the log breaks the schema:\n{errors}");
    String::from_utf8_lossy(&output.stdout).trim().parse().context("the checker prints a number")
}

#[test]
fn sarif_logs_keep_the_schema() -> Result<()> {
    if !ready("sarif_logs_keep_the_schema", &NEEDS) {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    // Names and texts that need encoding, findings with labels in other files, with and without fixes, at the end of a file.
    let members =
        "<member>192.168.5:1:5701</member>\n<memebr>１９２.168.5.1</memebr>\n<member>\"&lt;</member>";
    let files = [
        ("node 1/ä%.xml", format!("<tcp-ip enabled=\"yes\">\n{members}</tcp-ip>\n")),
        ("node 2/b.xml", "<join>\n<tcp-ip enabled=\"true\"><member>192.168.5.1</member>".to_owned()),
        ("c.xml", String::new()),
    ];
    for (name, text) in &files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().context("the file has a folder")?)?;
        std::fs::write(path, text)?;
    }
    let article = repository_root().join("conf/article").display().to_string();
    for (paths, least) in [(vec!["node 1/ä%.xml", "node 2/b.xml", "c.xml"], 5), (vec![article.as_str()], 4)]
    {
        let mut arguments = vec!["lint", "--format", "sarif"];
        arguments.extend(paths);
        let output = cobnut_command(None, folder.path(), &arguments)?;
        let results = validated(&output.stdout)?;
        ensure!(results >= least, "{results} results, not {least} or more");
    }
    Ok(())
}
