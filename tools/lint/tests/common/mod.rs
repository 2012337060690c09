//! Shared by the tests of the command line.

use std::fs;
use std::path::{Path, PathBuf};

use snapbox::cmd::{Command, OutputAssert};
use tempfile::TempDir;

pub(crate) const SERVER_1: &str = include_str!("../../../../conf/article/server1.xml");
pub(crate) const SERVER_2: &str = include_str!("../../../../conf/article/server2.xml");

/// The linter in a folder.
pub(crate) fn lint_in(folder: &Path, arguments: &[&str]) -> OutputAssert {
    let command = Command::new(snapbox::cmd::cargo_bin!("cobnut-lint")).env("RUST_BACKTRACE", "0");
    command.current_dir(folder).args(arguments).assert()
}

/// What a run wrote to its standard output.
pub(crate) fn stdout(run: &OutputAssert) -> String {
    String::from_utf8(run.get_output().stdout.clone()).unwrap()
}

/// What a run wrote to its standard error.
pub(crate) fn stderr(run: &OutputAssert) -> String {
    String::from_utf8(run.get_output().stderr.clone()).unwrap()
}

pub(crate) fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// A folder with the article's two files.
pub(crate) fn article() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "server1.xml", SERVER_1);
    write(folder.path(), "server2.xml", SERVER_2);
    folder
}

/// `file:line rule` of all findings in concise output.
pub(crate) fn places(text: &str) -> Vec<String> {
    let place = |line: &str| {
        let (place, rest) = line.split_once(": ")?;
        let rule = rest.split_once('[')?.1.split_once(']')?.0;
        Some(format!("{} {rule}", place.rsplit_once(':')?.0))
    };
    text.lines().map(|line| place(line).unwrap_or_else(|| panic!("not a finding: {line}"))).collect()
}
