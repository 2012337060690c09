//! What a test does when the machine lacks a real server.

use std::path::PathBuf;

/// Set to `1`: a missing server fails the test instead of skipping it.
pub const REQUIRE_REAL: &str = "COBNUT_REQUIRE_REAL";

/// Says loudly that something is not tested.
///
/// # Panics
/// If [`REQUIRE_REAL`] is set to `1`.
#[expect(clippy::print_stderr, reason = "a person has to see it")]
pub fn skip(what: &str, why: &str) {
    let is_required = std::env::var(REQUIRE_REAL).is_ok_and(|value| value == "1");
    assert!(!is_required, "{what} is required by {REQUIRE_REAL}=1: {why}");
    eprintln!("SKIPPED {what} ({why})");
}

/// Finds a program in `PATH` or where Debian puts servers.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}
