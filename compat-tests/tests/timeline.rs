//! The timeline of the console in a real browser, after a node was suspected, lost, found again and drained.

use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{ADMIN_PASSWORD, Browser, Cluster, ClusterOptions, eventually};
use serde_json::json;

/// How long losing a silent node and finding it again may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(40);

#[test]
fn what_happened_can_be_read_on_a_desk_and_on_a_phone() -> Result<()> {
    let test = "what_happened_can_be_read_on_a_desk_and_on_a_phone";
    if !Cluster::ready(test, &Browser::NEEDS) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    let happened = |cluster: &Cluster, kind: &str| {
        let start = format!("cobnut_mesh_happenings_total{{kind=\"{kind}\"}} ");
        let text = cluster.nodes[0].view().metrics()?;
        let count = text.lines().find_map(|line| line.strip_prefix(&start)?.parse::<u64>().ok());
        Ok(count.is_some_and(|count| count > 0).then_some(()))
    };
    cluster.nodes[1].host().unplug()?;
    eventually("the other node is lost", LIMIT, || happened(&cluster, "lost"))?;
    cluster.nodes[1].host().plug_in()?;
    eventually("the other node is found", LIMIT, || happened(&cluster, "healed"))?;
    cluster.wait_until_formed()?;

    let browser = Browser::new(&cluster.client_host, cluster.artifacts());
    let views = [
        ("desk", 1280, "light", "en-US"),
        ("desk-dark", 1280, "dark", "zh-CN"),
        ("phone", 400, "light", "zh-CN"),
        ("phone-dark", 400, "dark", "en-US"),
    ];
    for (name, width, scheme, locale) in views {
        let input = json!({
            "url": cluster.nodes[0].console_url(), "username": "admin", "password": ADMIN_PASSWORD,
            "width": width, "colorScheme": scheme, "locale": locale,
        });
        let report = browser.run("timeline", &format!("timeline-{name}"), input)?;
        ensure!(report["lanes"] == 2, "{name}: a row for each node: {report}");
        ensure!(report["kinds"].as_array().is_some_and(|kinds| kinds.contains(&json!("lost"))), "{report}");
        ensure!(report["overflow"] == 0, "{name}: the page is wider than the window: {report}");
        ensure!(report["overlaps"] == json!([]), "{name}: texts lie on each other: {report}");
        ensure!(report["cut"] == json!([]), "{name}: texts are cut off: {report}");
        let smallest = report["smallestText"].as_f64().unwrap_or_default();
        ensure!(smallest >= 10.0, "{name}: text of {smallest} pixels: {report}");
        // WCAG 2.2, 1.4.11: what carries meaning stands out from what is behind it.
        let contrast = report["markContrast"].as_f64().unwrap_or_default();
        ensure!(contrast >= 3.0, "{name}: marks have a contrast of {contrast}: {report}");
    }
    Ok(())
}
