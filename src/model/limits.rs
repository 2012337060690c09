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
/// Accounts that clients of one address (IPv6: one /64) may ask for within [`REGISTRATION_WINDOW`] on one node, unless the
/// operator says otherwise.
pub const REGISTRATIONS_PER_ADDRESS_MAX: u32 = 10;
/// See [`REGISTRATIONS_PER_ADDRESS_MAX`].
pub const REGISTRATION_WINDOW: Duration = Duration::from_hours(1);
/// Addresses whose registrations are counted at a time.
pub const REGISTRATION_ADDRESSES_TRACKED_MAX: usize = 10_000;
/// Wrong passwords for one account from one address (IPv6: one /64) within [`LOGIN_FAILURES_WINDOW`] on all members together,
/// before logins are refused unseen, unless the operator says otherwise.
pub const LOGIN_FAILURES_MAX: u32 = 10;
/// See [`LOGIN_FAILURES_MAX`].
pub const LOGIN_FAILURES_WINDOW: Duration = Duration::from_mins(1);
/// Wrong passwords from one address for whatever accounts, before logins from there are refused: those of ten people of an
/// office who have all reached [`LOGIN_FAILURES_MAX`].
pub const LOGIN_FAILURES_PER_ADDRESS_MAX: u32 = 100;
/// Wrong passwords for one account from all addresses, beyond which each address has one attempt.
pub const LOGIN_FAILURES_PER_ACCOUNT_MAX: u32 = 100;
/// How long a member collects wrong passwords before it tells the others: what an attacker gains at each member meanwhile
/// is what he can try in this time.
pub const LOGIN_FAILURES_TELL_PERIOD: Duration = Duration::from_millis(200);
/// Pairs of account and address that are told at once; more are told sooner.
pub const LOGIN_FAILURES_TOLD_MAX: usize = 256;
/// New connections of clients a second on one node, where the operator limits them. Openfire's
/// `xmpp.ratelimit.newconnections.c2s.permits_per_second`.
pub const ARRIVALS_PER_SECOND: u32 = 20;
/// Those that may come at once. Openfire's `xmpp.ratelimit.newconnections.c2s.max_burst`.
pub const ARRIVALS_BURST: u32 = 50;
/// Seconds of connections of one address that may come at once, where they are limited: an office comes back together.
pub const ARRIVALS_BURST_SECONDS: u32 = 10;
/// Addresses whose new connections are counted at a time.
pub const ARRIVAL_ADDRESSES_TRACKED_MAX: usize = 10_000;
/// Accounts, addresses and pairs of both whose failures are remembered, each.
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
/// How long rosters go by the shared groups without reading them again.
pub const SHARED_GROUPS_FRESH_TIME: Duration = Duration::from_mins(1);
/// Roster pushes that one change of shared groups may cause for one account; with more the client sees the change when it
/// logs in.
pub const SHARED_GROUP_PUSHES_MAX: usize = 1000;
/// How long presence goes by a roster without reading it again. Members tell each other of changes; the limit is for
/// changes that nobody tells: a database edited by hand, members that are cut from each other but not from the database.
pub const ROSTER_FRESH_TIME: Duration = Duration::from_mins(1);
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
/// Stored messages that one request may name (XEP-0013).
pub const OFFLINE_NAMED_MAX: usize = 1000;
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
/// Privacy lists of one account.
pub const PRIVACY_LISTS_MAX: usize = 50;
/// Rules of one privacy list, and addresses that an account blocks.
pub const PRIVACY_RULES_MAX: usize = 1000;
/// Characters of a list's name: the width of Openfire's column.
pub const PRIVACY_NAME_CHARS_MAX: usize = 100;
/// Bytes of a list as it is stored: what Openfire's column takes on MySQL, the narrowest.
pub const PRIVACY_LIST_BYTES_MAX: usize = 65_535;
/// Characters of a node's name (XEP-0060), and of the namespace of its payloads: the width of Openfire's columns.
pub const PUBSUB_NODE_CHARS_MAX: usize = 100;
/// Characters of an item's name: the width of Openfire's column.
pub const PUBSUB_ITEM_CHARS_MAX: usize = 100;
/// Characters of a node's title: the width of Openfire's column.
pub const PUBSUB_TITLE_CHARS_MAX: usize = 50;
/// Characters of a node's description: the width of Openfire's column.
pub const PUBSUB_DESCRIPTION_CHARS_MAX: usize = 255;
/// Items that one node keeps at most; what "max" means in its form.
pub const PUBSUB_ITEMS_MAX: u32 = 1000;
/// Items that one request may name.
pub const PUBSUB_NAMED_ITEMS_MAX: usize = 100;
/// Changes of affiliations or of subscriptions in one request.
pub const PUBSUB_AFFILIATIONS_MAX: usize = 100;
/// Nodes of one account: clients make a few for each feature, and each stays for good.
pub const PUBSUB_ACCOUNT_NODES_MAX: usize = 500;
/// Nodes of the service, which everybody may make.
pub const PUBSUB_SERVICE_NODES_MAX: usize = 20_000;
/// Subscriptions to one node: each is looked at with each publication.
pub const PUBSUB_SUBSCRIPTIONS_MAX: usize = 10_000;
/// Bytes of payloads in one answer, the newest first: what fits into a client's queue without hurting others.
pub const PUBSUB_ANSWER_BYTES_MAX: usize = 4 << 20;
/// Nodes whose events one session may want; clients want about ten.
pub const PUBSUB_WANTED_NODES_MAX: usize = 64;
/// Kinds of clients whose answers to `disco#info` a member remembers (XEP-0115); about 100 bytes for each.
pub const CAPS_KNOWN_MAX: usize = 4096;
/// Bytes of one payload that a new node of the service takes, as with Openfire.
pub const PUBSUB_PAYLOAD_BYTES: u32 = 5120;
/// Bytes of one payload that any node takes; avatars are published, and a stanza is not larger.
pub const PUBSUB_PAYLOAD_BYTES_MAX: u32 = 1 << 20;
/// Accounts in one list for an administrator (XEP-0133): what fits into a stanza that clients take.
pub const ADMIN_LIST_MAX: usize = 1000;
/// Age after which the message of the day is read from the database again: another member may have changed it.
pub const MOTD_FRESH_TIME: Duration = Duration::from_mins(1);
/// Accounts in one answer of the user search, and in one page of it.
pub const SEARCH_RESULTS_MAX: u32 = 500;
/// Characters of what the user search is asked for.
pub const SEARCH_TEXT_CHARS_MAX: usize = 255;
/// Wildcards in it: databases need much more time for each.
pub const SEARCH_WILDCARDS_MAX: usize = 4;
/// Searches of one node that the database works on at the same time; each may read all accounts.
pub const SEARCHES_AT_ONCE: usize = 2;
/// How long a search waits for others to end.
pub const SEARCH_PATIENCE: Duration = Duration::from_secs(10);
/// Searches of one account in [`SEARCH_WINDOW`].
pub const SEARCHES_PER_ACCOUNT_MAX: u32 = 60;
/// See [`SEARCHES_PER_ACCOUNT_MAX`].
pub const SEARCH_WINDOW: Duration = Duration::from_mins(1);
/// Accounts whose searches are counted at the same time; beyond it counting begins again.
pub const SEARCHERS_COUNTED_MAX: usize = 10_000;

/// Time from TCP accept on the port of the file transfer proxy until the client has said which stream it is for.
pub const BYTESTREAM_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Time from then until the stream is activated: the other side may wait for a person who accepts the file.
pub const BYTESTREAM_ACTIVATION_TIMEOUT: Duration = Duration::from_mins(2);
/// Time without a byte in either direction after which a stream through the proxy ends.
pub const BYTESTREAM_IDLE_TIMEOUT: Duration = Duration::from_mins(5);
/// Time that streams through the proxy get to end when the server stops.
pub const BYTESTREAM_DRAIN_TIMEOUT: Duration = Duration::from_secs(3);
/// Connections to the proxy, two for each stream.
pub const BYTESTREAM_CONNECTIONS_MAX: usize = 2000;
/// Those of them from one address.
pub const BYTESTREAM_CONNECTIONS_PER_IP_MAX: usize = 256;
/// Those of them that are not activated yet.
pub const BYTESTREAM_WAITING_MAX: usize = 512;
/// Those that are not activated yet from one address.
pub const BYTESTREAM_WAITING_PER_IP_MAX: usize = 64;
/// Bytes of one direction of a stream that are in memory at once.
pub const BYTESTREAM_BUFFER_BYTES: usize = 32 << 10;
/// How long another member may take to say whether it has the connections of a stream.
pub const BYTESTREAM_ASK_PATIENCE: Duration = Duration::from_secs(3);
/// Characters of a stream's name.
pub const BYTESTREAM_SID_CHARS_MAX: usize = 1024;

/// Sessions in one group-chat room: each presence goes to all of them.
pub const ROOM_SESSIONS_MAX: usize = 5000;
/// Characters of a nickname in a room: the width of Openfire's columns.
pub const ROOM_NICK_CHARS_MAX: usize = 255;
/// Messages that a room keeps for those who enter, if all were to be kept.
pub const ROOM_HISTORY_MESSAGES_MAX: usize = 1000;
/// Their bytes.
pub const ROOM_HISTORY_BYTES_MAX: usize = 1 << 20;
/// Characters of a room's subject and of the reason of a kick, a ban, an invitation.
pub const ROOM_TEXT_CHARS_MAX: usize = 4096;
/// Bytes of the whole message that sets a room's subject: everybody who enters gets it.
pub const ROOM_SUBJECT_BYTES_MAX: usize = 32 << 10;
/// Characters of a room's name and of its description: the width of Openfire's columns.
pub const ROOM_NAME_CHARS_MAX: usize = 255;
/// Characters of a room's password: the width of Openfire's column.
pub const ROOM_PASSWORD_CHARS_MAX: usize = 50;
/// Invitations in one message.
pub const ROOM_INVITES_MAX: usize = 100;
/// Rooms on one page of a list, where pages are asked for, and found by one search.
pub const ROOM_LIST_PAGE_MAX: usize = 500;
/// Messages on a page from an archive, of a room or an account, if the question does not say.
pub const ARCHIVE_PAGE: usize = 50;
/// Most messages on one page, and most identifiers in one question.
pub const ARCHIVE_PAGE_MAX: usize = 250;
/// Bytes of messages on one page, beyond its first message: pages that wait for slow clients must not fill the memory.
pub const ARCHIVE_PAGE_BYTES: usize = 1 << 20;
/// Questions to archives that a node looks up at the same time: each may hold a page of large messages.
pub const ARCHIVE_LOOKUPS_AT_ONCE: usize = 4;
/// Questions to archives that wait for their turn; who asks beyond it is told to try again.
pub const ARCHIVE_LOOKUPS_WAITING_MAX: usize = 256;
/// How long a question to an archive waits until what was said before is written; who asks is told to try again then.
pub const ARCHIVE_WRITE_PATIENCE: Duration = Duration::from_secs(5);
/// How long another member may take to say that it has written what its users sent; what it has not written is missing
/// from the answer then.
pub const ARCHIVE_MEMBER_PATIENCE: Duration = Duration::from_secs(1);
/// Rows for the archives of accounts that wait for the database; what is sent beyond that is not archived.
pub const ARCHIVE_WRITES_MAX: usize = 20_000;
/// Bytes of messages among them.
pub const ARCHIVE_WRITES_BYTES_MAX: usize = 64 << 20;
/// Rows that are written with one transaction.
pub const ARCHIVE_BATCH_MAX: usize = 500;
/// Longest pause between two attempts to write while the database is away.
pub const ARCHIVE_WRITE_PAUSE_MAX: Duration = Duration::from_secs(10);
/// How long rows that are not yet written may hold up the end of the process.
pub const ARCHIVE_WRITE_LAST_PATIENCE: Duration = Duration::from_secs(5);
/// How often one member looks for messages that are older than archives keep them, as Openfire's plugin does.
pub const ARCHIVE_CLEANING_PERIOD: Duration = Duration::from_mins(1);
/// Old messages that are deleted with one transaction: others write to the same table.
pub const ARCHIVE_CLEANING_STEP: u32 = 1000;
/// Pause after it.
pub const ARCHIVE_CLEANING_PAUSE: Duration = Duration::from_millis(100);
/// Numbers of room messages that a node takes from `ofID` at once: with fewer it would often have to wait for the database
/// while somebody speaks, and those that it holds when it ends are lost.
pub const ROOM_MESSAGE_NUMBERS: usize = 500;
/// People on all lists of one room.
pub const ROOM_PEOPLE_MAX: usize = 10_000;
/// Rooms that are active on one node at the same time.
pub const ROOMS_HOSTED_MAX: usize = 50_000;
/// Stanzas and other inputs that wait for one room.
pub const ROOM_QUEUE_MAX: usize = 1024;
/// Stanzas that a room sends without a pause: who enters a large one gets the presence of everybody, and is disconnected if
/// it cannot read so fast ([`CLIENT_QUEUE_STANZAS_MAX`]).
pub const ROOM_BURST: usize = 512;
/// The pause.
pub const ROOM_BURST_PAUSE: Duration = Duration::from_millis(20);
/// How long a client's own stanza waits for a place in that queue.
pub const ROOM_QUEUE_PATIENCE: Duration = Duration::from_secs(10);
/// Members that pass a stanza for a room on before it is given up: they do not agree on where the room is.
pub const ROOM_HOPS_MAX: u8 = 3;
/// Time after which a persistent room that nobody is in is put away.
pub const ROOM_IDLE_TIME: Duration = Duration::from_mins(5);
/// Time between two looks at whether the sessions in a room still exist.
pub const ROOM_SWEEP_PERIOD: Duration = Duration::from_mins(1);
/// Time between missing a session in a room and taking it for lost: it may be known to others already.
pub const ROOM_SECOND_LOOK: Duration = Duration::from_secs(1);
/// Bytes of a room's settings, lists and subject that every member keeps; of a stored room that needs more they are read
/// from the database when they are needed.
pub const ROOM_RECORD_BYTES_MAX: usize = 64 << 10;
/// Bytes of a room in one frame when it moves to another member.
pub const ROOM_PIECE_BYTES: usize = 1 << 20;
/// Bytes of a whole room that moves; beyond it the history stays behind.
pub const ROOM_PARTS_BYTES_MAX: usize = 64 << 20;
/// Rooms that are on their way to one member at the same time.
pub const ROOM_TRANSFERS_MAX: usize = 64;
/// How long a room waits for the member that it was handed to.
pub const ROOM_HANDOVER_PATIENCE: Duration = Duration::from_secs(5);
/// How long a drain waits for rooms to move.
pub const ROOMS_DRAIN_PATIENCE: Duration = Duration::from_secs(10);
/// How long a room of a lost member waits for its heir before those who remember it act themselves.
pub const ROOM_HEIR_PATIENCE: Duration = Duration::from_secs(1);
/// Histories of rooms that a node reads at the same time after another one was lost.
pub const ROOM_HISTORIES_AT_ONCE: usize = 4;
/// Occupants of lost rooms that a node remembers.
pub const ROOM_ORPHANS_MAX: usize = 200_000;
/// Envelopes of rooms that wait for other members.
pub const ROOM_COURIER_QUEUE_MAX: usize = 4096;
/// Changes of rooms that wait for the database.
pub const ROOM_WRITES_MAX: usize = 10_000;
/// Places among them that are kept for settings, lists and subjects: what is said may be lost first.
pub const ROOM_WRITES_RESERVED: usize = 2000;
/// Messages of rooms that are written with one transaction.
pub const ROOM_LOG_BATCH_MAX: usize = 500;
/// How long an owner waits for the database before the answer says that settings are changed; they are written later then.
pub const ROOM_WRITE_PATIENCE: Duration = Duration::from_secs(2);
/// Longest pause between two attempts to write while the database is away.
pub const ROOM_WRITE_PAUSE_MAX: Duration = Duration::from_secs(10);
/// How long what is not yet written of rooms may hold up the end of the process.
pub const ROOM_WRITE_LAST_PATIENCE: Duration = Duration::from_secs(5);
/// How old the list of stored rooms may be in an answer.
pub const ROOM_LIST_FRESH_TIME: Duration = Duration::from_secs(5);
/// How old the settings of the group-chat services may be.
pub const ROOM_SERVICES_FRESH_TIME: Duration = Duration::from_secs(30);
/// How old the members of a group may be that is on a room's list.
pub const ROOM_GROUPS_FRESH_TIME: Duration = Duration::from_mins(1);

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
/// Connections to a database server that are kept ready for the next statement without being asked whether they are still
/// there; the others are for transactions.
pub const DATABASE_WARM_MAX: usize = 8;
/// Time after its last use for which a connection is kept so.
pub const DATABASE_WARM_TIME: Duration = Duration::from_secs(1);
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
