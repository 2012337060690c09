//! Sessions of the cluster in the browser.

use crate::fixture::Node;

#[tokio::test]
async fn sessions_are_listed_filtered_and_paged() {
    let node = Node::start().await;
    for number in 0..30 {
        node.add_session(&format!("user{number:02}@example.net/Spark 3.0"));
    }
    let mut admin = node.admin().await;
    let rows = |body: &str| body.matches("data-jid=").count();
    let page = admin.get("/sessions").await.body;
    assert_eq!(rows(&page), 30);
    assert!(
        page.contains("192.168.5.77") && page.contains("Away") && page.contains("&#60;b&#62;lunch"),
        "{page}"
    );
    assert_eq!(rows(&admin.get("/sessions?filter=USER1").await.body), 10);
    assert_eq!(rows(&admin.get("/sessions?filter=192.168.5").await.body), 30);
    assert_eq!(rows(&admin.get("/sessions?rows=25&page=2").await.body), 5);
    assert_eq!(rows(&admin.get("/sessions?page=77").await.body), 0);
    assert_eq!(rows(&admin.get("/sessions?node=07070707-0707-0707-0707-070707070707").await.body), 30);
    assert_eq!(rows(&admin.get("/sessions?node=08080808080808080808080808080808").await.body), 0);
}

#[tokio::test]
async fn a_session_that_is_gone_is_no_error() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    let action = "/sessions/10023%40example.net%2FSpark%203/kick";
    let answer = admin.submit("/sessions", action, &[("back", "/sessions?filter=1")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/sessions?filter=1")));
    let page = admin.get("/sessions").await.body;
    assert!(page.contains("There is no session 10023@example.net/Spark 3 any more."), "{page}");
    assert_eq!(admin.submit("/sessions", "/sessions/no-resource/kick", &[]).await.status, 404);
}
