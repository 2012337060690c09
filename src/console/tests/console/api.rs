//! The JSON API, health and metrics.

use serde_json::json;

use crate::fixture::{Node, TOKEN};

#[tokio::test]
async fn the_api_needs_the_token() {
    let node = Node::start().await;
    // Being logged in with a browser is no substitute: other sites could make the browser send the cookie.
    let mut admin = node.admin().await;
    for authorization in
        ["", "Bearer", "Bearer wrong", "Basic YWRtaW46YWRtaW4=", &format!("Bearer {TOKEN}x"), TOKEN]
    {
        admin.headers = vec![("Authorization".to_owned(), authorization.to_owned())];
        for (method, path) in [
            ("GET", "/api/v1/cluster"),
            ("PUT", "/api/v1/cluster"),
            ("GET", "/api/v1/users"),
            ("POST", "/api/v1/users"),
            ("DELETE", "/api/v1/users/admin"),
            ("GET", "/api/v1/sessions"),
            ("DELETE", "/api/v1/sessions/a%40b%2Fc"),
        ] {
            let answer =
                admin.send(method, path, Some(("application/json", "{\"enabled\":true}".to_owned()))).await;
            assert_eq!(answer.status, 401, "{authorization}: {method} {path}");
            assert_eq!(answer.json()["error"]["code"], "unauthorized");
            assert!(answer.header("www-authenticate").is_some());
        }
    }
    assert!(!node.cluster.is_enabled());
    assert!(node.store.user("admin").await.expect("store").is_some());
}

#[tokio::test]
async fn clustering_is_shown_and_chosen() {
    let node = Node::start().await;
    let mut caller = node.browser();
    let state = caller.api("GET", "/api/v1/cluster", None).await.json();
    assert_eq!((&state["enabled"], &state["alone"]), (&json!(false), &json!(null)));
    assert_eq!(state["members"][0]["name"], "node-one");
    assert_eq!(state["members"][0]["self"], true);
    let state = caller.api("PUT", "/api/v1/cluster", Some(json!({ "enabled": true }))).await;
    assert_eq!((state.status, &state.json()["enabled"]), (200, &json!(true)));
    assert!(node.cluster.is_enabled());
    for wrong in [json!({}), json!({ "enabled": "yes" }), json!({ "enabled": true, "more": 1 }), json!([])] {
        let answer = caller.api("PUT", "/api/v1/cluster", Some(wrong)).await;
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (400, Some("bad-request")));
    }
}

#[tokio::test]
async fn users_are_made_listed_and_removed() {
    let node = Node::start().await;
    let mut caller = node.browser();
    let new = json!({ "username": "10023", "password": "p", "name": "Zhang" });
    let answer = caller.api("POST", "/api/v1/users", Some(new.clone())).await;
    assert_eq!((answer.status, answer.json()), (201, json!({ "username": "10023" })));
    assert_eq!(caller.api("POST", "/api/v1/users", Some(new)).await.status, 409);
    for wrong in [json!({ "username": "a b", "password": "p" }), json!({ "username": "a", "password": "" })] {
        assert_eq!(caller.api("POST", "/api/v1/users", Some(wrong)).await.status, 422);
    }
    let list = caller.api("GET", "/api/v1/users?search=1002&limit=5", None).await.json();
    assert_eq!((&list["total"], &list["users"][0]["username"]), (&json!(1), &json!("10023")));
    assert_eq!(list["users"][0]["online"], false);
    assert_eq!(caller.api("DELETE", "/api/v1/users/10023", None).await.status, 204);
    assert_eq!(caller.api("DELETE", "/api/v1/users/10023", None).await.status, 404);
}

#[tokio::test]
async fn sessions_are_listed() {
    let node = Node::start().await;
    node.add_session("10023@example.net/Spark");
    let mut caller = node.browser();
    let list = caller.api("GET", "/api/v1/sessions", None).await.json();
    assert_eq!(list["total"], 1);
    assert_eq!(list["sessions"][0]["jid"], "10023@example.net/Spark");
    assert_eq!(
        (&list["sessions"][0]["presence"], &list["sessions"][0]["tls"]),
        (&json!("away"), &json!(true))
    );
    assert_eq!(caller.api("DELETE", "/api/v1/sessions/nobody%40example.net%2Fx", None).await.status, 404);
    assert_eq!(caller.api("DELETE", "/api/v1/sessions/not-a-full-jid", None).await.status, 404);
}

#[tokio::test]
async fn health_and_metrics_answer() {
    let node = Node::start().await;
    let mut caller = node.browser();
    assert_eq!(caller.get("/health/live").await.json()["status"], "up");
    for path in ["/health/ready", "/api/v1/health"] {
        let answer = caller.get(path).await;
        assert_eq!((answer.status, &answer.json()["cluster"]), (200, &json!("disabled")), "{path}");
    }
    let metrics = caller.get("/metrics").await;
    assert!(
        metrics.header("content-type").is_some_and(|kind| kind.starts_with("application/openmetrics-text"))
    );
    assert!(metrics.body.contains("cobnut_console_responses_total"), "{}", metrics.body);
    assert!(metrics.body.ends_with("# EOF\n"));

    // A proxy on this machine makes everybody look local.
    caller.headers.push(("X-Forwarded-For".to_owned(), "203.0.113.9".to_owned()));
    assert_eq!(caller.get("/metrics").await.status, 401);
    assert_eq!(caller.api("GET", "/metrics", None).await.status, 200);
}

#[tokio::test]
async fn unknown_calls_are_answered_in_json() {
    let node = Node::start().await;
    let mut caller = node.browser();
    let answer = caller.api("GET", "/api/v1/nothing", None).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (404, Some("not-found")));
    let answer = caller.api("GET", "/api/v1/users?limit=x", None).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (400, Some("bad-request")));
    let answer = caller.api("PATCH", "/api/v1/users", None).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (405, Some("method-not-allowed")));
}
