//! What a test does when the machine lacks a real server.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// Set to `1`: a missing server fails the test instead of skipping it.
pub const REQUIRE_REAL: &str = "COBNUT_REQUIRE_REAL";
/// Names a file that gets one line for each skip; the test command sums them up at its end.
pub const SKIPPED_FILE: &str = "COBNUT_SKIPPED_FILE";

/// Says loudly that something is not tested.
///
/// # Panics
/// If [`REQUIRE_REAL`] is set to `1`, or if the skip cannot be noted in [`SKIPPED_FILE`].
pub fn skip(what: &str, why: &str) {
    let is_required = std::env::var(REQUIRE_REAL).is_ok_and(|value| value == "1");
    assert!(!is_required, "{what} is required by {REQUIRE_REAL}=1: {why}");
    let line = format!("{what} because {why}\n");
    // Past the test runner, which hides what passing tests print; a closed stderr hides nothing from anybody.
    drop(io::stderr().write_all(format!("SKIPPED: {line}").as_bytes()));
    if let Some(path) = std::env::var_os(SKIPPED_FILE) {
        let noted = OpenOptions::new().create(true).append(true).open(&path);
        let noted = noted.and_then(|mut file| file.write_all(line.as_bytes()));
        assert!(noted.is_ok(), "note a skip in {}: {noted:?}", PathBuf::from(path).display());
    }
}

/// Finds a program in `PATH` or where Debian puts servers.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin", "/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}
