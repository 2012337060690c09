//! Other servers, components and connection managers.

use super::Kind::{Boolean, Choice, Millis, Number, Port, Seconds, Secret};
use super::SystemProperty;
use super::description::Effect::NoEffect;
use super::description::row;

const FEDERATION: &str = "connections to other servers are not part of this version";
const COMPONENT: &str = "external components are not part of this version";
const MULTIPLEX: &str = "connection managers are not part of this version; clients connect to any node";

pub(super) const PROPERTIES: &[SystemProperty] = &[
    row("xmpp.server.socket.active", Boolean, "true", "listen for other servers", NoEffect(FEDERATION)),
    row("xmpp.server.socket.port", Port, "5269", "port for it", NoEffect(FEDERATION)),
    row("xmpp.server.socket.remotePort", Port, "5269", "port to connect to", NoEffect(FEDERATION)),
    row("xmpp.server.socket.ssl.active", Boolean, "true", "listen with direct TLS", NoEffect(FEDERATION)),
    row("xmpp.server.socket.ssl.port", Port, "5270", "port for it", NoEffect(FEDERATION)),
    row(
        "xmpp.server.tls.policy",
        Choice(&["required", "optional", "disabled"]),
        "optional",
        "whether servers must use TLS",
        NoEffect(FEDERATION),
    ),
    row(
        "xmpp.server.cert.policy",
        Choice(&["disabled", "wanted", "needed"]),
        "wanted",
        "whether servers need certificates",
        NoEffect(FEDERATION),
    ),
    row(
        "xmpp.server.certificate.accept-selfsigned",
        Boolean,
        "false",
        "take self-signed certificates of servers",
        NoEffect(FEDERATION),
    ),
    row(
        "xmpp.server.certificate.verify.validity",
        Boolean,
        "true",
        "check their dates",
        NoEffect(FEDERATION),
    ),
    row("xmpp.server.dialback.enabled", Boolean, "true", "XEP-0220", NoEffect(FEDERATION)),
    row(
        "xmpp.server.permission",
        Choice(&["blacklist", "whitelist"]),
        "blacklist",
        "which servers may connect",
        NoEffect(FEDERATION),
    ),
    row(
        "xmpp.server.permission-apply-recursive",
        Boolean,
        "true",
        "sub-domains included",
        NoEffect(FEDERATION),
    ),
    row(
        "xmpp.server.session.idle",
        Millis,
        "1800000",
        "silence after which a server is gone",
        NoEffect(FEDERATION),
    ),
    row("xmpp.server.session.timeout", Millis, "300000", "how often that is checked", NoEffect(FEDERATION)),
    row("xmpp.server.session.initialise-timeout", Seconds, "10", "time to connect", NoEffect(FEDERATION)),
    row(
        "xmpp.server.session.allowmultiple",
        Boolean,
        "true",
        "several connections from one server",
        NoEffect(FEDERATION),
    ),
    row("xmpp.server.outgoing.max.threads", Number, "100", "connects at the same time", NoEffect(FEDERATION)),
    row("xmpp.server.outgoing.queue", Number, "2000", "stanzas that wait for a server", NoEffect(FEDERATION)),
    row(
        "xmpp.ratelimit.newconnections.s2s.enabled",
        Boolean,
        "false",
        "limit new connections of servers",
        NoEffect(FEDERATION),
    ),
    row(
        "xmpp.component.socket.active",
        Boolean,
        "true",
        "listen for components (XEP-0114)",
        NoEffect(COMPONENT),
    ),
    row("xmpp.component.socket.port", Port, "5275", "port for it", NoEffect(COMPONENT)),
    row("xmpp.component.ssl.active", Boolean, "true", "listen for components with TLS", NoEffect(COMPONENT)),
    row("xmpp.component.ssl.port", Port, "5276", "port for it", NoEffect(COMPONENT)),
    row("xmpp.component.defaultSecret", Secret, "", "secret of components", NoEffect(COMPONENT)),
    row(
        "xmpp.component.permission",
        Choice(&["blacklist", "whitelist"]),
        "blacklist",
        "which components may connect",
        NoEffect(COMPONENT),
    ),
    row(
        "xmpp.multiplex.socket.active",
        Boolean,
        "false",
        "listen for connection managers",
        NoEffect(MULTIPLEX),
    ),
    row("xmpp.multiplex.socket.port", Port, "5262", "port for it", NoEffect(MULTIPLEX)),
    row("xmpp.multiplex.ssl.port", Port, "5263", "port with TLS", NoEffect(MULTIPLEX)),
    row("xmpp.multiplex.defaultSecret", Secret, "", "their secret", NoEffect(MULTIPLEX)),
];
