//! Who may not join, who only asks for the health, and who talks rubbish.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{PATIENCE, Plan, free_port, ip, joined, until};

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connect");
    stream.write_all(request.as_bytes()).await.expect("write");
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time").expect("read");
    String::from_utf8(answer).expect("text")
}

/// Makes a plan that does not fit.
type Spoil = fn(&mut Plan);

#[tokio::test]
async fn a_refusal_is_explained_on_both_sides() {
    let wrong_name = |plan: &mut Plan| plan.cluster_name = "other".into();
    let wrong_domain = |plan: &mut Plan| plan.domain = "other.org".into();
    let wrong_database = |plan: &mut Plan| plan.database = 9;
    let wrong_secret = |plan: &mut Plan| plan.secret = 9;
    let cases: [(Spoil, &str, &str); 4] = [
        (
            wrong_name,
            "\"other\" there, \"openfire\" on this node",
            "\"openfire\" there, \"other\" on this node",
        ),
        (wrong_domain, "\"other.org\" there", "\"example.org\" there"),
        (wrong_database, "another database", "another database"),
        (wrong_secret, "cannot prove the shared secret", "does not accept the shared secret"),
    ];
    for (index, (spoil, ours, theirs)) in cases.into_iter().enumerate() {
        let first = u8::try_from(20 + 2 * index).expect("few cases");
        let good = Plan::new(first).start().await;
        let mut plan = Plan::new(first + 1).knows(ip(first), good.address().port());
        spoil(&mut plan);
        let bad = plan.start().await;
        until("both sides know why", || {
            let told = |node: &crate::support::TestNode, reason: &str| {
                node.cluster.refusals().iter().any(|refusal| refusal.reason.contains(reason))
            };
            told(&good, ours) && told(&bad, theirs)
        })
        .await;
        assert_eq!((good.size(), bad.size()), (1, 1));
        let metrics = bad.metrics.encode();
        assert!(metrics.contains("cobnut_mesh_refusals_total{reason="), "{metrics}");
        if index == 0 {
            until("the refused node says that it is alone", || bad.cluster.alone().is_some()).await;
            let notice = bad.cluster.alone().expect("just seen");
            assert!(notice.expected.iter().any(|(_, reason)| reason.contains("refused")), "{notice:?}");
        }
        bad.stop().await;
        good.stop().await;
    }
}

#[tokio::test]
async fn the_health_endpoints_answer_on_the_same_port() {
    let port = free_port(ip(31));
    let one = Plan::new(30).knows(ip(31), port).start().await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let size = ask(one.address(), &get("/hazelcast/health/cluster-size")).await;
    assert!(size.starts_with("HTTP/1.1 200 OK\r\n") && size.ends_with("\r\n\r\n1"), "{size}");
    until("alone", || one.cluster.alone().is_some()).await;
    let lonely = ask(one.address(), &get("/hazelcast/health")).await;
    assert!(lonely.contains("\"unexpectedlyAlone\":true"), "{lonely}");
    assert!(one.metrics.encode().contains("cobnut_mesh_alone 1"));
    let two = Plan::new(31).port(port).start().await;
    joined(&[&one, &two]).await;
    assert!(one.cluster.alone().is_none());
    let size = ask(two.address(), &get("/hazelcast/health/cluster-size")).await;
    assert!(size.ends_with("\r\n\r\n2"), "{size}");
    let both = format!(
        "GET /hazelcast/health/node-state HTTP/1.1\r\n\r\n{}",
        get("/hazelcast/health/cluster-state")
    );
    assert_eq!(ask(two.address(), &both).await.matches("\"ACTIVE\"").count(), 2, "keep-alive");
    assert_eq!(ask(two.address(), &get("/secrets")).await, "", "unknown paths are closed");
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn rubbish_and_half_hellos_are_closed_and_harm_nobody() {
    let port = free_port(ip(33));
    let one = Plan::new(32).knows(ip(33), port).start().await;
    let two = Plan::new(33).port(port).start().await;
    joined(&[&one, &two]).await;
    let rubbish: [&[u8]; 7] = [
        b"\x00\x00\x00\x06\x01\x01CBNT",
        b"\x00\x00\x00\x02\x14\x01",
        b"\x00\x00\x00\x00",
        b"\x00\x00\xff\xff\x01\x01",
        b"\xff\xff\xff\xff\xff\xff",
        b"HZC\x01aaaa",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    for bytes in rubbish {
        let mut stream = TcpStream::connect(one.address()).await.expect("connect");
        stream.write_all(bytes).await.expect("write");
        let mut answer = Vec::new();
        // Closed or reset, and nothing said that could be of use.
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("closed in time");
        assert!(answer.len() < 64, "{bytes:?} was answered with {answer:?}");
    }
    assert!(one.cluster.refusals().iter().any(|refusal| refusal.reason.contains("Hazelcast")));
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(one.address()).await.expect("connect"));
    }
    until("rejected connections are counted", || {
        one.metrics.encode().lines().any(|line| {
            line.strip_prefix("cobnut_mesh_rejected_connections_total ")
                .and_then(|count| count.parse::<u64>().ok())
                .is_some_and(|count| count > 20)
        })
    })
    .await;
    assert_eq!((one.size(), two.size()), (2, 2));
    for stream in &mut silent {
        let mut byte = [0];
        let ended = timeout(Duration::from_secs(15), stream.read(&mut byte)).await.expect("closed in time");
        assert!(matches!(ended, Ok(0) | Err(_)));
    }
    one.stop().await;
    two.stop().await;
}
