//! Client connections, their sessions, and what is routed to them.

use super::Kind::{Boolean, Bytes, Choice, Days, List, Millis, Minutes, Number, Port};
use super::SystemProperty;
use super::description::Effect::{NoEffect, Obeyed};
use super::description::row;

const TUNING: &str = "it tunes the threads and sockets of the Java server";
const TLS: &str = "TLS 1.2 and 1.3 with the safe cipher suites are offered, and nothing else";
const CERTIFICATES: &str =
    "a certificate lets in while it is valid and lies in the trust store, or is signed by one that does";
const COMPRESSION: &str = "there is no compression, which leaks secrets under TLS";
const OTHERS: &str = "a session at another node waits there, so that its client can still go back to it";
const CONFLICT: &str = "sessions of one resource are settled without waiting";
const SID: &str = "what an archive keeps has a stanza id (XEP-0359), nothing else";
const ALWAYS: &str = "it is always so";
const NEVER: &str = "it is never so";

pub(super) const PROPERTIES: &[SystemProperty] = &[
    row("xmpp.socket.plain.active", Boolean, "true", "listen for clients with STARTTLS", Obeyed),
    row("xmpp.socket.plain.port", Port, "5222", "port for it", Obeyed),
    row("xmpp.socket.ssl.active", Boolean, "true", "listen for clients with direct TLS", Obeyed),
    row("xmpp.socket.ssl.port", Port, "5223", "port for it", Obeyed),
    row(
        "xmpp.client.tls.policy",
        Choice(&["required", "optional", "disabled"]),
        "optional",
        "whether clients must use STARTTLS",
        Obeyed,
    ),
    row(
        "xmpp.client.cert.policy",
        Choice(&["disabled", "wanted", "needed"]),
        "disabled",
        "whether clients need certificates",
        Obeyed,
    ),
    row(
        "xmpp.client.compression.policy",
        Choice(&["optional", "disabled"]),
        "optional",
        "XEP-0138",
        NoEffect(COMPRESSION),
    ),
    row("xmpp.socket.ssl.client.protocols", List, "", "versions of TLS", NoEffect(TLS)),
    row("xmpp.socket.ssl.client.ciphersuites", List, "", "cipher suites", NoEffect(TLS)),
    row(
        "xmpp.client.certificate.accept-selfsigned",
        Boolean,
        "false",
        "take self-signed certificates of clients",
        NoEffect(CERTIFICATES),
    ),
    row(
        "xmpp.client.certificate.verify.validity",
        Boolean,
        "true",
        "check their dates",
        NoEffect(CERTIFICATES),
    ),
    row(
        "xmpp.client.idle",
        Millis,
        "360000",
        "silence after which a client is gone; half of it until it is pinged",
        Obeyed,
    ),
    row("xmpp.client.idle.ping", Boolean, "true", "ping silent clients", Obeyed),
    row("xmpp.client.preauth.timeout", Millis, "300000", "time for a login", Obeyed),
    row("xmpp.client.processing.threads", Number, "16", "threads", NoEffect(TUNING)),
    row(
        "xmpp.client.maxReadBufferSize",
        Bytes,
        "10485760",
        "largest buffer of one client",
        NoEffect("xmpp.parser.buffer.size is the limit of a stanza"),
    ),
    row("xmpp.parser.buffer.size", Bytes, "1048576", "largest stanza", Obeyed),
    row("xmpp.client.validate.host", Boolean, "false", "clients must name the right domain", Obeyed),
    row(
        "xmpp.client.backup-packet-delivery.enabled",
        Boolean,
        "true",
        "store what a broken connection did not take",
        NoEffect(ALWAYS),
    ),
    row("xmpp.socket.backlog", Number, "50", "connections that wait to be accepted", NoEffect(TUNING)),
    row("xmpp.socket.tcp-nodelay", Boolean, "true", "send small packets at once", NoEffect(ALWAYS)),
    row("xmpp.socket.tcp-reuseaddr", Boolean, "true", "take a port again after a restart", NoEffect(ALWAYS)),
    row("xmpp.socket.keepalive", Boolean, "true", "probes of the system", NoEffect(TUNING)),
    row("xmpp.socket.linger", Number, "-1", "time to send the rest at the end", NoEffect(TUNING)),
    row("xmpp.ratelimit.newconnections.c2s.enabled", Boolean, "false", "limit new connections", Obeyed),
    row(
        "xmpp.ratelimit.newconnections.c2s.permits_per_second",
        Number,
        "20",
        "new connections per second",
        Obeyed,
    ),
    row("xmpp.ratelimit.newconnections.c2s.max_burst", Number, "50", "new connections at once", Obeyed),
    row("xmpp.session.conflict-limit", Number, "0", "what happens to two logins with one resource", Obeyed),
    row("xmpp.session.bind.conflict.lock-timeout", Millis, "1000", "time to settle that", NoEffect(CONFLICT)),
    row("xmpp.session.detach.timeout", Millis, "600000", "time in which a session can be resumed", Obeyed),
    row("stream.management.active", Boolean, "true", "XEP-0198", Obeyed),
    row(
        "stream.management.requestFrequency",
        Number,
        "5",
        "stanzas until the server asks what arrived",
        Obeyed,
    ),
    row("stream.management.max-unacked", Number, "10000", "stanzas that may be under way", Obeyed),
    row(
        "stream.management.location.enabled",
        Boolean,
        "true",
        "tell clients which node to resume at",
        Obeyed,
    ),
    row(
        "stream.management.location.terminate-others.enabled",
        Boolean,
        "true",
        "end the session elsewhere when it is resumed",
        NoEffect(OTHERS),
    ),
    row(
        "stream.management.max-server.enabled",
        Boolean,
        "true",
        "tell clients how long they can resume",
        Obeyed,
    ),
    row(
        "route.all-resources",
        Boolean,
        "false",
        "send messages to all resources of the highest priority",
        Obeyed,
    ),
    row("route.really-all-resources", Boolean, "false", "send messages to all resources", Obeyed),
    row(
        "xmpp.client.other-resource.presence",
        Boolean,
        "true",
        "show a user the presence of its other resources",
        NoEffect(ALWAYS),
    ),
    row("xmpp.client.roster.active", Boolean, "true", "rosters", NoEffect(ALWAYS)),
    row("xmpp.client.roster.versioning.active", Boolean, "true", "versions of rosters", Obeyed),
    row("xmpp.client.csi.enabled", Boolean, "true", "XEP-0352", Obeyed),
    row(
        "xmpp.client.csi.delay.enabled",
        Boolean,
        "true",
        "hold back what an idle client does not need",
        Obeyed,
    ),
    row("xmpp.client.csi.delay.max-duration", Millis, "600000", "how long", Obeyed),
    row("xmpp.client.csi.delay.queue.capacity", Number, "500", "how much", Obeyed),
    row(
        "xmpp.client.version-query.enabled",
        Boolean,
        "true",
        "ask clients for their version",
        NoEffect(NEVER),
    ),
    row("xmpp.client.version-query.delay", Millis, "5000", "when", NoEffect(NEVER)),
    row("xmpp.message.bounce", Boolean, "true", "return messages that cannot be delivered", NoEffect(ALWAYS)),
    row("xmpp.presence.bounce", Boolean, "true", "the same for presence", NoEffect(ALWAYS)),
    row("xmpp.sid.enabled", Boolean, "true", "XEP-0359", NoEffect(SID)),
    row("xmpp.sid.message.enabled", Boolean, "true", "ids on messages", NoEffect(SID)),
    row("xmpp.sid.presence.enabled", Boolean, "false", "ids on presence", NoEffect(SID)),
    row("xmpp.sid.iq.enabled", Boolean, "false", "ids on queries", NoEffect(SID)),
    row(
        "xmpp.forward.admins",
        List,
        "",
        "who gets messages to the domain itself",
        NoEffect("they are refused"),
    ),
    row(
        "shutdownMessage.enabled",
        Boolean,
        "false",
        "tell users before a stop",
        NoEffect("streams end with the reason"),
    ),
    row(
        "xmpp.offline.type",
        Choice(&["bounce", "drop", "store", "store_and_bounce", "store_and_drop"]),
        "store_and_bounce",
        "what happens to messages for absent users",
        Obeyed,
    ),
    row("xmpp.offline.quota", Number, "102400", "characters stored for one user", Obeyed),
    row("xmpp.offline.autoclean.enabled", Boolean, "false", "delete old offline messages", Obeyed),
    row("xmpp.offline.autoclean.checkinterval", Minutes, "30", "how often", Obeyed),
    row("xmpp.offline.autoclean.daystolive", Days, "365", "after which time", Obeyed),
];
