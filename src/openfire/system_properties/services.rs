//! Services beside chat between two people.

use super::Kind::{Boolean, Days, List, Millis, Minutes, Number, Port, Seconds, Secret, Text};
use super::SystemProperty;
use super::description::Effect::{NoEffect, Obeyed};
use super::description::row;

const HTTP: &str = "BOSH and WebSocket are not part of this version";
const ROOT: &str = "nobody subscribes to it: nodes stand alone";
const FLUSH: &str = "items are written before the publisher has its answer";
const ALWAYS_ON: &str = "it is always on; a single group-chat service is switched off by its own settings";
const AUDIT: &str = "traffic is not recorded";
const MAIL: &str = "no mail is sent";
const LOGS: &str = "RUST_LOG chooses what is logged";
const ROOM_LOG: &str = "the archive of a room is its log, which its own settings switch on";
const CONVERSATIONS: &str =
    "only messages are kept; the plugin's own records of conversations are left as they are";
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
    row("xmpp.pep.enabled", Boolean, "true", "personal eventing (XEP-0163)", Obeyed),
    row("xmpp.pubsub.enabled", Boolean, "true", "XEP-0060", Obeyed),
    row("xmpp.pubsub.service", Text, "pubsub", "its sub-domain", Obeyed),
    row("xmpp.pubsub.create.anyone", Boolean, "true", "everybody may create nodes", Obeyed),
    row("xmpp.pubsub.root.nodeID", Text, "", "name of the root node", NoEffect(ROOT)),
    row("xmpp.pubsub.flush.max", Number, "1000", "items that wait to be written", NoEffect(FLUSH)),
    row("xmpp.pubsub.flush.timer", Seconds, "120", "how often they are written", NoEffect(FLUSH)),
    row("xmpp.muc.enabled", Boolean, "true", "XEP-0045", NoEffect(ALWAYS_ON)),
    row(
        "xmpp.muc.join.presence",
        Boolean,
        "true",
        "presence of those who join",
        NoEffect("it is always told"),
    ),
    row("xmpp.muc.self-ping.enabled", Boolean, "true", "XEP-0410", NoEffect("it is always on")),
    row(
        "xmpp.muc.vcard.enabled",
        Boolean,
        "true",
        "vCards of rooms",
        NoEffect("rooms have no vCards in this version"),
    ),
    row(
        "xmpp.muc.join.self-presence-timeout",
        Millis,
        "2000",
        "longest wait for presence at a join",
        NoEffect("a join does not wait for others"),
    ),
    row(
        "xmpp.muc.occupants.clustertask.non-blocking",
        Boolean,
        "false",
        "tell other nodes of occupants without waiting",
        NoEffect("no node waits for another one"),
    ),
    row(
        "xmpp.muc.history.reload.limit",
        Days,
        "",
        "age of history that is loaded",
        NoEffect("history is limited by number"),
    ),
    row(
        "xmpp.muc.cleanupFrequency.inMinutes",
        Minutes,
        "60",
        "how often empty rooms are unloaded",
        NoEffect("a room is unloaded after five minutes without occupants"),
    ),
    row("plugin.motd.enabled", Boolean, "false", "tell everybody something who logs in", Obeyed),
    row("plugin.motd.subject", Text, "", "its subject", Obeyed),
    row("plugin.motd.message", Text, "", "its text", Obeyed),
    row(
        "conversation.messageArchiving",
        Boolean,
        "false",
        "keep what people write to each other (XEP-0313)",
        Obeyed,
    ),
    row("conversation.maxAge", Days, "0", "how long it is kept; 0 for ever", Obeyed),
    row(
        "conversation.maxRetrievable",
        Days,
        "0",
        "how far back it is told, and what rooms log; 0 for all",
        Obeyed,
    ),
    row(
        "conversation.metadataArchiving",
        Boolean,
        "true",
        "records of conversations",
        NoEffect(CONVERSATIONS),
    ),
    row("conversation.idleTime", Minutes, "10", "silence that ends a conversation", NoEffect(CONVERSATIONS)),
    row("conversation.maxTime", Minutes, "60", "longest conversation", NoEffect(CONVERSATIONS)),
    row(
        "conversation.roomArchiving",
        Boolean,
        "false",
        "keep what is said in rooms once more",
        NoEffect(ROOM_LOG),
    ),
    row("conversation.roomArchivingStanzas", Boolean, "false", "with whole messages", NoEffect(ROOM_LOG)),
    row("conversation.roomsArchived", List, "", "for which rooms", NoEffect(ROOM_LOG)),
    row("plugin.search.serviceEnabled", Boolean, "true", "user search for clients (XEP-0055)", Obeyed),
    row("plugin.search.serviceName", Text, "search", "its sub-domain", Obeyed),
    row("plugin.search.groupOnly", Boolean, "false", "find only members of the own groups", Obeyed),
    row("plugin.search.excludedFields", List, "", "what is neither searched nor told", Obeyed),
    row("xmpp.proxy.enabled", Boolean, "true", "file transfer proxy (XEP-0065)", Obeyed),
    row("xmpp.proxy.port", Port, "7777", "port for it", Obeyed),
    row("xmpp.proxy.service", Text, "proxy", "its sub-domain", Obeyed),
    row("xmpp.proxy.externalip", Text, "", "address that clients are told", Obeyed),
    row(
        "xmpp.proxy.transfer.required",
        Boolean,
        "true",
        "relay only files that were offered with XEP-0096",
        NoEffect("the proxy relays every stream that one of our own sessions asks for"),
    ),
    row(
        "mediaproxy.enabled",
        Boolean,
        "false",
        "relay of media streams",
        NoEffect("calls are not relayed; clients reach each other directly or through a TURN server"),
    ),
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
