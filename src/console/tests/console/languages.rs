//! English and Chinese, by browser and by choice.

use crate::fixture::Node;

#[tokio::test]
async fn the_browser_and_then_the_visitor_choose_the_language() {
    let node = Node::start().await;
    let mut browser = node.browser();
    assert!(browser.get("/login").await.body.contains("<html lang=\"en\">"));
    browser.headers.push(("Accept-Language".to_owned(), "zh-CN,zh;q=0.9,en;q=0.5".to_owned()));
    let page = browser.get("/login").await.body;
    assert!(page.contains("<html lang=\"zh-CN\">") && page.contains("登录"), "{page}");
    assert!(page.contains("/language/en?back=%2Flogin"), "{page}");

    let answer = browser.get("/language/en?back=%2Flogin%3Fnext%3D%2Fusers").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login?next=/users")));
    assert!(browser.get("/login").await.body.contains("<html lang=\"en\">"));
    let answer = browser.get("/language/zh-CN?back=//evil.example").await;
    assert_eq!(answer.header("location"), Some("/"));
    assert!(browser.get("/nowhere").await.body.contains("未找到"));
}

#[tokio::test]
async fn every_page_speaks_chinese() {
    let node = Node::start().await;
    let mut admin = node.admin().await;
    admin.get("/language/zh-CN").await;
    for (path, word) in [
        ("/", "服务器信息"),
        ("/clustering", "集群"),
        ("/config", "生效的值"),
        ("/users", "用户摘要"),
        ("/users/new", "新建用户"),
        ("/sessions", "客户端会话"),
    ] {
        let page = admin.get(path).await.body;
        assert!(page.contains(word) && !page.contains("Log out"), "{path}");
    }
}
