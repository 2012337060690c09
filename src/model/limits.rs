//! Every bound of the product, named, with its unit and its reason. Add to this file rather than write a number.

use std::time::Duration;

/// Largest stanza in bytes; a larger one ends the stream with `policy-violation`. Openfire's parser limit.
pub const STANZA_BYTES_MAX: usize = 1 << 20;
/// Largest stanza in bytes before authentication: nothing but stream headers and SASL belongs there.
pub const STANZA_BYTES_MAX_UNAUTHENTICATED: usize = 16 << 10;
/// Longest name and longest value of an attribute, in bytes; a longer one ends the stream with `policy-violation`.
/// Text has no limit but the stanza's. A connection that is in the middle of a stanza owns a buffer of this size.
pub const XML_TOKEN_BYTES_MAX: usize = 64 << 10;
/// Deepest nesting of elements in one stanza.
pub const STANZA_DEPTH_MAX: usize = 64;
/// Elements in one stanza: an element of four bytes costs a hundred times as much in memory.
pub const STANZA_ELEMENTS_MAX: usize = 16 << 10;
/// Failed SASL attempts before the stream is closed. Openfire's `xmpp.auth.retries`.
pub const SASL_ATTEMPTS_MAX: u32 = 3;
/// Wrong passwords for one account from one address within [`LOGIN_FAILURES_WINDOW`] before logins are refused unseen.
pub const LOGIN_FAILURES_MAX: u32 = 10;
/// See [`LOGIN_FAILURES_MAX`].
pub const LOGIN_FAILURES_WINDOW: Duration = Duration::from_mins(1);
/// Pairs of account and address whose failures are remembered.
pub const LOGIN_FAILURES_TRACKED_MAX: usize = 10_000;
/// Bytes of stanzas that are written to one client at once.
pub const CLIENT_WRITE_BATCH_BYTES_MAX: usize = 64 << 10;
/// Time that a client has to close its side after the stream ended.
pub const CLIENT_LINGER: Duration = Duration::from_secs(1);
/// Time that all clients together have to take note of a shutdown.
pub const CLIENT_DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Time from TCP accept to a bound resource.
pub const NEGOTIATION_TIMEOUT: Duration = Duration::from_mins(1);
/// Silence after which a client is pinged (XEP-0199); silence for twice as long closes the stream. Half of Openfire's `xmpp.client.idle`.
pub const CLIENT_IDLE_PING: Duration = Duration::from_mins(3);
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
/// Characters in the name of a roster item or in one of its groups: the width of Openfire's columns.
pub const ROSTER_TEXT_CHARS_MAX: usize = 255;
/// Stanzas for one shard of recipients that wait to be routed again before the reader of cluster events waits.
pub const REROUTE_QUEUE_MAX: usize = 1024;
/// Recipients are spread over this many queues for work that asks the store; order is kept within one.
pub const REROUTE_SHARDS: usize = 16;
/// Time that one such piece of work may take, waiting for the database and other members included.
pub const REROUTE_TIMEOUT: Duration = Duration::from_mins(1);
/// Time after an initial presence at which the session is compared with the session maps once more: what two members
/// did at the same time has reached both by then.
pub const PRESENCE_SETTLE: Duration = Duration::from_secs(1);
/// How long the answer to a bind waits for other members to know the session; a member that is too slow learns of it
/// later.
pub const SESSION_SEEN_WAIT: Duration = Duration::from_millis(500);
/// Attempts to hand over offline messages while the database is away.
pub const STORE_ATTEMPTS_MAX: u32 = 8;
/// Pause between those attempts, doubled each time.
pub const STORE_RETRY_PAUSE: Duration = Duration::from_millis(500);
/// Size of one account's offline store in bytes. Openfire's `xmpp.offline.quota`.
pub const OFFLINE_BYTES_MAX: usize = 100 << 10;
/// Size of one private storage fragment in bytes.
pub const PRIVATE_XML_BYTES_MAX: usize = 256 << 10;
/// Characters in the element name of a private storage fragment: the width of Openfire's column.
pub const PRIVATE_XML_NAME_CHARS_MAX: usize = 100;
/// Characters in the namespace of a private storage fragment: the width of Openfire's column.
pub const PRIVATE_XML_NAMESPACE_CHARS_MAX: usize = 200;
/// Size of one vCard in bytes; avatars live in it.
pub const VCARD_BYTES_MAX: usize = 512 << 10;
/// Size of one presence stanza in bytes: every member keeps the last one of every session.
pub const PRESENCE_BYTES_MAX: usize = 32 << 10;
/// Directed presence targets that one session may have at once.
pub const DIRECTED_PRESENCE_MAX: usize = 1000;

/// How long members still accept the former secret when it is rotated without hurry.
pub const SECRET_GRACE: Duration = Duration::from_hours(1);
/// Largest frame on a mesh link in bytes: one stanza of the largest size and its envelope.
pub const MESH_FRAME_BYTES_MAX: usize = 4 << 20;
/// Time from TCP accept on the mesh port to a verified hello.
pub const MESH_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Half-open connections on the mesh port.
pub const MESH_HANDSHAKES_MAX: usize = 64;
/// The same from one address.
pub const MESH_HANDSHAKES_PER_IP_MAX: usize = 16;
/// Further ones for addresses where members are or were, so that strangers cannot keep a member out.
pub const MESH_HANDSHAKES_RESERVED: usize = 32;
/// Handshakes of TLS on the mesh port that one address may begin in a second, and four times as many at once.
pub const MESH_TLS_HANDSHAKES_PER_SECOND_PER_IP: u32 = 25;
/// The same for all addresses together where no member has been; each costs some tenths of a millisecond.
pub const MESH_TLS_HANDSHAKES_PER_SECOND: u32 = 100;
/// Questions for the health on the mesh port that one address may ask in a second, and four times as many at once.
pub const MESH_PROBES_PER_SECOND: u32 = 100;
/// Addresses that a node remembers for the limits above.
pub const MESH_KNOWN_ADDRESSES_MAX: usize = 1024;
/// Refused hellos that a node remembers for the operator.
pub const MESH_REFUSALS_MAX: usize = 32;
/// Entries of the journal of cluster events that a node keeps in memory.
pub const MESH_JOURNAL_ENTRIES_MAX: usize = 1000;
/// Deletions of session entries that a node remembers; a member that missed more gets a snapshot.
pub const MESH_TOMBSTONES_MAX: usize = 65_536;
/// Time without members after which a node that expects some says that it is alone.
pub const MESH_ALONE_AFTER: Duration = Duration::from_secs(5);
/// Frames waiting for one mesh link before its senders wait.
pub const MESH_LINK_QUEUE_FRAMES_MAX: usize = 8192;
/// Members of one cluster.
pub const MEMBERS_MAX: usize = 128;

/// Failed console logins of one account within [`CONSOLE_LOGIN_WINDOW`] before it has to wait.
pub const CONSOLE_LOGIN_ATTEMPTS_MAX: u32 = 10;
/// See [`CONSOLE_LOGIN_ATTEMPTS_MAX`].
pub const CONSOLE_LOGIN_WINDOW: Duration = Duration::from_mins(15);
/// Failed console logins from one address (IPv6: one /64) within [`CONSOLE_LOGIN_WINDOW`]. Openfire's number.
pub const CONSOLE_LOGIN_ATTEMPTS_PER_ADDRESS_MAX: u32 = 40;
/// Accounts and addresses whose failed console logins are remembered; the oldest is forgotten first.
pub const CONSOLE_LOGIN_SUBJECTS_MAX: usize = 10_000;
/// Idle time after which a console session ends.
pub const CONSOLE_SESSION_IDLE: Duration = Duration::from_mins(30);
/// Time after which a console session ends even when it is used all the time.
pub const CONSOLE_SESSION_LIFETIME: Duration = Duration::from_hours(12);
/// Time after which a console session compares the password of its account with the database again.
pub const CONSOLE_SESSION_RECHECK: Duration = Duration::from_mins(1);
/// Console sessions of one node; the one idle for longest ends first.
pub const CONSOLE_SESSIONS_MAX: usize = 1000;
/// Passwords that the console hashes at the same time; each takes milliseconds of a core.
pub const CONSOLE_HASHES_MAX: usize = 2;
/// Largest body of a console request in bytes: a form of a few fields.
pub const CONSOLE_BODY_BYTES_MAX: usize = 64 << 10;
/// Time that the console may take for one request.
pub const CONSOLE_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Time that a health probe waits for the database.
pub const CONSOLE_PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// Time that the console waits until a session that it closed is gone from the map of sessions.
pub const CONSOLE_SESSION_PATIENCE: Duration = Duration::from_millis(500);
/// How often it looks meanwhile.
pub const CONSOLE_SESSION_POLL: Duration = Duration::from_millis(10);
/// Time for a TLS handshake, for the header of a request, and of silence between two requests.
pub const CONSOLE_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time that console requests get to end when the server stops.
pub const CONSOLE_DRAIN_TIMEOUT: Duration = Duration::from_secs(2);
/// Connections to each console port.
pub const CONSOLE_CONNECTIONS_MAX: usize = 512;
/// Rows of one console page or API answer.
pub const CONSOLE_ROWS_MAX: u32 = 1000;
/// Characters of a username, as many as Openfire's column `ofUser.username` holds.
pub const USERNAME_CHARS_MAX: usize = 64;
/// Characters of a display name and of an e-mail address, as many as Openfire's columns hold.
pub const USER_NAME_CHARS_MAX: usize = 100;
/// Longest password in bytes; longer ones only cost time.
pub const PASSWORD_BYTES_MAX: usize = 1023;

/// Connections to a database server that one node opens, the health probe's not counted.
pub const DATABASE_CONNECTIONS_MAX: u32 = 16;
/// Time to connect to a database server.
pub const DATABASE_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time that the pool lets an operation wait for a connection. It is longer than any operation may take, because the
/// pool also counts the time in which this process did not run.
pub const DATABASE_POOL_TIMEOUT: Duration = Duration::from_mins(10);
/// Time that one operation on a database server may take with all its retries.
pub const DATABASE_OPERATION_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that SQLite waits for another process's lock.
pub const DATABASE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that one SQLite operation may take; writers of all tasks stand in one line.
pub const SQLITE_OPERATION_TIMEOUT: Duration = Duration::from_secs(30);
/// Reading connections on one SQLite file; each is a thread.
pub const SQLITE_READERS_MAX: u32 = 4;
/// Times that a transaction is run again after losing against another one.
pub const DATABASE_RETRIES_MAX: u32 = 8;
/// Pause between checks of a database that answers, and longest pause between checks of one that does not.
pub const DATABASE_PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// First pause before a lost database is tried again; it doubles up to [`DATABASE_PROBE_INTERVAL`].
pub const DATABASE_PROBE_BACKOFF: Duration = Duration::from_millis(50);
/// Time that a check of the database may take.
pub const DATABASE_PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// Identifiers taken from `ofID` at once. Openfire takes 5; a larger block disturbs one that runs beside us less often.
pub const ID_BLOCK: i64 = 50;
/// Groups of one roster item: `ofRosterGroups.rank` is a TINYINT.
pub const ROSTER_GROUPS_MAX: usize = 127;
/// Rows that an import writes in one transaction, one account excepted that alone has more.
pub const IMPORT_ROWS_PER_TRANSACTION: usize = 500;
/// Time that one transaction of an import may take: an account with thousands of messages is one.
pub const IMPORT_TRANSACTION_TIMEOUT: Duration = Duration::from_mins(2);
