//! Login, logout, and what protects them.

use cobnut_model::limits::CONSOLE_LOGIN_ATTEMPTS_MAX;

use crate::fixture::{Node, PASSWORD, add_user};

#[tokio::test]
async fn an_admin_logs_in_and_out() {
    let node = Node::start().await;
    let mut browser = node.browser();
    let answer = browser.get("/users?page=2").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login?next=%2Fusers%3Fpage%3D2")));

    let fields = [("username", " Admin@EXAMPLE.net "), ("password", PASSWORD), ("next", "/users?page=2")];
    let answer = browser.submit("/login", "/login", &fields).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/users?page=2")));
    let cookies: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "set-cookie").collect();
    let session = cookies.iter().find(|(_, cookie)| cookie.starts_with("cobnut_session_")).expect("session");
    assert!(session.1.contains("HttpOnly; SameSite=Strict"), "{}", session.1);
    assert_eq!(browser.get("/users").await.status, 200);
    assert_eq!(browser.get("/login").await.status, 303, "logged in already");

    let stolen = browser.clone();
    let answer = browser.submit("/", "/logout", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    assert_eq!(stolen.clone().get("/users").await.status, 303, "the session ended, not just the cookie");
}

#[tokio::test]
async fn every_failure_looks_the_same() {
    let node = Node::start().await;
    add_user(&node.store, "10023", None).await;
    let mut bodies = Vec::new();
    for (username, password) in [
        ("admin", "wrong"),
        ("nobody", PASSWORD),
        ("10023", PASSWORD),
        ("admin@elsewhere.example", PASSWORD),
        ("other", PASSWORD),
        ("a b", PASSWORD),
        ("", ""),
        ("admin", &"x".repeat(5000)),
    ] {
        let mut browser = node.browser();
        let answer = browser.log_in(username, password).await;
        assert_eq!(answer.status, 401, "{username}");
        assert!(!browser.cookies.keys().any(|name| name.starts_with("cobnut_session_")), "{username}");
        let (_, problem) = answer.body.split_once("id=\"login-problem\">").expect("problem");
        bodies.push(problem.split_once("</div>").expect("end").0.to_owned());
        assert!(!answer.body.contains(PASSWORD) && !answer.body.contains("xxxx"), "{username}");
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[tokio::test]
async fn a_session_gets_a_new_id_at_login() {
    let node = Node::start().await;
    let mut browser = node.browser();
    let planted = format!("cobnut_session_{}", node.address.port());
    browser.cookies.insert(planted.clone(), "chosen-by-somebody-else".to_owned());
    browser.log_in("admin", PASSWORD).await;
    let first = browser.cookies[&planted].clone();
    assert_ne!(first, "chosen-by-somebody-else");

    // A second login in the same browser ends the first session.
    let csrf = node.browser().get("/login").await;
    let mut again = browser.clone();
    let login_cookie = csrf.header("set-cookie").expect("cookie").split(';').next().expect("pair").to_owned();
    let (name, value) = login_cookie.split_once('=').expect("pair");
    again.cookies.insert(name.to_owned(), value.to_owned());
    let token = csrf.csrf();
    let fields = [("username", "admin"), ("password", PASSWORD), ("csrf", &token)];
    assert_eq!(again.post_raw("/login", &fields).await.status, 303);
    assert_ne!(again.cookies[&planted], first);
    assert_eq!(browser.get("/").await.status, 303, "the old id is dead");
    assert_eq!(again.get("/").await.status, 200);
}

#[tokio::test]
async fn the_login_form_needs_its_token() {
    let node = Node::start().await;
    let fields = [("username", "admin"), ("password", PASSWORD)];
    let mut browser = node.browser();
    assert_eq!(browser.post_raw("/login", &fields).await.status, 403, "neither cookie nor token");

    let token = node.browser().get("/login").await.csrf();
    let fields = [("username", "admin"), ("password", PASSWORD), ("csrf", token.as_str())];
    assert_eq!(node.browser().post_raw("/login", &fields).await.status, 403, "no cookie");
    let mut other = node.browser();
    other.get("/login").await;
    assert_eq!(other.post_raw("/login", &fields).await.status, 403, "token of another browser");
}

#[tokio::test]
async fn too_many_failures_have_to_wait() {
    let node = Node::start().await;
    add_user(&node.store, "second", None).await;
    for _ in 0..CONSOLE_LOGIN_ATTEMPTS_MAX {
        assert_eq!(node.browser().log_in("admin", "wrong").await.status, 401);
    }
    let answer = node.browser().log_in("admin", PASSWORD).await;
    assert_eq!(answer.status, 429, "even with the right password");
    assert!(answer.body.contains("Try again in 15 min"), "{}", answer.body);
    assert_eq!(
        node.browser().log_in("second", PASSWORD).await.status,
        303,
        "another account is not affected"
    );
}

#[tokio::test]
async fn redirects_stay_on_this_console() {
    let node = Node::start().await;
    for target in ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "x"]
    {
        let fields = [("username", "admin"), ("password", PASSWORD), ("next", target)];
        let answer = node.browser().submit("/login", "/login", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{target}");
    }
}

#[tokio::test]
async fn bookmarks_of_openfire_lead_to_the_pages() {
    let node = Node::start().await;
    for (old, new) in [
        ("/index.jsp", "/"),
        ("/login.jsp", "/login"),
        ("/login.jsp?url=%2Fusers", "/login?next=%2Fusers"),
        ("/user-summary.jsp", "/users"),
        ("/user-create.jsp", "/users/new"),
        ("/user-properties.jsp?username=10023", "/users/10023"),
        ("/user-password.jsp?username=a%5C20b", "/users/a%5C20b/password"),
        ("/user-delete.jsp", "/users"),
        ("/system-clustering.jsp", "/clustering"),
        ("/session-summary.jsp", "/sessions"),
    ] {
        let answer = node.browser().get(old).await;
        assert!(matches!(answer.status, 303 | 308), "{old}: {}", answer.status);
        assert_eq!(answer.header("location"), Some(new), "{old}");
    }
}
