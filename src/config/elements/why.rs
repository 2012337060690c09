//! Why a setting changes nothing here, or why a server does not start with it. Each is the end of a sentence in findings and
//! on the page: no capital, no full stop.

// Without effect.
pub(super) const ROOT_ID: &str =
    "it only names the file's configuration bean; Hazelcast does not use it either";
pub(super) const GROUP_PASSWORD: &str = "Hazelcast has ignored it since 3.8; in a file whose schema is 3.7 or earlier members must share it, as they had to";
pub(super) const LICENSE: &str = "there is nothing to license";
pub(super) const INSTANCE_NAME: &str =
    "it tells instances within one Java process apart; a node is known by its address";
pub(super) const MANAGEMENT_CENTER: &str =
    "no Management Center connects; the admin console of each node shows the whole cluster";
pub(super) const WAN: &str = "nothing is copied to other clusters; Openfire never used it";
pub(super) const PARTITIONS: &str =
    "there are no partitions to place: every node holds every entry of the session maps";
pub(super) const MEMBER_ATTRIBUTES: &str = "only Java code of a plug-in could read them";
pub(super) const QUORUM: &str = "a split-brain protection that is switched on holds for the whole node, whichever structure refers \
     to it";
pub(super) const PROTECT_ON: &str =
    "what a node with too few members refuses is logins, whichever operations the file names";
pub(super) const HEARTBEATS: &str =
    "members are counted as the failure detector sees them; the kind of protection makes no difference";
pub(super) const EXECUTORS: &str =
    "no tasks are sent to other nodes; what Openfire ran this way is part of the nodes' own protocol";
pub(super) const STRUCTURES: &str =
    "Cobnut keeps nothing in a structure of this kind; session data travels in maps of its own";
pub(super) const CONSENSUS: &str =
    "nothing needs consensus: each entry is written only by the node that holds its connection";
pub(super) const JOURNAL: &str =
    "nothing reads a journal of changes; nodes send each other the entries that are missing";
pub(super) const JAVA_CLASSES: &str = "it names Java classes, and there is no Java here to run them";
pub(super) const SERIALIZATION: &str =
    "it shapes the bytes of Java objects; nodes exchange a format of their own";
pub(super) const MEMORY: &str = "there is no Java heap to keep data out of";
pub(super) const DISK: &str = "session entries live as long as their connection and are never written to disk; lasting data is in the database";
pub(super) const CLIENTS: &str = "no Hazelcast client is served, so none needs permissions";
pub(super) const METRICS: &str = "nodes have metrics of their own, for Prometheus";
pub(super) const AUDIT: &str = "it belongs to Hazelcast Enterprise; nodes log joins and refusals themselves";
pub(super) const INSTANCE_TRACKING: &str = "no file about the running instance is written";
pub(super) const QUERIES: &str = "the session maps are looked up by key only; nothing is queried or indexed";
pub(super) const JET: &str = "there are no data pipelines";
pub(super) const DYNAMIC: &str = "configuration files are never rewritten";
pub(super) const THREADS: &str = "it tunes the threads of Hazelcast's Java networking";
pub(super) const REST: &str =
    "there is no REST service on a port of its own; health probes are answered on the member port";
pub(super) const MEMCACHE: &str = "no memcache client is served; Openfire never used it";
pub(super) const ICMP: &str =
    "silence is noticed by the heartbeats of the members' own connections, which need no raw sockets";
pub(super) const SSL_FACTORY: &str =
    "it names a Java class; the properties beside it say which keystores are used";

// Maps: what Openfire's caches become.
pub(super) const KUBERNETES_API: &str = "it belongs to the search through Kubernetes' own interface; members are found by `service-dns`, without which the node \
     does not start";
pub(super) const CLOUD_SEARCH: &str =
    "it limits the search through a cloud's interface, which does not take place";
pub(super) const TWO_SECONDS: &str =
    "an attempt to reach a member that DNS names takes two seconds at most and is repeated";
pub(super) const RESOLVER: &str =
    "the machine's resolver has a time limit of its own, and the name is asked for again all the time";
pub(super) const MAPS: &str = "the maps that Openfire names are session maps, of which every node holds every entry, or caches of \
     the database, which each node keeps itself";
pub(super) const MAP_BACKUPS: &str =
    "every node holds every entry, so there is a copy on each of them already";
pub(super) const MAP_LIFE: &str =
    "a session entry lives exactly as long as its connection, and cached rows are reread when they change";
pub(super) const MAP_EVICTION: &str =
    "dropping the entry of a session that exists would lose its messages; caches bound themselves";
pub(super) const MAP_MERGE: &str = "after a split each side takes the other's entries from the nodes that own them, so no two values compete";
pub(super) const MAP_NEAR_CACHE: &str = "every lookup is local already";
pub(super) const MAP_FORMAT: &str = "it chooses between bytes and Java objects in memory";
pub(super) const MAP_STATISTICS: &str = "it counts for Java tools; nodes have metrics of their own";
pub(super) const MAP_STORE: &str =
    "it names a Java class that loads and stores; lasting data is in the database";

// Refused.
pub(super) const CLOUD: &str =
    "cobnut has no search through a cloud's interface; the node would look for no other member";
pub(super) const STRATEGIES: &str =
    "it names a Java class that finds members; without it the node would look for no other member";
pub(super) const INTERCEPTOR: &str =
    "it names a Java class that decides which connections are trusted, and cobnut cannot run it";
pub(super) const ADDRESS_PROVIDER: &str =
    "it names a Java class that chooses the address of this node, and cobnut cannot run it";
pub(super) const ASYMMETRIC: &str =
    "links would not be encrypted the way the file says; Hazelcast dropped it in 3.0";
pub(super) const ADVANCED_NETWORK: &str =
    "it gives each protocol a socket of its own, and cobnut has one for its members";
pub(super) const SECURITY: &str =
    "it makes members prove who they are through Java login modules, and cobnut cannot run them";
