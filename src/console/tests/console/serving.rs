//! The listeners: TLS, rubbish, and a graceful end.

use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::ServerName;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::fixture::{DOMAIN, Node, exchange};

#[tokio::test]
async fn https_marks_its_cookies_secure() {
    let node = Node::start().await;
    let config = cobnut_net::client_trusting_any_certificate();
    let stream = TcpStream::connect(node.https).await.expect("connect");
    let name = ServerName::try_from(DOMAIN).expect("name");
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("TLS");
    let request = format!("GET /login HTTP/1.1\r\nHost: {DOMAIN}\r\nConnection: close\r\n\r\n");
    let answer = exchange(stream, &request).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.ends_with("; Secure")), "{answer:?}");
}

#[tokio::test]
async fn rubbish_on_both_ports_harms_nobody() {
    let node = Node::start().await;
    for address in [node.address, node.https] {
        for rubbish in [&b"\x00\xff\x16\x03\x01 rubbish\r\n\r\n"[..], b"GET / HTTP/1.1\r\nHost: x\r\n", b""] {
            let mut stream = TcpStream::connect(address).await.expect("connect");
            stream.write_all(rubbish).await.expect("send");
        }
    }
    assert_eq!(node.browser().get("/health/live").await.status, 200);
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let node = Node::start().await;
    let mut half = TcpStream::connect(node.address).await.expect("connect");
    half.write_all(b"GET / HTTP/1.1\r\n").await.expect("send");
    let _silent = TcpStream::connect(node.address).await.expect("connect");
    let _silent_tls = TcpStream::connect(node.https).await.expect("connect");
    assert_eq!(node.browser().get("/health/live").await.status, 200);
    assert!(node.tasks.shut_down(Duration::from_mins(1)).await, "still running: {:?}", node.tasks.running());
    assert!(TcpStream::connect(node.address).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn assets_are_not_sent_twice() {
    let node = Node::start().await;
    let mut browser = node.browser();
    for (path, kind) in [
        ("/assets/console.css", "text/css; charset=utf-8"),
        ("/assets/console.js", "text/javascript; charset=utf-8"),
        ("/assets/cobnut.svg", "image/svg+xml"),
    ] {
        let first = browser.get(path).await;
        assert_eq!((first.status, first.header("content-type")), (200, Some(kind)), "{path}");
        let tag = first.header("etag").expect("tag").to_owned();
        let mut again = browser.clone();
        again.headers.push(("If-None-Match".to_owned(), tag));
        let second = again.get(path).await;
        assert_eq!((second.status, second.body.len()), (304, 0), "{path}");
    }
    assert_eq!(browser.get("/favicon.ico").await.header("location"), Some("/assets/cobnut.svg"));
}
