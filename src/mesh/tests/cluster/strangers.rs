//! Who may not join, who only asks for the health, and who talks rubbish.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use cobnut_mesh::Protection;
use cobnut_net::{MemberTls, Metrics};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

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
        let ended = timeout(PATIENCE, stream.read(&mut byte)).await.expect("closed in time");
        assert!(matches!(ended, Ok(0) | Err(_)));
    }
    one.stop().await;
    two.stop().await;
}

fn encrypted(plan: Plan) -> Plan {
    let tls = Some(MemberTls::ephemeral().expect("keys"));
    Plan { protection: Protection { tls, ..Protection::default() }, ..plan }
}

/// How many connections were turned away for a reason.
fn turned_away(metrics: &Metrics, reason: &str) -> u64 {
    let name = format!("cobnut_mesh_turned_away_total{{reason=\"{reason}\"}} ");
    let text = metrics.encode();
    text.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap_or(0)
}

/// Connects again and again from one address and says nothing.
async fn knock_for_ever(from: IpAddr, to: SocketAddr) {
    loop {
        let socket = TcpSocket::new_v4().expect("socket");
        socket.bind(SocketAddr::new(from, 0)).expect("bind");
        if let Ok(mut stream) = socket.connect(to).await {
            let _until_it_is_closed = stream.read(&mut [0]).await;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_flood_of_half_open_connections_keeps_no_member_out() {
    let (one_port, two_port) = (free_port(ip(160)), free_port(ip(161)));
    let one_plan = encrypted(Plan::new(160).port(one_port).knows(ip(161), two_port));
    let two_plan = encrypted(Plan::new(161).port(two_port));
    let (one, two) = (one_plan.start().await, two_plan.start().await);
    joined(&[&one, &two]).await;
    two.stop().await;
    until("the member is gone", || one.size() == 1).await;

    let mut flood = tokio::task::JoinSet::new();
    for host in 1..=8 {
        for _ in 0..12 {
            flood.spawn(knock_for_ever(IpAddr::from([127, 0, 7, host]), one.address()));
        }
    }
    until("all places are taken", || turned_away(&one.metrics, "half_open") > 50).await;
    // Only the one that is flooded is dialled.
    let two = encrypted(Plan::new(161).port(free_port(ip(161))).knows(ip(160), one_port)).start().await;
    let took = joined_within(&[&one, &two]).await;
    flood.shutdown().await;
    assert!(took, "the member did not find a place");
    one.stop().await;
    two.stop().await;
}

async fn joined_within(nodes: &[&crate::support::TestNode]) -> bool {
    let begin = Instant::now();
    while nodes.iter().any(|node| node.size() != nodes.len()) {
        if begin.elapsed() > PATIENCE {
            return false;
        }
        sleep(Duration::from_millis(10)).await;
    }
    true
}

#[tokio::test]
async fn a_byte_now_and_then_does_not_hold_a_place() {
    let one = encrypted(Plan::new(162)).start().await;
    let mut stream = TcpStream::connect(one.address()).await.expect("connect");
    let begin = Instant::now();
    // The beginning of TLS: a record that announces more than ever comes.
    for byte in [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc].into_iter().chain(std::iter::repeat(3)) {
        let is_closed = stream.write_all(&[byte]).await.is_err()
            || matches!(timeout(Duration::from_millis(400), stream.read(&mut [0])).await, Ok(Ok(0) | Err(_)));
        if is_closed {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "still open");
    }
    until("it is counted", || turned_away(&one.metrics, "silent") == 1).await;
    one.stop().await;
}

#[tokio::test]
async fn who_stands_between_two_members_can_pass_nothing_on() {
    let one = encrypted(Plan::new(164)).start().await;
    let relay = TcpListener::bind((ip(165), 0)).await.expect("bind");
    let (at, target) = (relay.local_addr().expect("address"), one.address());
    // Ends TLS on both sides with keys of his own, and passes the words on unchanged.
    let between = tokio::spawn(async move {
        let tls = MemberTls::ephemeral().expect("keys");
        loop {
            let (near, _) = relay.accept().await.expect("accept");
            let far = TcpStream::connect(target).await.expect("connect");
            let (near, far) = (tls.accept(bytes::BytesMut::new(), near), tls.connect(target.ip(), far));
            let (Ok(mut near), Ok(mut far)) = tokio::join!(near, far) else { continue };
            tokio::spawn(async move {
                let _ended = tokio::io::copy_bidirectional(&mut near.stream, &mut far.stream).await;
            });
        }
    });
    let two = encrypted(Plan::new(166).knows(at.ip(), at.port())).start().await;
    until("the proof does not fit the connection", || {
        let told = |node: &crate::support::TestNode, reason: &str| {
            node.cluster.refusals().iter().any(|refusal| refusal.reason.contains(reason))
        };
        told(&one, "cannot prove the shared secret") && told(&two, "does not accept the shared secret")
    })
    .await;
    assert_eq!((one.size(), two.size()), (1, 1));
    between.abort();
    two.stop().await;
    one.stop().await;
}

#[tokio::test]
async fn only_those_may_probe_whom_the_configuration_lets() {
    let allowed: IpAddr = IpAddr::from([127, 0, 7, 20]);
    let protection = Protection { probes: Some(Arc::new(move |ip| ip == allowed)), ..Protection::default() };
    let one = Plan { protection, ..Plan::new(167) }.start().await;
    for (from, is_answered) in [(allowed, true), (IpAddr::from([127, 0, 7, 21]), false)] {
        let socket = TcpSocket::new_v4().expect("socket");
        socket.bind(SocketAddr::new(from, 0)).expect("bind");
        let mut stream = socket.connect(one.address()).await.expect("connect");
        let request = b"GET /hazelcast/health/cluster-size HTTP/1.1\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.expect("write");
        let mut answer = Vec::new();
        let _closed_or_reset = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time");
        assert_eq!(answer.starts_with(b"HTTP/1.1 200"), is_answered, "{from}");
        assert!(is_answered || answer.is_empty());
    }
    assert_eq!(turned_away(&one.metrics, "probe"), 1);
    one.stop().await;
}
