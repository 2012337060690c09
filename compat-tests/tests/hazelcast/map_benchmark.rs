//! `mapbench` measures real Hazelcast maps: the Java member obeys the commands that ours obeys.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use compat_tests::hazelcast::Release;
use compat_tests::{ready, target_dir};
use serde_json::Value;

#[test]
fn the_maps_of_hazelcast_are_measured_beside_ours() -> Result<()> {
    let release = Release("5.5.0");
    if !ready("the_maps_of_hazelcast_are_measured_beside_ours", &release.needs()) {
        return Ok(());
    }
    let output = Command::new(target_dir().join("debug/mapbench"))
        .args(["compare", "--members", "2", "--entries", "500", "--updates", "200", "--samples", "5"])
        .args(["--heap", "256m", "--json", "--hazelcast"])
        .arg(release.folder())
        .output()
        .context("run mapbench")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures: Value = serde_json::from_slice(&output.stdout).context("JSON")?;
    let systems: Vec<&str> =
        figures.as_array().into_iter().flatten().filter_map(|one| one.get("system")?.as_str()).collect();
    ensure!(systems == ["Cobnut", "ReplicatedMap", "IMap"], "{systems:?}");
    Ok(())
}
