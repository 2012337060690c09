//! Services beside chat between two people.

use super::Kind::{Boolean, Days, List, Millis, Minutes, Number, Port, Seconds, Secret, Text};
use super::SystemProperty;
use super::description::Effect::NoEffect;
use super::description::row;

const HTTP: &str = "BOSH and WebSocket are not part of this version";
const PUBSUB: &str = "publish-subscribe is not part of this version";
const ROOMS: &str = "group chat is not part of this version";
const PROXY: &str =
    "the file transfer proxy is not part of this version; clients transfer directly or through another proxy";
const AUDIT: &str = "traffic is not recorded";
const MAIL: &str = "no mail is sent";
const LOGS: &str = "RUST_LOG chooses what is logged";
const NEWS: &str = "the server asks nobody on the internet";

pub(super) const PROPERTIES: &[SystemProperty] = &[
    row("httpbind.enabled", Boolean, "true", "BOSH and WebSocket", NoEffect(HTTP)),
    row("httpbind.port.plain", Port, "7070", "port for it", NoEffect(HTTP)),
    row("httpbind.port.secure", Port, "7443", "port with TLS", NoEffect(HTTP)),
    row("httpbind.CORS.enabled", Boolean, "true", "allow web pages of other sites", NoEffect(HTTP)),
    row("httpbind.CORS.domains", List, "*", "which sites", NoEffect(HTTP)),
    row("xmpp.httpbind.client.idle", Seconds, "30", "silence of a BOSH client", NoEffect(HTTP)),
    row("xmpp.httpbind.client.maxpause", Seconds, "300", "longest pause of a BOSH client", NoEffect(HTTP)),
    row(
        "xmpp.httpbind.client.requests.max",
        Number,
        "2",
        "requests of a BOSH client at once",
        NoEffect(HTTP),
    ),
    row("xmpp.httpbind.client.requests.wait", Seconds, "", "longest wait of a BOSH request", NoEffect(HTTP)),
    row("xmpp.websocket.frame.ping.enabled", Boolean, "true", "ping WebSocket clients", NoEffect(HTTP)),
    row("xmpp.websocket.frame.ping.interval", Seconds, "30", "how often", NoEffect(HTTP)),
    row(
        "xmpp.privateStorageEnabled",
        Boolean,
        "true",
        "private XML storage (XEP-0049)",
        NoEffect("it is always on"),
    ),
    row("xmpp.pep.enabled", Boolean, "true", "personal eventing (XEP-0163)", NoEffect(PUBSUB)),
    row("xmpp.pubsub.enabled", Boolean, "true", "XEP-0060", NoEffect(PUBSUB)),
    row("xmpp.pubsub.service", Text, "pubsub", "its sub-domain", NoEffect(PUBSUB)),
    row("xmpp.pubsub.create.anyone", Boolean, "true", "everybody may create nodes", NoEffect(PUBSUB)),
    row("xmpp.pubsub.root.nodeID", Text, "", "name of the root node", NoEffect(PUBSUB)),
    row("xmpp.pubsub.flush.max", Number, "1000", "items that wait to be written", NoEffect(PUBSUB)),
    row("xmpp.pubsub.flush.timer", Seconds, "120", "how often they are written", NoEffect(PUBSUB)),
    row("xmpp.muc.enabled", Boolean, "true", "XEP-0045", NoEffect(ROOMS)),
    row("xmpp.muc.join.presence", Boolean, "true", "presence of those who join", NoEffect(ROOMS)),
    row("xmpp.muc.self-ping.enabled", Boolean, "true", "XEP-0410", NoEffect(ROOMS)),
    row("xmpp.muc.vcard.enabled", Boolean, "true", "vCards of rooms", NoEffect(ROOMS)),
    row(
        "xmpp.muc.join.self-presence-timeout",
        Millis,
        "2000",
        "longest wait for presence at a join",
        NoEffect(ROOMS),
    ),
    row(
        "xmpp.muc.occupants.clustertask.non-blocking",
        Boolean,
        "false",
        "tell other nodes of occupants without waiting",
        NoEffect(ROOMS),
    ),
    row("xmpp.muc.history.reload.limit", Days, "", "age of history that is loaded", NoEffect(ROOMS)),
    row(
        "xmpp.muc.cleanupFrequency.inMinutes",
        Minutes,
        "60",
        "how often empty rooms are unloaded",
        NoEffect(ROOMS),
    ),
    row("xmpp.proxy.enabled", Boolean, "true", "SOCKS5 bytestreams (XEP-0065)", NoEffect(PROXY)),
    row("xmpp.proxy.port", Port, "7777", "port for it", NoEffect(PROXY)),
    row("xmpp.proxy.service", Text, "proxy", "its sub-domain", NoEffect(PROXY)),
    row("xmpp.proxy.externalip", Text, "", "address that clients are told", NoEffect(PROXY)),
    row("mediaproxy.enabled", Boolean, "false", "relay of media streams", NoEffect(PROXY)),
    row("xmpp.audit.active", Boolean, "false", "record traffic", NoEffect(AUDIT)),
    row("xmpp.audit.message", Boolean, "false", "record messages", NoEffect(AUDIT)),
    row("xmpp.audit.presence", Boolean, "false", "record presence", NoEffect(AUDIT)),
    row("xmpp.audit.iq", Boolean, "false", "record queries", NoEffect(AUDIT)),
    row("xmpp.audit.days", Days, "", "how long records are kept", NoEffect(AUDIT)),
    row("xmpp.audit.filesize", Number, "", "size of one record file in MB", NoEffect(AUDIT)),
    row("xmpp.audit.totalsize", Number, "", "size of all records in MB", NoEffect(AUDIT)),
    row("xmpp.audit.logdir", Text, "", "folder of the records", NoEffect(AUDIT)),
    row("xmpp.audit.ignore", List, "", "users who are not recorded", NoEffect(AUDIT)),
    row("xmpp.server.name", Text, "Openfire Server", "name that clients see", NoEffect("clients see Cobnut")),
    row("mail.smtp.host", Text, "localhost", "mail server", NoEffect(MAIL)),
    row("mail.smtp.port", Port, "25", "its port", NoEffect(MAIL)),
    row("mail.smtp.ssl", Boolean, "false", "TLS to it", NoEffect(MAIL)),
    row("mail.smtp.username", Text, "", "user at it", NoEffect(MAIL)),
    row("mail.smtp.password", Secret, "", "password at it", NoEffect(MAIL)),
    row("log.debug.enabled", Boolean, "false", "log more", NoEffect(LOGS)),
    row("log.trace.enabled", Boolean, "false", "log everything", NoEffect(LOGS)),
    row("update.service-enabled", Boolean, "true", "look for new versions", NoEffect(NEWS)),
    row("rss.enabled", Boolean, "true", "show news in the console", NoEffect(NEWS)),
    row(
        "ssl.certificates.expirycheck.service-enabled",
        Boolean,
        "true",
        "warn of certificates that expire",
        NoEffect("cobnut lint and the log do so"),
    ),
];
