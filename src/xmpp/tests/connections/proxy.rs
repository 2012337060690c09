//! The port of the file transfer proxy.

use std::net::{SocketAddr, TcpListener};

use crate::server::Server;

#[tokio::test]
async fn the_other_members_know_where_the_proxy_is() {
    let server = Server::with(|settings| settings.proxy = Some(SocketAddr::from(([127, 0, 0, 1], 0)))).await;
    let proxy = server.xmpp.proxy_addr().expect("bound");
    let record = server.cluster.record_of(server.cluster.identity().node_id).expect("own record");
    assert!(record.listeners.iter().any(|port| (port.service.as_str(), port.address) == ("socks5", proxy)));
}

#[tokio::test]
async fn a_node_serves_clients_without_its_proxy() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("bind");
    let taken = holder.local_addr().expect("address");
    let server = Server::with(|settings| settings.proxy = Some(taken)).await;
    assert_eq!(server.xmpp.proxy_addr(), None);
    assert!(server.xmpp.c2s_addr().is_some());
}
