//! The linter for browsers that cannot run it, and the module for those that can.

use cobnut_console::ConfigView;
use cobnut_diagnostics::Source;
use serde_json::{Value, json};

use crate::fixture::{Browser, Node};

const PATH: &str = "/config/lint";
const TYPO: &str =
    "<join>\r\n<tcp-ip enabled=\"true\"><member>192.168.5:1:5701</member></tcp-ip>\r\n</join></script>";

fn request() -> String {
    json!({ "files": [{ "name": "a.xml", "text": TYPO.replace("</script>", "") }] }).to_string()
}

/// What the page gives to its script.
async fn data(admin: &mut Browser) -> Value {
    let page = admin.get("/config").await.body;
    let (_, rest) = page.split_once("id=\"config-data\">").expect("data");
    let (data, _) = rest.split_once("</script>").expect("end");
    serde_json::from_str(data).expect("JSON")
}

async fn node() -> Node {
    let source = Source::new("conf/a.xml", TYPO);
    let config = ConfigView { sources: vec![("conf/a.xml".into(), source.into())], ..ConfigView::default() };
    Node::start_with(config).await
}

#[tokio::test]
async fn the_server_lints_for_those_who_carry_the_token() {
    let node = node().await;
    let mut admin = node.admin().await;
    let data = data(&mut admin).await;
    assert_eq!(data["files"][0]["text"], TYPO, "line ends and markup arrive unchanged");

    let body = || Some(("application/json", request()));
    let answer = admin.send("POST", PATH, body()).await;
    assert_eq!(answer.status, 403, "no token: {}", answer.body);
    admin.headers.push(("X-Cobnut-Csrf".to_owned(), data["csrf"].as_str().expect("token").to_owned()));
    let answer = admin.send("POST", PATH, body()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let findings = answer.json()["findings"].clone();
    let rules: Vec<&str> =
        findings.as_array().into_iter().flatten().filter_map(|found| found["rule"].as_str()).collect();
    assert!(rules.contains(&"misplaced-separator"), "{rules:?}");

    let mut stranger = admin.clone();
    stranger.cookies.clear();
    let answer = stranger.send("POST", PATH, body()).await;
    assert!(matches!(answer.status, 303 | 401), "{}", answer.status);
    let mut foreign = admin.clone();
    foreign.headers.push(("Sec-Fetch-Site".to_owned(), "cross-site".to_owned()));
    assert_eq!(foreign.send("POST", PATH, body()).await.status, 403);
}

#[tokio::test]
async fn a_cluster_of_files_fits_and_more_does_not() {
    let node = node().await;
    let mut admin = node.admin().await;
    let token = data(&mut admin).await["csrf"].as_str().expect("token").to_owned();
    admin.headers.push(("X-Cobnut-Csrf".to_owned(), token));
    for (bytes, status) in [(500 << 10, 200), (2 << 20, 413)] {
        let text = format!("<join><!-- {} --></join>", "x".repeat(bytes));
        let body = json!({ "files": [{ "name": "a.xml", "text": text }] }).to_string();
        let answer = admin.send("POST", PATH, Some(("application/json", body))).await;
        assert_eq!(answer.status, status, "{bytes}: {}", &answer.body[..answer.body.len().min(200)]);
    }
    let answer = admin.send("POST", PATH, Some(("application/json", "{".to_owned()))).await;
    assert!(answer.json()["error"].is_string(), "{}", answer.body);
}

#[tokio::test]
async fn only_the_worker_may_compile_a_module() {
    let node = node().await;
    let mut browser = node.browser();
    let policy = "content-security-policy";
    for (path, expected) in
        [("/assets/config-worker.js", true), ("/assets/config-page.js", false), ("/login", false)]
    {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header(policy).expect("policy").contains("wasm-unsafe-eval"), expected, "{path}");
    }
}
