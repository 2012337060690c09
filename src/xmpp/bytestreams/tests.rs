//! Streams through the proxy from the first stanza to the last byte.

use std::net::SocketAddr;
use std::time::Duration;

use cobnut_mesh::Listener;
use sha1::{Digest as _, Sha1};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{PROXY_SERVICE, StreamHash, start};
use crate::service::tests::fixture::{Client, World, eventually};
use crate::settings::{ProxyPolicy, ServicePolicy};
use cobnut_model::limits;

/// Long enough for a busy machine; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);
const NS: &str = "http://jabber.org/protocol/bytestreams";
const ROMEO: &str = "romeo@example.net/a";
const JULIET: &str = "juliet@example.net/b";

/// Starts the proxy of a node, as the server does.
async fn serve(world: &World, node: usize) -> SocketAddr {
    let node = &world.nodes[node];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = start(listener, &node.service, &node.tasks).unwrap();
    let described = Listener { service: PROXY_SERVICE.to_owned(), address };
    node.cluster.describe_node(|record| record.listeners.push(described));
    address
}

/// One node with a proxy, and two clients.
async fn one_node() -> (World, SocketAddr, Client, Client) {
    let world = World::single().await;
    let proxy = serve(&world, 0).await;
    let (romeo, juliet) = (world.login(ROMEO).await, world.login(JULIET).await);
    (world, proxy, romeo, juliet)
}

/// What a client sends to connect, and the reply that lets it in.
fn request(hash: &str) -> (Vec<u8>, Vec<u8>) {
    let address = [&[3, 40][..], hash.as_bytes(), &[0, 0]].concat();
    ([&[5, 1, 0][..], &address].concat(), [&[5, 0, 0][..], &address].concat())
}

fn hash(sid: &str) -> String {
    format!("{:?}", StreamHash::of(sid, ROMEO, JULIET))
}

async fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut bytes)).await.expect("in time").unwrap();
    bytes
}

/// Whatever comes until the end, which may be a reset.
async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("in time");
    bytes
}

/// A connection that has said which stream it is for.
async fn connect(proxy: SocketAddr, sid: &str) -> TcpStream {
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    stream.write_all(&[5, 1, 0]).await.unwrap();
    assert_eq!(read(&mut stream, 2).await, [5, 0]);
    let (request, granted) = request(&hash(sid));
    stream.write_all(&request).await.unwrap();
    assert_eq!(read(&mut stream, granted.len()).await, granted);
    stream
}

fn activation(sid: &str) -> String {
    format!(
        "<iq id='act' type='set' to='proxy.example.net'><query xmlns='{NS}' sid='{sid}'>\
         <activate>{JULIET}</activate></query></iq>"
    )
}

async fn activate(romeo: &mut Client, sid: &str) {
    romeo
        .ask(
            &activation(sid),
            "<iq id='act' type='result' from='proxy.example.net' to='romeo@example.net/a'/>",
        )
        .await;
}

fn error(kind: &str, condition: &str) -> String {
    format!(
        "<iq id='act' type='error' from='proxy.example.net' to='{ROMEO}'><error type='{kind}'>\
         <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
}

async fn ask_for_proxy(client: &mut Client, host: &str, port: u16) {
    let jid = client.jid.clone();
    client
        .ask(
            &format!("<iq id='p' type='get' to='proxy.example.net'><query xmlns='{NS}'/></iq>"),
            &format!(
                "<iq id='p' type='result' from='proxy.example.net' to='{jid}'><query xmlns='{NS}'>\
                 <streamhost jid='proxy.example.net' host='{host}' port='{port}'/></query></iq>"
            ),
        )
        .await;
}

/// A file of so many bytes, none like its neighbours, and its hash.
fn file(length: usize, seed: u32) -> (Vec<u8>, Vec<u8>) {
    let mut state = seed | 1;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    })
    .take(length)
    .collect();
    let hash = Sha1::digest(&bytes).to_vec();
    (bytes, hash)
}

/// Sends a file in each direction at the same time, and compares what comes out.
async fn exchange(one: TcpStream, two: TcpStream) {
    let ((there, there_hash), (back, back_hash)) = (file(6_000_001, 7), file(3_000_017, 8));
    let ((mut read_one, mut write_one), (mut read_two, mut write_two)) = (one.into_split(), two.into_split());
    let send_there = async {
        write_one.write_all(&there).await.unwrap();
        write_one.shutdown().await.unwrap();
    };
    let send_back = async {
        write_two.write_all(&back).await.unwrap();
        write_two.shutdown().await.unwrap();
    };
    let (mut came_there, mut came_back) = (Vec::new(), Vec::new());
    let all = async {
        let receive = async {
            tokio::join!(read_two.read_to_end(&mut came_there), read_one.read_to_end(&mut came_back))
        };
        let ((), (), (there, back)) = tokio::join!(send_there, send_back, receive);
        (there.unwrap(), back.unwrap())
    };
    let lengths = tokio::time::timeout(PATIENCE, all).await.expect("in time");
    assert_eq!(lengths, (there.len(), back.len()));
    assert_eq!(Sha1::digest(&came_there).to_vec(), there_hash);
    assert_eq!(Sha1::digest(&came_back).to_vec(), back_hash);
}

#[tokio::test]
async fn clients_find_the_proxy() {
    let (_world, proxy, mut romeo, _juliet) = one_node().await;
    let (info, items) = ("http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items");
    romeo.send(&format!("<iq id='1' type='get' to='example.net'><query xmlns='{items}'/></iq>")).await;
    let answer = romeo.receive().await;
    let listed = answer.get_child("query", items).unwrap();
    assert!(listed.children().any(|item| item.attr("jid") == Some("proxy.example.net")));
    romeo
        .ask(
            &format!("<iq id='2' type='get' to='proxy.example.net'><query xmlns='{info}'/></iq>"),
            &format!(
                "<iq id='2' type='result' from='proxy.example.net' to='{ROMEO}'><query xmlns='{info}'>\
                 <identity category='proxy' type='bytestreams' name='*'/><feature var='{info}'/>\
                 <feature var='{items}'/><feature var='{NS}'/></query></iq>"
            ),
        )
        .await;
    ask_for_proxy(&mut romeo, "127.0.0.1", proxy.port()).await;
}

#[tokio::test]
async fn clients_are_told_the_host_that_the_operator_names() {
    let proxy =
        ProxyPolicy { service_name: "proxy".to_owned(), external_host: Some("files.example.org".to_owned()) };
    let world = World::with_policy(ServicePolicy { proxy, ..ServicePolicy::default() }).await;
    let address = serve(&world, 0).await;
    let mut romeo = world.login(ROMEO).await;
    ask_for_proxy(&mut romeo, "files.example.org", address.port()).await;
}

#[tokio::test]
async fn a_node_without_a_proxy_has_no_such_service() {
    let world = World::single().await;
    let mut romeo = world.login(ROMEO).await;
    romeo.ask(&activation("s"), &error("cancel", "remote-server-not-found")).await;
}

#[tokio::test]
async fn bytes_go_both_ways_once_the_requester_says_so() {
    let (_world, proxy, mut romeo, _juliet) = one_node().await;
    let target = connect(proxy, "s1").await;
    let mut requester = connect(proxy, "s1").await;
    // Nobody waits for the answer who does not have to.
    requester.write_all(b"early").await.unwrap();
    let mut target = target;
    let mut byte = [0];
    let silence = Duration::from_millis(50);
    assert!(
        tokio::time::timeout(silence, target.peek(&mut byte)).await.is_err(),
        "nothing before the activation"
    );
    activate(&mut romeo, "s1").await;
    assert_eq!(read(&mut target, 5).await, b"early");
    exchange(requester, target).await;
    // A stream is activated once.
    romeo.ask(&activation("s1"), &error("cancel", "item-not-found")).await;
}

#[tokio::test]
async fn a_client_may_send_everything_in_one_piece() {
    let (_world, proxy, mut romeo, _juliet) = one_node().await;
    let mut target = TcpStream::connect(proxy).await.unwrap();
    let (request, granted) = request(&hash("s"));
    // A list of methods of which ours is the last, the request, and the beginning of the stream.
    target.write_all(&[&[5, 3, 2, 1, 0][..], &request, b"hello"].concat()).await.unwrap();
    assert_eq!(read(&mut target, 2 + granted.len()).await, [&[5, 0][..], &granted].concat());
    let mut requester = connect(proxy, "s").await;
    activate(&mut romeo, "s").await;
    assert_eq!(read(&mut requester, 5).await, b"hello");
}

#[tokio::test]
async fn only_a_whole_pair_is_activated_and_only_by_its_requester() {
    let (world, proxy, mut romeo, mut juliet) = one_node().await;
    romeo.ask(&activation("s"), &error("cancel", "item-not-found")).await;
    let _target = connect(proxy, "s").await;
    romeo.ask(&activation("s"), &error("cancel", "not-allowed")).await;
    let requester = connect(proxy, "s").await;
    juliet
        .ask(
            &activation("s"),
            &error("cancel", "item-not-found").replace(&format!("to='{ROMEO}'"), &format!("to='{JULIET}'")),
        )
        .await;
    drop(requester);
    let registry = &world.nodes[0].service.bytestreams.registry;
    eventually("the requester gone", || registry.len() == 1).await;
    romeo.ask(&activation("s"), &error("cancel", "not-allowed")).await;
    let _requester = connect(proxy, "s").await;
    activate(&mut romeo, "s").await;
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused() {
    let (_world, _proxy, mut romeo, _juliet) = one_node().await;
    let long = "s".repeat(limits::BYTESTREAM_SID_CHARS_MAX + 1);
    for (payload, kind, condition) in [
        (format!("<query xmlns='{NS}'><activate>{JULIET}</activate></query>"), "modify", "bad-request"),
        (
            format!("<query xmlns='{NS}' sid=''><activate>{JULIET}</activate></query>"),
            "modify",
            "bad-request",
        ),
        (
            format!("<query xmlns='{NS}' sid='{long}'><activate>x@y/z</activate></query>"),
            "modify",
            "bad-request",
        ),
        (format!("<query xmlns='{NS}' sid='s'/>"), "modify", "bad-request"),
        (format!("<query xmlns='{NS}' sid='s'><activate>@</activate></query>"), "modify", "jid-malformed"),
        (format!("<other xmlns='{NS}' sid='s'/>"), "modify", "bad-request"),
        ("<query xmlns='jabber:iq:version'/>".to_owned(), "cancel", "feature-not-implemented"),
    ] {
        let iq = format!("<iq id='act' type='set' to='proxy.example.net'>{payload}</iq>");
        romeo.ask(&iq, &error(kind, condition)).await;
    }
}

#[tokio::test]
async fn a_third_connection_is_refused_and_disturbs_nobody() {
    let (_world, proxy, mut romeo, _juliet) = one_node().await;
    let (target, requester) = (connect(proxy, "s").await, connect(proxy, "s").await);
    let mut third = TcpStream::connect(proxy).await.unwrap();
    third.write_all(&[&[5, 1, 0][..], &request(&hash("s")).0].concat()).await.unwrap();
    let reply = read_to_end(&mut third).await;
    assert_eq!(reply.get(..4), Some(&[5, 0, 5, 2][..]), "{reply:?}");
    activate(&mut romeo, "s").await;
    exchange(requester, target).await;
}

#[tokio::test]
async fn whoever_speaks_something_else_is_told_and_leaves_nothing() {
    let (world, proxy, _romeo, _juliet) = one_node().await;
    for (sent, reply) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], &[5, 0xff][..]),
        (&[5, 1, 2], &[5, 0xff]),
        (&[5, 1, 0, 5, 2, 0, 3, 40], &[5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0]),
        (&[5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 80], &[5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0]),
        (&[5, 1, 0, 5, 1, 0, 3, 9], &[5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0]),
    ] {
        let mut stream = TcpStream::connect(proxy).await.unwrap();
        stream.write_all(sent).await.unwrap();
        assert_eq!(read_to_end(&mut stream).await, reply, "{sent:?}");
    }
    assert_eq!(world.nodes[0].service.bytestreams.registry.len(), 0);
}

#[tokio::test]
async fn half_open_connections_are_bounded_and_their_places_come_back() {
    let (world, proxy, mut romeo, _juliet) = one_node().await;
    let mut silent = Vec::new();
    for _ in 0..limits::BYTESTREAM_WAITING_PER_IP_MAX {
        silent.push(TcpStream::connect(proxy).await.unwrap());
    }
    let waiting = &world.nodes[0].service.bytestreams.metrics.waiting;
    let places = i64::try_from(limits::BYTESTREAM_WAITING_PER_IP_MAX).unwrap();
    eventually("all taken in", || waiting.get() == places).await;
    let mut refused = TcpStream::connect(proxy).await.unwrap();
    assert_eq!(read_to_end(&mut refused).await, b"");
    silent.truncate(silent.len() - 2);
    eventually("places free", || waiting.get() == places - 2).await;
    let (target, requester) = (connect(proxy, "s").await, connect(proxy, "s").await);
    activate(&mut romeo, "s").await;
    exchange(requester, target).await;
}

#[tokio::test]
async fn a_side_that_hangs_up_half_way_ends_the_other() {
    let (world, proxy, mut romeo, _juliet) = one_node().await;
    let (mut target, mut requester) = (connect(proxy, "s").await, connect(proxy, "s").await);
    activate(&mut romeo, "s").await;
    requester.write_all(&file(100_000, 1).0).await.unwrap();
    read(&mut target, 1000).await;
    drop(target);
    let endless = async {
        let block = vec![0; 64 << 10];
        while requester.write_all(&block).await.is_ok() {}
    };
    tokio::time::timeout(PATIENCE, endless).await.expect("the requester learns of it");
    let metrics = &world.nodes[0].service.bytestreams.metrics;
    eventually("nothing left", || metrics.active.get() == 0).await;
}

/// The slower side sets the pace: little more than the buffers of the system and ours is taken from the faster one.
#[tokio::test]
async fn who_does_not_read_slows_the_other_down() {
    let (world, proxy, mut romeo, _juliet) = one_node().await;
    let (mut target, mut requester) = (connect(proxy, "s").await, connect(proxy, "s").await);
    activate(&mut romeo, "s").await;
    let block = vec![7; 1 << 20];
    let mut sent = 0;
    // Until nothing is taken for a while; then what was taken comes out complete.
    while let Ok(written) = tokio::time::timeout(Duration::from_secs(1), requester.write(&block)).await {
        sent += written.unwrap();
        assert!(sent < 64 << 20, "nobody reads, and everything is taken");
    }
    assert_eq!(world.nodes[0].service.bytestreams.metrics.active.get(), 1);
    requester.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut target).await.len(), sent);
}

#[tokio::test]
async fn a_stop_ends_what_waits_and_what_flows() {
    let (world, proxy, mut romeo, _juliet) = one_node().await;
    let (mut target, _requester) = (connect(proxy, "s").await, connect(proxy, "s").await);
    activate(&mut romeo, "s").await;
    let mut waiting = connect(proxy, "t").await;
    let patience = limits::BYTESTREAM_DRAIN_TIMEOUT + PATIENCE;
    assert!(world.nodes[0].tasks.shut_down(patience).await);
    assert_eq!(read_to_end(&mut waiting).await, b"");
    assert_eq!(read_to_end(&mut target).await, b"");
}

/// Romeo and Juliet at two members that both have a proxy, and where these are.
async fn two_nodes() -> (World, [SocketAddr; 2], Client, Client) {
    let world = World::clustered(2).await;
    let proxies = [serve(&world, 0).await, serve(&world, 1).await];
    for (node, other) in [(0, 1), (1, 0)] {
        let (node, other) = (&world.nodes[node], world.nodes[other].service.node());
        let knows = || {
            let record = node.cluster.record_of(other);
            record.is_some_and(|record| record.listeners.iter().any(|port| port.service == PROXY_SERVICE))
        };
        eventually("the other proxy known", knows).await;
    }
    let (romeo, juliet) = (world.login_at(0, ROMEO).await, world.login_at(1, JULIET).await);
    (world, proxies, romeo, juliet)
}

#[tokio::test]
async fn each_client_is_told_its_own_node_and_any_node_relays() {
    let (_world, proxies, mut romeo, mut juliet) = two_nodes().await;
    ask_for_proxy(&mut romeo, "127.0.0.1", proxies[0].port()).await;
    ask_for_proxy(&mut juliet, "127.0.0.1", proxies[1].port()).await;
    for (sid, proxy) in [("here", proxies[0]), ("there", proxies[1])] {
        let (target, requester) = (connect(proxy, sid).await, connect(proxy, sid).await);
        activate(&mut romeo, sid).await;
        exchange(requester, target).await;
    }
}

#[tokio::test]
async fn what_the_other_node_lacks_is_told_too() {
    let (_world, proxies, mut romeo, _juliet) = two_nodes().await;
    romeo.ask(&activation("s"), &error("cancel", "item-not-found")).await;
    let _target = connect(proxies[1], "s").await;
    romeo.ask(&activation("s"), &error("cancel", "not-allowed")).await;
}

#[tokio::test]
async fn a_node_whose_port_is_taken_sends_its_clients_to_another() {
    let world = World::clustered(2).await;
    let proxy = serve(&world, 1).await;
    let node = &world.nodes[0].service;
    eventually("the other proxy known", || node.has_any_proxy()).await;
    let mut romeo = world.login_at(0, ROMEO).await;
    ask_for_proxy(&mut romeo, "127.0.0.1", proxy.port()).await;
    let (target, requester) = (connect(proxy, "s").await, connect(proxy, "s").await);
    activate(&mut romeo, "s").await;
    exchange(requester, target).await;
}

#[tokio::test]
async fn a_member_that_does_not_answer_is_not_waited_for_long() {
    let world = World::clustered(1).await;
    serve(&world, 0).await;
    let (stuck, _unread) = world.wedged_member(9).await;
    let described =
        Listener { service: PROXY_SERVICE.to_owned(), address: SocketAddr::from(([127, 0, 0, 1], 9)) };
    stuck.describe_node(|record| record.listeners.push(described));
    let knows = || {
        let record = world.nodes[0].cluster.record_of(stuck.identity().node_id);
        record.is_some_and(|record| record.listeners.iter().any(|port| port.service == PROXY_SERVICE))
    };
    eventually("the other proxy known", knows).await;
    let mut romeo = world.login(ROMEO).await;
    romeo.ask(&activation("s"), &error("wait", "internal-server-error")).await;
}
