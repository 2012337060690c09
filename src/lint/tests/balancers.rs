//! Load balancers beside the nodes: the shipped files are clean, and nginx is judged like HAProxy.

use cobnut_diagnostics::{Diagnostic, Source};
use cobnut_lint::{Input, NodeInput, Options, lint};

const NODES: [&str; 2] = [
    include_str!("../../../conf/two-nodes/server1.xml"),
    include_str!("../../../conf/two-nodes/server2.xml"),
];

fn beside_two_nodes(name: &str, text: &str) -> Vec<Diagnostic> {
    let nodes = NODES.iter().zip(["server1", "server2"]);
    let input = Input {
        nodes: nodes.map(|(text, label)| NodeInput::of_file(Source::new(label, *text), label)).collect(),
        balancers: vec![Source::new(name, text)],
    };
    lint(&input, &Options::default())
}

fn rules(found: &[Diagnostic]) -> Vec<&str> {
    found.iter().map(Diagnostic::rule).collect()
}

#[test]
fn shipped_files_are_clean() {
    let encrypted = [
        include_str!("../../../conf/encrypted/server1.xml"),
        include_str!("../../../conf/encrypted/server2.xml"),
    ];
    let nodes = encrypted.iter().zip(["server1", "server2"]);
    let nodes = nodes.map(|(text, label)| NodeInput::of_file(Source::new(label, *text), label)).collect();
    let found = lint(&Input { nodes, balancers: Vec::new() }, &Options::default());
    assert!(found.is_empty(), "encrypted: {found:?}");
    let files = [
        ("haproxy.cfg", include_str!("../../../conf/haproxy.cfg")),
        ("nginx-stream.conf", include_str!("../../../conf/nginx-stream.conf")),
    ];
    for (name, text) in files {
        let found = beside_two_nodes(name, text);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn nginx_is_judged_like_haproxy() {
    let shipped = include_str!("../../../conf/nginx-stream.conf");
    let cases = [
        ("proxy_timeout 1h;", "proxy_timeout 60s;", vec!["short-idle-timeout"]),
        ("listen 5222 so_keepalive=on;", "listen 5222 ssl;", vec!["tls-on-wrong-side"]),
        ("proxy_timeout 1h;", "proxy_timeout 1h; proxy_protocol on;", vec!["proxy-header-to-node"]),
        ("server 192.168.5.2:5223 ", "server 192.168.5.22:5223 ", vec!["server-without-node"]),
        ("server 192.168.5.2:5223 ", "server 192.168.5.2:5222 ", vec!["wrong-server-port"]),
        ("proxy_pass cobnut_xmpps;", "proxy_pass 192.168.5.1:5223;", vec!["node-without-server"]),
        ("least_conn;", "hash $remote_addr consistent;", vec!["sticky-clients", "sticky-clients"]),
    ];
    for (from, to, expected) in cases {
        assert!(shipped.contains(from), "{from}");
        let found = beside_two_nodes("nginx.conf", &shipped.replace(from, to));
        assert_eq!(rules(&found), expected, "{to}: {found:?}");
    }
    let console = "http { server { listen 80; location / { proxy_pass http://192.168.5.1:9090; } } }";
    let found = beside_two_nodes("nginx.conf", &format!("{shipped}\n{console}"));
    assert_eq!(rules(&found), ["console-behind-balancer"]);
}

#[test]
fn what_other_programs_balance_is_left_alone() {
    let web =
        "frontend web\n bind :9090\n mode http\n default_backend x\nbackend x\n server a 10.0.0.7:9090\n";
    assert!(beside_two_nodes("haproxy.cfg", web).is_empty());
    let names = "listen chat\n bind :5222\n mode tcp\n timeout connect 1s\n timeout tunnel 1h\n timeout client 5s\n \
        timeout server 5s\n server a chat1.example:5222 check\n server b chat2.example:5222 check\n";
    assert!(beside_two_nodes("haproxy.cfg", names).is_empty());
}
