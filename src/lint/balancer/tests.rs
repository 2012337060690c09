use super::*;

fn read(text: &str) -> Balancer {
    Balancer::new(&Source::new("balancer", text))
}

/// Ports, servers and times of each route.
fn routes(balancer: &Balancer) -> Vec<String> {
    let setup = &balancer.setup;
    let describe = |route: &Route| {
        let listens: Vec<String> = route.listens.iter().map(|listen| listen.port.to_string()).collect();
        let server = |server: &Server| {
            let port = server.port.map_or(String::new(), |port| format!(":{port}"));
            assert_eq!(balancer.source.slice(server.host_span), server.host);
            format!("{}{port}", server.host)
        };
        let servers: Vec<String> = setup.pools[route.pool].servers.iter().map(server).collect();
        let idle: Vec<String> =
            route.idle.iter().map(|idle| format!("{}={}", idle.name, idle.millis)).collect();
        format!("{} -> {} [{}]", listens.join(","), servers.join(","), idle.join(","))
    };
    setup.routes.iter().map(describe).collect()
}

#[test]
fn shipped_files_are_read_whole() {
    let haproxy = read(include_str!("../../../conf/haproxy.cfg"));
    assert_eq!(haproxy.setup.software, Software::HaProxy);
    assert_eq!(
        routes(&haproxy),
        [
            "5222 -> 192.168.5.1:5222,192.168.5.2:5222 [timeout client=3600000,timeout server=3600000]",
            "5223 -> 192.168.5.1:5223,192.168.5.2:5223 [timeout client=3600000,timeout server=3600000]",
        ]
    );
    assert!(haproxy.setup.pools.iter().flat_map(|pool| &pool.servers).all(|server| server.is_checked));
    let nginx = read(include_str!("../../../conf/nginx-stream.conf"));
    assert_eq!(nginx.setup.software, Software::Nginx);
    assert_eq!(
        routes(&nginx),
        [
            "5222 -> 192.168.5.1:5222,192.168.5.2:5222 [proxy_timeout=3600000]",
            "5223 -> 192.168.5.1:5223,192.168.5.2:5223 [proxy_timeout=3600000]",
        ]
    );
}

#[test]
fn haproxy_hands_settings_down_and_takes_them_back() {
    let text = "defaults base\n timeout client 30s\n mode http\ndefaults\n timeout client 1m\n timeout server 2m\n\
        listen chat from base\n bind *:5222,[::]:5223 ssl crt a.pem # comment\n mode tcp\n timeout tunnel 1h\n\
        default-server check send-proxy\n server a [2001:db8::1]:5222 no-check\n server b ipv4@10.0.0.2 ssl \"backup\"\n\
        frontend other\n bind :80\n default_backend nowhere\n";
    let balancer = read(text);
    assert_eq!(routes(&balancer), ["5222,5223 -> 2001:db8::1:5222,10.0.0.2 [timeout tunnel=3600000]"]);
    let [a, b] = balancer.setup.pools[0].servers.as_slice() else { panic!("two servers") };
    assert_eq!((a.is_checked, b.is_checked), (false, true));
    assert_eq!(balancer.source.slice(b.proxy.unwrap()), "send-proxy");
    assert_eq!(balancer.source.slice(b.tls.unwrap()), "ssl");
    assert_eq!(balancer.setup.routes[0].missing, ["timeout connect", "timeout server"]);
    assert!(balancer.setup.routes[0].http.is_none());
    assert!(balancer.setup.routes[0].listens.iter().all(|listen| listen.tls.is_some()));
}

#[test]
fn nginx_passes_to_upstreams_and_to_addresses() {
    let text = "proxy_timeout 1h30m; upstream x { server a.example:5222 max_fails=0; hash $remote_addr; }\n\
        server { listen [::]:5222; proxy_pass x; proxy_protocol on; }\n\
        http { server { listen 80; location /c { proxy_pass http://10.0.0.1:9090/x; } } }\n\
        server { listen 5223 ssl; proxy_pass 10.0.0.2:5223; proxy_timeout '100ms'; }";
    let balancer = read(text);
    assert_eq!(
        routes(&balancer),
        [
            "80 -> 10.0.0.1:9090 []",
            "5222 -> a.example:5222 [proxy_timeout=5400000]",
            "5223 -> 10.0.0.2:5223 [proxy_timeout=100]",
        ]
    );
    assert!(balancer.setup.routes[0].http.is_some());
    let upstream = balancer.setup.pools.iter().find(|pool| pool.name == "x").unwrap();
    assert_eq!(balancer.source.slice(upstream.sticky.unwrap()), "hash $remote_addr");
    assert!(!upstream.servers[0].is_checked && upstream.servers[0].proxy.is_some());
}

#[test]
fn broken_files_are_read_as_far_as_they_go() {
    for text in [
        "",
        "{{{{{{{{{{{{{{{{{{{{",
        "server",
        "listen x\n bind",
        "\"",
        "a;b{c;",
        "backend\nserver a\nserver a b:",
    ] {
        let _ = routes(&read(text));
    }
    let deep = "stream {".repeat(100_000);
    assert!(read(&deep).setup.routes.is_empty());
}
