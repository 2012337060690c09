//! The measurement itself works: our members obey, see each other's entries, and every figure is there.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

#[test]
fn a_small_cluster_is_measured() -> Result<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_mapbench"))
        .args([
            "compare",
            "--systems",
            "cobnut,clear",
            "--members",
            "2",
            "--entries",
            "2000",
            "--updates",
            "500",
        ])
        .args(["--samples", "10", "--json"])
        .output()
        .context("run mapbench")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures: Value = serde_json::from_slice(&output.stdout).context("JSON")?;
    let all = figures.as_array().context("systems")?;
    ensure!(all.len() == 2, "{figures}");
    for figures in all {
        for field in
            ["fill_per_second", "update_cpu_us", "latency_p50_us", "join_seconds", "join_bytes", "death_ms"]
        {
            let value = figures.get(field).and_then(Value::as_f64).with_context(|| field.to_owned())?;
            ensure!(value > 0.0, "{field} is {value}");
        }
    }
    Ok(())
}
