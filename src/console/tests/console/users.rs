//! Accounts in the browser.

use crate::fixture::{Node, PASSWORD, add_user};

const NEW: [(&str, &str); 5] = [
    ("username", "10023"),
    ("name", "张三"),
    ("email", "zhang@example.net"),
    ("password", "p1"),
    ("password_confirm", "p1"),
];

fn with<'a>(field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    NEW.iter().map(|&(name, old)| (name, if name == field { value } else { old })).collect()
}

#[tokio::test]
async fn an_account_is_created_changed_and_deleted() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    let answer = admin.submit("/users/new", "/users/new", &NEW).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/users")), "{}", answer.body);
    let page = admin.get("/users").await.body;
    assert!(page.contains("data-username=\"10023\" data-online=\"false\""), "{page}");
    assert!(page.contains("The user 10023 was created."));
    assert!(!admin.get("/users").await.body.contains("was created"), "said once");
    let credentials = node.store.credentials("10023").await.expect("store").expect("account");
    assert!(cobnut_xmpp_proto::sasl::verify_password("p1", &credentials.keys[0]));

    let fields = [("name", "Zhang San"), ("email", "")];
    let answer = admin.submit("/users/10023/edit", "/users/10023/edit", &fields).await;
    assert_eq!(answer.header("location"), Some("/users/10023"));
    let user = node.store.user("10023").await.expect("store").expect("account");
    assert_eq!((user.name.as_deref(), user.email), (Some("Zhang San"), None));

    node.add_session("10023@example.net/Spark");
    assert!(admin.get("/users").await.body.contains("data-username=\"10023\" data-online=\"true\""));
    assert!(admin.get("/users/10023").await.body.contains("data-jid=\"10023@example.net/Spark\""));
    let fields = [("password", "p2"), ("password_confirm", "p2")];
    let answer = admin.submit("/users/10023/password", "/users/10023/password", &fields).await;
    assert_eq!(answer.header("location"), Some("/users/10023"), "{}", answer.body);
    let credentials = node.store.credentials("10023").await.expect("store").expect("account");
    assert!(cobnut_xmpp_proto::sasl::verify_password("p2", &credentials.keys[0]));

    assert!(admin.get("/users/10023/delete").await.body.contains("Delete the user 10023"));
    assert!(node.store.user("10023").await.expect("store").is_some(), "looking deletes nothing");
    let answer = admin.submit("/users/10023/delete", "/users/10023/delete", &[]).await;
    assert_eq!(answer.header("location"), Some("/users"));
    assert!(node.store.user("10023").await.expect("store").is_none());
    assert_eq!(admin.get("/users/10023").await.status, 404);
}

#[tokio::test]
async fn wrong_fields_are_named_and_values_kept() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    let long = "x".repeat(101);
    for (field, value, error) in [
        ("username", "", "Please fill in this field."),
        ("username", "a b", "A username cannot contain"),
        ("username", "<script>", "A username cannot contain"),
        ("username", &long, "at most 64 characters"),
        ("username", "ADMIN", "A user of this name exists."),
        ("name", &long, "This is too long."),
        ("name", "a\nb", "Control characters"),
        ("email", "nobody", "This is not an email address."),
        ("password", "", "Please fill in this field."),
        ("password_confirm", "p3", "The two passwords differ."),
    ] {
        let answer = admin.submit("/users/new", "/users/new", &with(field, value)).await;
        assert_eq!(answer.status, 422, "{field}={value}");
        assert!(answer.body.contains(error), "{field}={value}: {}", answer.body);
        assert!(answer.body.contains("value=\"张三\"") || field == "name", "{field}: values are kept");
        assert!(answer.body.contains(&format!("id=\"{field}-error\"")), "{field}");
        assert!(!answer.body.contains("value=\"p1\""), "{field}: passwords are not sent back");
    }
    assert_eq!(node.store.users(&all()).await.expect("store").total, 1, "only the admin");
}

fn all() -> cobnut_store::UserQuery {
    cobnut_store::UserQuery { search: None, offset: 0, limit: 1000 }
}

#[tokio::test]
async fn hostile_names_are_text() {
    const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}";
    let node = Node::start().await;
    add_user(&node.store, "eve", Some(HOSTILE)).await;
    node.add_session("eve@example.net/<script>alert(3)</script>");
    let mut admin = node.admin().await;
    let query = format!("/users?search={}", "%3Cscript%3Ealert%284%29%3C%2Fscript%3E%22%3E");
    for path in [
        "/users",
        "/users/eve",
        "/users/eve/edit",
        "/sessions",
        &query,
        "/sessions?filter=%22%3E%3Cscript%3Ealert(5)",
    ] {
        let page = admin.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("<script>alert"), "{path}: {}", page.body);
        assert!(!page.body.contains("<img src=x"), "{path}");
        assert!(!page.body.contains("<b>lunch"), "{path}");
    }
    let answer = admin.get("/%3Cscript%3Ealert(6)%3C/script%3E").await;
    assert_eq!(answer.status, 404);
    assert!(!answer.body.contains("<script>alert"));
}

#[tokio::test]
async fn names_with_signs_work_in_addresses() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    for username in ["a+b", "a%20b", "100%", "张三", "a#b?c", "a\\20b", "..", "a;b=c"] {
        let answer = admin.submit("/users/new", "/users/new", &with("username", username)).await;
        assert_eq!(answer.status, 303, "{username}: {}", answer.body);
        let page = admin.get("/users").await.body;
        let links = page.split("href=\"").filter_map(|rest| rest.split_once('"')).map(|(link, _)| link);
        let links: Vec<&str> =
            links.filter(|link| link.ends_with("/delete") && *link != "/users/admin/delete").collect();
        let [link] = links[..] else { panic!("{username}: {links:?}") };
        assert_eq!(admin.get(&link.replace("/delete", "/edit")).await.status, 200, "{link}");
        assert_eq!(admin.submit(link, link, &[]).await.status, 303, "{link}");
        assert!(node.store.user(username).await.expect("store").is_none(), "{username}");
    }
}

#[tokio::test]
async fn long_lists_have_pages_and_a_search() {
    let node = Node::start().await;
    for number in 0..30 {
        add_user(&node.store, &format!("user{number:02}"), None).await;
    }
    let mut admin = node.admin().await;
    let rows = |body: &str| body.matches("data-username=").count();
    let first = admin.get("/users?rows=25").await.body;
    assert_eq!(rows(&first), 25);
    assert!(first.contains("1–25 of 31") && first.contains("/users?rows=25&#38;page=2"), "{first}");
    let second = admin.get("/users?rows=25&page=2").await.body;
    assert_eq!(rows(&second), 6);
    assert!(
        second.contains("26–31 of 31") && second.contains("rel=\"prev\"") && !second.contains("rel=\"next\"")
    );
    let found = admin.get("/users?search=USER2").await.body;
    assert_eq!(rows(&found), 10);
    for path in ["/users?page=99999999999&rows=-1", "/users?page=4000000000", "/users?search=%25&rows=x"] {
        assert_eq!(admin.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_own_account_stays_and_its_password_ends_other_sessions_only() {
    let node = Node::start().await;
    let (mut here, mut there) = (node.admin().await, node.admin().await);
    let answer = here.submit("/users/admin/delete", "/users/admin/delete", &[]).await;
    assert_eq!(answer.header("location"), Some("/users"));
    assert!(here.get("/users").await.body.contains("You cannot delete the account"));
    assert!(node.store.user("admin").await.expect("store").is_some());

    let fields = [("password", "another"), ("password_confirm", "another")];
    let answer = here.submit("/users/admin/password", "/users/admin/password", &fields).await;
    assert_eq!(answer.status, 303);
    assert_eq!(here.get("/").await.status, 200);
    assert_eq!(there.get("/").await.status, 303, "logged in with the old password");
    assert_eq!(node.browser().log_in("admin", PASSWORD).await.status, 401);
    assert_eq!(node.browser().log_in("admin", "another").await.status, 303);
}
