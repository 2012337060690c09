//! What must not work: forged forms, strangers, oversized and odd requests.

use std::time::Duration;

use cobnut_console::ConfigView;
use cobnut_store::Health;
use cobnut_test_support::MariaDb;

use crate::fixture::{Node, PASSWORD};

const FORMS: &[&str] = &[
    "/logout",
    "/clustering",
    "/users/new",
    "/users/10023/edit",
    "/users/10023/password",
    "/users/10023/delete",
    "/sessions/a%40example.net%2Fb/kick",
];
const PAGES: &[&str] = &[
    "/",
    "/properties",
    "/clustering",
    "/config",
    "/users",
    "/users/new",
    "/users/admin",
    "/users/admin/edit",
    "/users/admin/password",
    "/users/admin/delete",
    "/sessions",
];

#[tokio::test]
async fn strangers_see_and_change_nothing() {
    let node = Node::start().await;
    let mut stranger = node.browser();
    stranger.cookies.insert(format!("cobnut_session_{}", node.address.port()), "A".repeat(43));
    for path in PAGES {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").is_some_and(|target| target.starts_with("/login")), "{path}");
        assert!(answer.body.is_empty(), "{path}");
    }
    for path in FORMS {
        let answer = stranger.post_raw(path, &[("csrf", "x"), ("clustering", "enabled")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/login")), "{path}");
    }
    assert!(!node.cluster.is_enabled());
    let page = stranger.get("/login").await.body + &stranger.get("/nowhere").await.body;
    for secret in ["node-one", "1.2.3", "Clustering"] {
        assert!(!page.contains(secret), "{secret} is nobody's business");
    }
}

#[tokio::test]
async fn forms_need_the_token_of_their_session() {
    let node = Node::start().await;
    let (mut admin, mut other) = (node.admin().await, node.admin().await);
    let foreign = other.get("/").await.csrf();
    for path in FORMS {
        for fields in [&[("clustering", "enabled")][..], &[("csrf", "")], &[("csrf", foreign.as_str())]] {
            assert_eq!(admin.post_raw(path, fields).await.status, 403, "{path} {fields:?}");
        }
    }
    assert_eq!(admin.get("/").await.status, 200, "still logged in");
    assert!(!node.cluster.is_enabled());

    let own = admin.get("/clustering").await.csrf();
    admin.headers.push(("Sec-Fetch-Site".to_owned(), "cross-site".to_owned()));
    let fields = [("csrf", own.as_str()), ("clustering", "enabled")];
    assert_eq!(admin.post_raw("/clustering", &fields).await.status, 403, "sent by another site");
    assert!(!node.cluster.is_enabled());
}

#[tokio::test]
async fn every_answer_is_guarded_by_headers() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    for path in ["/", "/login", "/nowhere", "/assets/console.css", "/health/live", "/api/v1/users"] {
        let answer = admin.get(path).await;
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        let caching = if path.starts_with("/assets/") { "no-cache" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), Some(caching), "{path}");
    }
}

#[tokio::test]
async fn pages_hold_no_inline_scripts_or_styles_and_nothing_from_elsewhere() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    for path in PAGES {
        let page = admin.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        for forbidden in
            [" style=", "<style", "<script>", " onclick=", " onload=", "src=\"http", "href=\"http"]
        {
            assert!(!page.body.contains(forbidden), "{path}: {forbidden}");
        }
    }
}

#[tokio::test]
async fn odd_requests_get_proper_pages() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    let answer = admin.get("/nowhere").await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("<h1>Not found</h1>"));
    let answer = admin.send("DELETE", "/users", None).await;
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET")));
    assert!(answer.body.contains("<h1>Not possible here</h1>"), "{}", answer.body);
    let big = "x".repeat(100 << 10);
    let answer = admin.post_raw("/users/new", &[("name", &big)]).await;
    assert_eq!(answer.status, 413);
    let form = "application/x-www-form-urlencoded";
    for (kind, body, status) in
        [(form, "\u{0}\u{1}=%ff%zz", 403), ("text/plain", "csrf=x", 400), ("application/json", "{}", 400)]
    {
        let answer = admin.send("POST", "/users/new", Some((kind, body.to_owned()))).await;
        assert_eq!(answer.status, status, "{kind} {body:?}: {}", answer.body);
    }
    for path in ["/users/%ff", "/users/%00", "/language/xx", "/assets/..%2fCargo.toml", "/assets/nothing.css"]
    {
        let answer = admin.get(path).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(answer.body.contains("<h1>"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn without_database_the_console_says_so() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    node.store.close().await;
    for path in ["/users", "/users/admin", "/properties"] {
        let answer = admin.get(path).await;
        assert_eq!(answer.status, 503, "{path}: {}", answer.body);
        assert!(answer.body.contains("The database cannot be reached"), "{path}");
        assert!(answer.header("retry-after").is_some(), "{path}");
    }
    assert_eq!(node.browser().log_in("admin", PASSWORD).await.status, 503);
    for path in ["/", "/clustering", "/sessions", "/config"] {
        assert_eq!(admin.get(path).await.status, 200, "{path} does not need it");
    }
    assert!(admin.get("/").await.body.contains("Cannot be reached"));
    assert_eq!(admin.get("/health/live").await.status, 200);
    assert_eq!(admin.get("/health/ready").await.status, 503);
    let answer = admin.api("GET", "/api/v1/users", None).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (503, Some("database-unavailable")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_says_that_the_database_is_away() {
    let Some(mut server) = MariaDb::start() else { return };
    let database = server.url(&server.create_database());
    let node = Node::start_on(Some(database), ConfigView::default(), Vec::new()).await;
    let mut admin = node.admin().await;
    let banner = "data-testid=\"database-lost\"";
    assert!(!admin.get("/clustering").await.body.contains(banner));

    server.stop();
    let mut health = node.store.watch_health();
    let is_away = health.wait_for(|health| *health != Health::Available);
    tokio::time::timeout(Duration::from_mins(1), is_away).await.expect("in time").expect("open");
    for path in ["/", "/clustering", "/sessions", "/users/new"] {
        let page = admin.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert!(page.body.contains(banner), "{path}: {}", page.body);
    }
    let page = admin.get("/users").await.body;
    assert!(page.contains("The database cannot be reached") && !page.contains(banner), "said once: {page}");
}
