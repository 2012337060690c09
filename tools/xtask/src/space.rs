//! How much room the disks have that builds and tests write to: on a full one everything fails, each test in its own
//! words.

use std::path::Path;

use crate::workspace::Workspace;

/// What a strict run writes from nothing: builds for tests, fuzzing and release, and databases of the tests.
const WANTED_BYTES: u64 = 30 << 30;
/// Below this a failure is more likely the disk's than the code's.
const SCARCE_BYTES: u64 = 1 << 30;

/// What to say before a run from nothing; empty if there is room, or if the build is there already.
pub(crate) fn before(workspace: &Workspace) -> Vec<String> {
    if workspace.target().join("debug/cobnut").exists() {
        return Vec::new();
    }
    below(workspace, WANTED_BYTES)
}

/// What to say after a failure; empty if it was not for want of room.
pub(crate) fn after_failure(workspace: &Workspace) -> Vec<String> {
    let explain = |advice| format!("{advice} The failures above may be no more than that.");
    below(workspace, SCARCE_BYTES).into_iter().map(explain).collect()
}

/// The advice for each disk that has less than `wanted`.
fn below(workspace: &Workspace, wanted: u64) -> Vec<String> {
    let target = workspace.target();
    // The target directory of a fresh checkout does not exist yet.
    let target = if target.exists() { target } else { workspace.root().to_owned() };
    [target, std::env::temp_dir()]
        .iter()
        .filter_map(|place| Some((place.display().to_string(), free_bytes(place)?)))
        .filter(|(_, free)| *free < wanted)
        .map(|(place, free)| advice(&place, free))
        .collect()
}

fn free_bytes(place: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(place).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn advice(place: &str, free: u64) -> String {
    format!(
        "DISK: {:.1} GB free at {place}; a whole run from nothing writes up to {} GB. Remove old build folders (cargo clean).",
        gigabytes(free),
        WANTED_BYTES >> 30
    )
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_has_place_size_and_way_out() {
        let advice = advice("/somewhere", 3 << 29);
        assert!(advice.starts_with("DISK: 1.5 GB free at /somewhere;"), "{advice}");
        assert!(advice.contains("cargo clean"), "{advice}");
    }

    #[test]
    fn room_is_measured() {
        assert!(free_bytes(Path::new("/")).is_some());
        assert_eq!(free_bytes(Path::new("/no/such/place")), None);
    }
}
