//! Every bound of the product, named, with its unit and its reason. Add to this file rather than write a number.

use std::time::Duration;

/// Largest stanza in bytes; a larger one ends the stream with `policy-violation`. Openfire's parser limit.
pub const STANZA_BYTES_MAX: usize = 1 << 20;
/// Largest stanza in bytes before authentication: nothing but stream headers and SASL belongs there.
pub const STANZA_BYTES_MAX_UNAUTHENTICATED: usize = 16 << 10;
/// Deepest nesting of elements in one stanza.
pub const STANZA_DEPTH_MAX: usize = 64;
/// Failed SASL attempts before the stream is closed. Openfire's `xmpp.auth.retries`.
pub const SASL_ATTEMPTS_MAX: u32 = 3;
/// Time from TCP accept to a bound resource.
pub const NEGOTIATION_TIMEOUT: Duration = Duration::from_secs(60);
/// Silence after which a client is pinged (XEP-0199); silence for twice as long closes the stream. Half of Openfire's `xmpp.client.idle`.
pub const CLIENT_IDLE_PING: Duration = Duration::from_secs(180);
/// Stanzas waiting to be written to one client; a client that reads more slowly is disconnected.
pub const CLIENT_QUEUE_STANZAS_MAX: usize = 2048;
/// Time that one write to a client may take before the client counts as gone.
pub const CLIENT_WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes per second that one client may send in the long run; reading is slowed down beyond it.
pub const CLIENT_BYTES_PER_SECOND: u32 = 1 << 20;
/// Bytes that one client may send at once on top of the rate.
pub const CLIENT_BYTES_BURST: u32 = 4 << 20;
/// Connections that may negotiate at the same time from one address.
pub const NEGOTIATIONS_PER_IP_MAX: usize = 256;
/// Connections that may negotiate at the same time in all.
pub const NEGOTIATIONS_MAX: usize = 4096;
/// Client connections of one node.
pub const CONNECTIONS_MAX: usize = 400_000;
/// Resources that one account may have online in the cluster.
pub const RESOURCES_PER_USER_MAX: usize = 32;
/// Roster items of one account.
pub const ROSTER_ITEMS_MAX: usize = 2000;
/// Size of one account's offline store in bytes. Openfire's `xmpp.offline.quota`.
pub const OFFLINE_BYTES_MAX: usize = 100 << 10;
/// Size of one private storage fragment in bytes.
pub const PRIVATE_XML_BYTES_MAX: usize = 256 << 10;
/// Size of one vCard in bytes; avatars live in it.
pub const VCARD_BYTES_MAX: usize = 512 << 10;
/// Directed presence targets that one session may have at once.
pub const DIRECTED_PRESENCE_MAX: usize = 1000;

/// Largest frame on a mesh link in bytes: one stanza of the largest size and its envelope.
pub const MESH_FRAME_BYTES_MAX: usize = 4 << 20;
/// Time from TCP accept on the mesh port to a verified hello.
pub const MESH_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Half-open connections on the mesh port.
pub const MESH_HANDSHAKES_MAX: usize = 64;
/// Frames waiting for one mesh link before its senders wait.
pub const MESH_LINK_QUEUE_FRAMES_MAX: usize = 8192;
/// Members of one cluster.
pub const MEMBERS_MAX: usize = 128;

/// Failed console logins of one account or address within [`CONSOLE_LOGIN_WINDOW`] before it has to wait.
pub const CONSOLE_LOGIN_ATTEMPTS_MAX: u32 = 10;
/// See [`CONSOLE_LOGIN_ATTEMPTS_MAX`].
pub const CONSOLE_LOGIN_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Idle time after which a console session ends.
pub const CONSOLE_SESSION_IDLE: Duration = Duration::from_secs(30 * 60);
