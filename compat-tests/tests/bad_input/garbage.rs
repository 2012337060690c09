//! Garbage, half handshakes and forbidden XML on the client port and the mesh port.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, DOMAIN, Deadline, Host, http};

use crate::bystanders::Bystanders;

/// How long a server may keep a connection that has sent rubbish.
const END_LIMIT: Duration = Duration::from_secs(15);

/// Bytes that look like nothing, the same in every run (xorshift).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

fn header() -> String {
    format!(
        "<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'>"
    )
}

/// Sends bytes from `host` and reads until the server ends the connection; returns what it said.
fn send_and_read(host: &Host, at: SocketAddr, bytes: &[u8]) -> Result<String> {
    let mut stream = host.connect(at)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    stream.set_write_timeout(Some(END_LIMIT))?;
    // The server may hang up before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    let deadline = Deadline::after(END_LIMIT);
    while deadline.left().is_some() {
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(String::from_utf8_lossy(&answer).into_owned()),
            Ok(count) => answer.extend_from_slice(&chunk[..count]),
            Err(err) if matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return Ok(String::from_utf8_lossy(&answer).into_owned()),
        }
    }
    anyhow::bail!(
        "{at} kept the connection for {END_LIMIT:?}; it said {:?}",
        String::from_utf8_lossy(&answer)
    )
}

/// What is sent to 5222, and what the answer must contain (empty: it only has to end).
fn client_port_cases() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let stream = |rest: &str| format!("{}{rest}", header()).into_bytes();
    let starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    vec![
        ("noise", noise(64 << 10), ""),
        ("zeros", vec![0; 4096], ""),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), ""),
        ("a TLS client hello", [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &noise(512)].concat(), ""),
        ("a DTD", b"<!DOCTYPE x [<!ENTITY a 'b'>]><stream:stream/>".to_vec(), "stream:error"),
        ("an entity", stream("<message>&lol;</message>"), "stream:error"),
        ("a processing instruction", stream("<?php echo 1 ?>"), "stream:error"),
        ("a comment", stream("<!-- hello -->"), "stream:error"),
        ("crossed tags", stream("<a><b></a></b>"), "stream:error"),
        ("an unbound prefix", stream("<x:a/>"), "stream:error"),
        (
            "broken UTF-8",
            [stream("<message>"), vec![0xc3, 0x28, 0xff], b"</message>".to_vec()].concat(),
            "stream:error",
        ),
        (
            "a stanza before login",
            stream("<message to='10024@example.org'><body>x</body></message>"),
            "stream:error",
        ),
        (
            "a large stanza before login",
            stream(&format!("<message>{}", "x".repeat(64 << 10))),
            "stream:error",
        ),
        ("a deep stanza before login", stream(&"<a>".repeat(10_000)), "stream:error"),
        ("noise instead of a TLS hello", [stream(starttls), noise(4096)].concat(), ""),
    ]
}

fn mesh_port_cases() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("noise", noise(64 << 10)),
        ("zeros", vec![0; 4096]),
        ("a frame of 4 GB", vec![0xff; 64]),
        ("Hazelcast's protocol header", b"HZC".to_vec()),
        ("a TLS client hello", [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &noise(512)].concat()),
        ("an XMPP stream", header().into_bytes()),
        ("an endless HTTP header", [b"GET / HTTP/1.1\r\nA: ".to_vec(), vec![b'a'; 256 << 10]].concat()),
        ("nothing", Vec::new()),
    ]
}

#[test]
fn garbage_ends_its_own_connection_and_nothing_else() -> Result<()> {
    let test = "garbage_ends_its_own_connection_and_nothing_else";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut bystanders = Bystanders::start(test)?;
    let attacker = bystanders.cluster.client_host.clone();
    let node = bystanders.cluster.nodes[0].host().clone();
    for (what, bytes, expected) in client_port_cases() {
        let answer =
            send_and_read(&attacker, node.socket(5222), &bytes).with_context(|| format!("{what} on 5222"))?;
        ensure!(answer.contains(expected), "{what} on 5222 was answered with {answer:?}");
        bystanders.chat().with_context(|| format!("the chat after {what} on 5222"))?;
    }
    for (what, bytes) in mesh_port_cases() {
        send_and_read(&attacker, node.socket(5701), &bytes).with_context(|| format!("{what} on 5701"))?;
        bystanders.chat().with_context(|| format!("the chat after {what} on 5701"))?;
    }
    let health = http::get(&attacker, node.socket(5701), "/hazelcast/health/cluster-size", &[])?;
    ensure!(health.status == 200, "the health page still answers: {health:?}");
    bystanders.assert_unharmed()
}

#[test]
fn half_handshakes_are_cleaned_up() -> Result<()> {
    let test = "half_handshakes_are_cleaned_up";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut bystanders = Bystanders::start(test)?;
    let attacker = bystanders.cluster.client_host.clone();
    let header = header();
    let halves: [&[u8]; 4] = [
        b"",
        b"<?xml version='1.0'?><stream:str",
        header.as_bytes(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    for node in [0, 1] {
        let host = bystanders.cluster.nodes[node].host().clone();
        for port in [5222, 5223, 5701] {
            for half in halves {
                let mut stream = attacker.connect(host.socket(port))?;
                stream.write_all(half)?;
                stream.shutdown(Shutdown::Both)?;
            }
        }
        bystanders.chat()?;
    }
    bystanders.assert_unharmed()
}

#[test]
fn a_user_who_breaks_the_rules_loses_only_their_own_stream() -> Result<()> {
    let test = "a_user_who_breaks_the_rules_loses_only_their_own_stream";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut bystanders = Bystanders::start(test)?;
    let cases = [
        ("crossed tags", "<message><body></message>".to_owned()),
        ("a DTD", "<!DOCTYPE x>".to_owned()),
        ("an entity", "<message><body>&xxe;</body></message>".to_owned()),
        ("a stanza over the limit", format!("<message><body>{}</body></message>", "x".repeat((1 << 20) + 1))),
        ("deep nesting", format!("<message>{}", "<a>".repeat(5000))),
    ];
    for (what, text) in cases {
        let mut rude = bystanders.cluster.login(0, "10023", "Rude")?;
        rude.go_online()?;
        // The server may hang up while it is still being written to.
        let _ = rude.send(&text);
        let last = rude.wait_for_end(END_LIMIT).with_context(|| what.to_owned())?;
        ensure!(
            last.iter().any(|stanza| stanza.contains("stream:error")),
            "{what} was answered with {last:?}"
        );
        bystanders.chat().with_context(|| format!("the chat after {what}"))?;
    }
    bystanders.assert_unharmed()
}
