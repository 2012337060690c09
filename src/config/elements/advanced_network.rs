//! `advanced-network`: one socket for each protocol, instead of `network`.

use super::info::{AttributeInfo, ElementInfo, FLAG, NATURAL, PORT, POSITIVE, TEXT, attribute, group, value};
use super::network::JOIN;
use super::shared::{
    ENDPOINT_GROUP, ICMP, INTERFACES, OUTBOUND_PORTS, PROPERTIES, SOCKET_INTERCEPTOR, SSL,
    SYMMETRIC_ENCRYPTION, TPC_SOCKET,
};
use super::why;

const LISTEN_PORT: ElementInfo = value("port", PORT).attributes(&[
    attribute("auto-increment", FLAG).default("true"),
    attribute("port-count", NATURAL).default("100"),
]);

const SOCKET_OPTIONS: ElementInfo = group("socket-options").children(&[
    value("buffer-direct", FLAG),
    value("tcp-no-delay", FLAG),
    value("keep-alive", FLAG),
    value("connect-timeout-seconds", NATURAL),
    value("send-buffer-size-kb", POSITIVE),
    value("receive-buffer-size-kb", POSITIVE),
    value("linger-seconds", NATURAL),
    value("keep-idle-seconds", POSITIVE).since(5, 3).default("7200"),
    value("keep-interval-seconds", POSITIVE).since(5, 3).default("75"),
    value("keep-count", POSITIVE).since(5, 3).default("8"),
]);

const PUBLIC_ADDRESS: ElementInfo = value("public-address", TEXT);
const REUSE_ADDRESS: ElementInfo = value("reuse-address", FLAG).default("false");
const NAME: &[AttributeInfo] = &[attribute("name", TEXT).default("")];

/// A socket that one protocol listens on.
const fn server_socket(name: &'static str) -> ElementInfo {
    group(name).attributes(NAME).children(
        const {
            &[
                LISTEN_PORT,
                PUBLIC_ADDRESS,
                REUSE_ADDRESS,
                OUTBOUND_PORTS,
                INTERFACES,
                SSL,
                SOCKET_INTERCEPTOR,
                SYMMETRIC_ENCRYPTION,
                SOCKET_OPTIONS,
                TPC_SOCKET.since(5, 3),
            ]
        },
    )
}

/// Elements below `hazelcast` on this subject.
pub(super) const ADVANCED_NETWORK: &[ElementInfo] = &[group("advanced-network")
    .since(3, 12)
    .refused(why::ADVANCED_NETWORK)
    .attributes(&[attribute("enabled", FLAG).default("false")])
    .children(&[
        JOIN,
        group("failure-detector").children(&[ICMP]),
        group("member-address-provider")
            .attributes(&[attribute("enabled", FLAG).default("false")])
            .children(&[value("class-name", TEXT), PROPERTIES]),
        group("wan-endpoint-config").repeats().attributes(NAME).children(&[
            OUTBOUND_PORTS,
            INTERFACES,
            SSL,
            SOCKET_INTERCEPTOR,
            SYMMETRIC_ENCRYPTION,
            SOCKET_OPTIONS,
            TPC_SOCKET.since(5, 3),
        ]),
        server_socket("wan-server-socket-endpoint-config").repeats(),
        server_socket("member-server-socket-endpoint-config"),
        server_socket("client-server-socket-endpoint-config"),
        group("rest-server-socket-endpoint-config").attributes(NAME).children(&[
            LISTEN_PORT,
            PUBLIC_ADDRESS,
            REUSE_ADDRESS,
            OUTBOUND_PORTS,
            INTERFACES,
            SSL,
            SOCKET_INTERCEPTOR,
            SYMMETRIC_ENCRYPTION,
            SOCKET_OPTIONS,
            TPC_SOCKET.since(5, 3),
            group("endpoint-groups").children(&[ENDPOINT_GROUP.repeats()]),
        ]),
        server_socket("memcache-server-socket-endpoint-config"),
    ])];
