//! Orders to nodes, and the timeline of what became of them.

use std::time::{Duration, Instant};

use cobnut_console::Reloaded;
use serde_json::json;

use crate::fixture::Node;

const OWN_ID: &str = "07070707-0707-0707-0707-070707070707";

async fn until(what: &str, claim: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !claim() {
        assert!(Instant::now() < deadline, "did not happen: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_node_is_drained_and_put_into_service_from_its_page() {
    let node = Node::start().await;
    node.cluster.choose(true).await.expect("enable");
    let mut admin = node.admin().await;
    let page = admin.get("/clustering").await.body;
    assert!(page.contains(&format!("href=\"/clustering/nodes/{OWN_ID}/drain\"")), "{page}");
    assert!(page.contains("data-lane=\"node-one\"") && page.contains("data-kind=\"on\""), "{page}");
    assert_eq!(admin.get("/health/accepting").await.status, 200);

    let confirm = format!("/clustering/nodes/{OWN_ID}/drain");
    assert!(admin.get(&confirm).await.body.contains("node-one"), "asks first");
    assert_eq!(admin.post_raw(&confirm, &[]).await.status, 403, "without the token of the form");
    assert_eq!(admin.submit(&confirm, &confirm, &[]).await.status, 303);
    until("the node left its cluster", || !node.cluster.is_enabled()).await;
    let page = admin.get("/clustering").await.body;
    assert!(
        page.contains("data-testid=\"out-of-service\"") && page.contains("data-kind=\"draining\""),
        "{page}"
    );
    let ready = admin.get("/health/ready").await;
    assert_eq!((ready.status, ready.json()["status"].as_str()), (503, Some("draining")));
    assert_eq!(admin.get("/health/accepting").await.status, 404);

    let back = format!("/clustering/nodes/{OWN_ID}/serve");
    assert_eq!(admin.submit(&back, &back, &[]).await.status, 303);
    until("the node is back", || node.cluster.is_enabled()).await;
    assert_eq!(admin.get("/health/ready").await.status, 200);
    for wrong in ["/clustering/nodes/nobody/drain", &format!("/clustering/nodes/{OWN_ID}/explode")] {
        assert_eq!(admin.get(wrong).await.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn the_secret_of_the_members_is_rotated_after_asking() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    let page = admin.get("/clustering").await.body;
    assert!(page.contains("href=\"/clustering/secret\""), "{page}");
    let before = node.store.mesh_secrets().await.expect("secrets");
    let path = "/clustering/secret";
    assert!(admin.get(path).await.body.contains("Rotate the secret of the members"), "asks first");
    assert_eq!(admin.post_raw(path, &[("when", "later")]).await.status, 403, "without the token of the form");
    assert!(node.store.mesh_secrets().await.expect("secrets") == before, "nothing happened yet");
    assert_eq!(admin.submit(path, path, &[("when", "sometime")]).await.status, 400);

    assert_eq!(admin.submit(path, path, &[("when", "later")]).await.status, 303);
    let rotated = node.store.mesh_secrets().await.expect("secrets");
    assert!(rotated != before);
    assert!(admin.get("/clustering").await.body.contains("The new secret is written"));
    assert_eq!(admin.submit(path, path, &[("when", "later")]).await.status, 303);
    assert!(node.store.mesh_secrets().await.expect("secrets") == rotated, "one at a time");
    assert!(admin.get(path).await.body.contains("An earlier rotation is not over"));
    // Who says that it was stolen does not wait.
    assert_eq!(admin.submit(path, path, &[("when", "now")]).await.status, 303);
    assert!(node.store.mesh_secrets().await.expect("secrets") != rotated);
}

#[tokio::test]
async fn the_api_reports_and_obeys() {
    let node = Node::start().await;
    let mut caller = node.browser();
    let report = caller.api("GET", "/api/v1/cluster/report", None).await.json();
    let own = &report["report"]["members"][0];
    assert_eq!((own["node_id"].as_str(), own["report"]["state"].as_str()), (Some(OWN_ID), Some("serving")));
    assert!(own["report"]["database"]["answers_in_ms"].is_u64(), "{report}");
    assert!(report["advice"].is_array() && report["standing"]["side"] == "majority", "{report}");
    for (order, status) in [
        (json!({ "order": "explode" }), 400),
        (json!({ "order": "leave" }), 409),
        (json!({ "order": "leave", "node": "nobody" }), 404),
        (json!({ "order": "drain", "patience_ms": 1000, "stops": false, "node": "node-one" }), 202),
    ] {
        let answer = caller.api("POST", "/api/v1/cluster/orders", Some(order.clone())).await;
        assert_eq!(answer.status, status, "{order}: {}", answer.body);
    }
    assert_eq!(caller.get("/api/v1/cluster/report").await.status, 401);
}

#[tokio::test]
async fn the_member_list_is_read_again_from_the_page_and_over_the_api() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    let says = |answer: Result<Reloaded, String>| *node.next_reload.lock().expect("reload") = Some(answer);
    let changed = Reloaded {
        added: vec!["192.168.5.3:5701".to_owned()],
        removed: vec!["192.168.5.2:5701".to_owned()],
        need_restart: Vec::new(),
    };
    let partly = Reloaded { need_restart: vec!["cluster-name".to_owned()], ..changed.clone() };
    for (answer, expected) in [
        (Ok(Reloaded::default()), "Nothing has changed."),
        (Ok(changed.clone()), "+192.168.5.3:5701 \u{2212}192.168.5.2:5701"),
        (Ok(partly), "needs a restart of this node: cluster-name"),
        (
            Err("member entry 192.168.5:2:5701 &c.".to_owned()),
            "nothing changes. member entry 192.168.5:2:5701 &#38;c.",
        ),
    ] {
        says(answer);
        assert_eq!(admin.submit("/clustering", "/clustering/reload", &[]).await.status, 303);
        let page = admin.get("/clustering").await.body;
        assert!(page.contains(expected), "{expected} is missing: {page}");
    }
    assert_eq!(admin.post_raw("/clustering/reload", &[]).await.status, 403, "without the token of the form");

    let mut caller = node.browser();
    says(Ok(changed));
    let answer = caller.api("POST", "/api/v1/cluster/reload", None).await.json();
    assert_eq!(
        answer,
        json!({ "added": ["192.168.5.3:5701"], "removed": ["192.168.5.2:5701"], "need_restart": [] })
    );
    says(Err("the file is broken".to_owned()));
    let refused = caller.api("POST", "/api/v1/cluster/reload", None).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("the file is broken"), "{}", refused.body);
    assert_eq!(caller.send("POST", "/api/v1/cluster/reload", None).await.status, 401);
}
