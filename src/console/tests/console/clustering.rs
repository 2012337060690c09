//! Server > Clustering.

use std::time::{Duration, Instant};

use cobnut_console::{ConfigView, EffectiveSetting};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Source, Span};
use cobnut_mesh::{Candidate, Cluster};

use crate::fixture::Node;

#[tokio::test]
async fn the_choice_takes_effect_and_lasts() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    let page = admin.get("/clustering").await.body;
    assert!(page.contains("value=\"disabled\" checked"), "{page}");
    assert!(page.contains("data-node=\"node-one\"") && page.contains("data-address=\"127.0.0.1"), "{page}");
    let state_file = node.folder.path().join("clustering");
    for (value, expected) in [("enabled", true), ("disabled", false), ("enabled", true)] {
        let answer = admin.submit("/clustering", "/clustering", &[("clustering", value)]).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/clustering")), "{}", answer.body);
        assert_eq!(node.cluster.is_enabled(), expected);
        assert_eq!(Cluster::saved_choice(&state_file), Some(expected));
        let page = admin.get("/clustering").await.body;
        assert!(page.contains(&format!("value=\"{value}\" checked")), "{page}");
        assert!(page.contains("banner-good"), "{page}");
    }
    assert_eq!(admin.submit("/clustering", "/clustering", &[("clustering", "maybe")]).await.status, 400);
    assert_eq!(admin.submit("/clustering", "/clustering", &[]).await.status, 400);
    assert!(node.cluster.is_enabled());
}

#[tokio::test]
async fn a_choice_that_cannot_be_saved_is_explained() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    // A folder stands where the file should be.
    std::fs::create_dir(node.folder.path().join("clustering")).expect("folder");
    let answer = admin.submit("/clustering", "/clustering", &[("clustering", "enabled")]).await;
    assert_eq!(answer.status, 303);
    let page = admin.get("/clustering").await.body;
    assert!(page.contains("Clustering could not be changed: save the clustering choice in"), "{page}");
}

#[tokio::test]
async fn a_node_that_is_alone_says_so_on_every_page() {
    // Bound and closed again: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("bind").local_addr().expect("address");
    let peer = Candidate { host: "127.0.0.1".to_owned(), ports: vec![free.port()] };
    let node = Node::start_expecting(ConfigView::default(), vec![peer]).await;
    let mut admin = node.admin().await;
    assert!(!admin.get("/").await.body.contains("data-testid=\"alone\""));
    node.cluster.choose(true).await.expect("enable");
    let deadline = Instant::now() + Duration::from_secs(30);
    while node.cluster.alone().is_none() {
        assert!(Instant::now() < deadline, "the cluster never said that it is alone");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for path in ["/", "/clustering", "/config", "/users", "/sessions", "/nowhere"] {
        let page = admin.get(path).await.body;
        assert!(page.contains("data-testid=\"alone\"") && page.contains("127.0.0.1"), "{path}: {page}");
        assert!(page.contains("Alone: peers missing"), "{path}");
    }
    let state = admin.api("GET", "/api/v1/cluster", None).await.json();
    let expected = &state["alone"]["expected"][0];
    assert!(expected["entry"].as_str().is_some_and(|entry| entry.contains("127.0.0.1")), "{state}");
    assert!(expected["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{state}");
    let health = admin.get("/health/ready").await;
    assert_eq!((health.status, health.json()["cluster"].as_str()), (200, Some("alone")));
}

#[tokio::test]
async fn findings_stand_beside_their_lines() {
    const TEXT: &str = "<tcp-ip>\n  <member>192.168.5:1:5701</member>\n</tcp-ip>\n";
    let source = Source::new("hazelcast.xml", TEXT);
    let location = source.location(Span::new(19, 35));
    let finding =
        Diagnostic::new("misplaced-separator", Severity::Error, location.clone(), "a <colon> too many")
            .note("the reason")
            .fix(Fix::safe("write 192.168.5.1:5701", Edit::replace(location, "192.168.5.1:5701")));
    let effective = EffectiveSetting {
        name: "network/port".to_owned(),
        value: "5701".to_owned(),
        origin: "default".to_owned(),
    };
    let config = ConfigView {
        sources: vec![("/etc/hazelcast.xml".into(), source.into())],
        findings: vec![finding],
        effective: vec![effective],
    };
    let node = Node::start_with(config).await;
    let page = node.admin().await.get("/config").await.body;
    for expected in [
        "<mark>192.168.5:1:5701</mark>",
        "data-rule=\"misplaced-separator\"",
        "a &#60;colon&#62; too many",
        "the reason",
        "write 192.168.5.1:5701",
        "hazelcast.xml:2",
        "data-setting=\"network/port\"",
        "&#60;tcp-ip&#62;",
    ] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
    let (before, after) = page.split_once("data-rule=").expect("finding");
    assert!(before.contains("<mark>") && after.contains("&#60;/tcp-ip&#62;"), "below its line");
}
