//! Links inside TLS, and a password beside the database's secret.

use cobnut_mesh::Protection;
use cobnut_net::{ByteStream, MemberTls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Plan, TestNode, free_port, ip, joined, record, until};

fn encrypted(password: Option<u8>) -> Protection {
    Protection {
        tls: Some(MemberTls::ephemeral().expect("keys")),
        password: password.map(|byte| [byte; 32]),
        ..Protection::default()
    }
}

fn was_told(node: &TestNode, reason: &str) -> bool {
    node.cluster.refusals().iter().any(|refusal| refusal.reason.contains(reason))
}

#[tokio::test]
async fn members_that_encrypt_replicate_and_show_nothing_on_the_wire() {
    let port = free_port(ip(61));
    let one = Plan { protection: encrypted(Some(3)), ..Plan::new(60).knows(ip(61), port) }.start().await;
    let two = Plan { protection: encrypted(Some(3)), ..Plan::new(61).port(port) }.start().await;
    joined(&[&one, &two]).await;
    one.cluster.publish(record("ann@example.org/spark", 1));
    until("the session is everywhere", || two.cluster.sessions().len() == 1).await;

    // The probe is answered inside TLS and outside of it.
    let request = b"GET /hazelcast/health/cluster-size HTTP/1.1\r\nConnection: close\r\n\r\n";
    let stream = TcpStream::connect(two.address()).await.expect("connect");
    let inside = MemberTls::ephemeral().expect("keys").connect(ip(61), stream).await.expect("TLS").stream;
    let outside = Box::new(TcpStream::connect(two.address()).await.expect("connect"));
    let streams: [Box<dyn ByteStream>; 2] = [inside, outside];
    for mut stream in streams {
        stream.write_all(request).await.expect("write");
        let mut answer = String::new();
        let _an_abrupt_end_is_one_too = stream.read_to_string(&mut answer).await;
        assert!(answer.ends_with("\r\n\r\n2"), "{answer}");
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn one_that_encrypts_and_one_that_does_not_stay_apart_and_say_why() {
    for (index, dialler_encrypts) in [true, false].into_iter().enumerate() {
        let first = u8::try_from(64 + 2 * index).expect("few cases");
        let pick = |is_encrypted: bool| if is_encrypted { encrypted(None) } else { Protection::default() };
        let acceptor = Plan { protection: pick(!dialler_encrypts), ..Plan::new(first) }.start().await;
        let dialler = Plan {
            protection: pick(dialler_encrypts),
            ..Plan::new(first + 1).knows(ip(first), acceptor.address().port())
        }
        .start()
        .await;
        let reason = if dialler_encrypts { "speaks TLS" } else { "does not encrypt" };
        until("the acceptor knows why", || was_told(&acceptor, reason)).await;
        until("the dialler is alone", || dialler.cluster.alone().is_some()).await;
        assert_eq!((acceptor.size(), dialler.size()), (1, 1));
        dialler.stop().await;
        acceptor.stop().await;
    }
}

#[tokio::test]
async fn another_password_proves_nothing() {
    let one = Plan { protection: encrypted(Some(1)), ..Plan::new(68) }.start().await;
    let two = Plan { protection: encrypted(Some(2)), ..Plan::new(69).knows(ip(68), one.address().port()) }
        .start()
        .await;
    until("it is refused", || was_told(&one, "<symmetric-encryption>")).await;
    assert_eq!((one.size(), two.size()), (1, 1));
    two.stop().await;
    one.stop().await;
}
