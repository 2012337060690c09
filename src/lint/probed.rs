//! What a look at the machine and its network found out. The linter itself looks at nothing: whoever does fills this.

use std::net::{IpAddr, SocketAddr};

use crate::rules::server_of;
use crate::{Home, NodeInput};

/// The facts that the rules of the group `probe` judge; what is absent was not asked for and is not judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probed {
    /// Addresses of this machine, in the order of the operating system.
    pub local: Vec<IpAddr>,
    /// Labels of the nodes that run on this machine.
    pub here: Vec<String>,
    /// Host names and what they resolve to; none means that they do not.
    pub names: Vec<(String, Vec<IpAddr>)>,
    /// Who was asked for, and what came back.
    pub asked: Vec<(SocketAddr, Answer)>,
    /// Ports that a node of this machine is going to listen on.
    pub ports: Vec<LocalPort>,
    /// Multicast groups that were joined.
    pub groups: Vec<Group>,
    /// How many files the process may have open at once.
    pub open_files: Option<u64>,
    /// This machine's time in milliseconds since 1970.
    pub now_ms: Option<i64>,
    /// How many milliseconds the clock at an address is ahead of this machine's.
    pub clocks: Vec<(IpAddr, i64)>,
    /// Database servers.
    pub databases: Vec<DatabaseServer>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The machine says that nobody listens there.
    Refused,
    /// Nothing came back in time.
    TimedOut,
    /// The packets have no way, or another error of the operating system.
    Failed(String),
    /// Somebody accepted the connection.
    Service(Service),
}

/// Who accepted a connection, by what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// A node of Cobnut's cluster port, with the members that it sees.
    Cobnut {
        /// Members that it sees, itself included.
        members: Option<u32>,
    },
    /// A Hazelcast member, by its health page or its greeting.
    Hazelcast {
        /// Members that it sees, if its health page tells.
        members: Option<u32>,
    },
    /// An HTTP server, with what it calls itself.
    Http(String),
    /// A server of XMPP streams.
    Xmpp,
    /// MySQL or MariaDB, with its version.
    MySql(String),
    /// PostgreSQL.
    Postgres,
    /// It closed the connection without a word.
    Closed,
    /// It said nothing in time.
    Silent,
    /// Something else: the first characters of what it said.
    Other(String),
}

/// A port of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPort {
    /// Label of the node that wants it.
    pub node: String,
    /// The address and port that it will bind.
    pub address: SocketAddr,
    /// What for.
    pub purpose: Purpose,
    /// Whether it can be had.
    pub state: PortState,
}

/// What a port is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The cluster.
    Mesh,
    /// XMPP clients.
    Clients,
    /// Other XMPP servers.
    Servers,
    /// The admin console.
    Console,
}

impl Purpose {
    /// In a sentence: `the port of …`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mesh => "the cluster",
            Self::Clients => "XMPP clients",
            Self::Servers => "other XMPP servers",
            Self::Console => "the admin console",
        }
    }
}

/// Whether a port can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortState {
    /// Nobody listens.
    Free,
    /// Somebody does: who answers.
    Taken(Answer),
    /// The operating system does not let this user have it.
    Denied(String),
}

/// A multicast group that was joined and sent one packet to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Label of the node whose file names it.
    pub node: String,
    /// The group and its port.
    pub address: SocketAddr,
    /// The own address whose interface was used.
    pub interface: IpAddr,
    /// Why joining or sending failed.
    pub error: Option<String>,
    /// Whether the own packet came back.
    pub heard_self: bool,
    /// Other machines whose probe was heard.
    pub heard: Vec<IpAddr>,
}

/// A database server that the file of a node names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseServer {
    /// Label of the node.
    pub node: String,
    /// Host and port as the URL means them.
    pub place: String,
    /// What came back; `None` when the host name does not resolve.
    pub answer: Option<Answer>,
}

impl Answer {
    /// In a sentence: `192.168.5.2:5701 …`.
    pub fn words(&self) -> String {
        match self {
            Self::Refused => "refuses the connection".to_owned(),
            Self::TimedOut => "does not answer".to_owned(),
            Self::Failed(error) => format!("cannot be reached: {error}"),
            Self::Service(service) => format!("is answered by {}", service.words()),
        }
    }

    /// Whether a member of a cluster answered.
    pub fn is_member(&self) -> bool {
        matches!(self, Self::Service(Service::Cobnut { .. } | Service::Hazelcast { .. }))
    }
}

impl Service {
    /// Its name with an article.
    pub fn words(&self) -> String {
        let size = |members: &Option<u32>| match members {
            Some(1) => ", alone in its cluster".to_owned(),
            Some(members) => format!(", in a cluster of {members}"),
            None => String::new(),
        };
        match self {
            Self::Cobnut { members } => format!("a Cobnut node{}", size(members)),
            Self::Hazelcast { members } => format!("a Hazelcast member{}", size(members)),
            Self::Http(name) if name.is_empty() => "an HTTP server".to_owned(),
            Self::Http(name) => format!("an HTTP server ({name})"),
            Self::Xmpp => "an XMPP server".to_owned(),
            Self::MySql(version) => format!("MySQL or MariaDB {version}"),
            Self::Postgres => "PostgreSQL".to_owned(),
            Self::Closed => "something that closes the connection without a word".to_owned(),
            Self::Silent => "something that accepts the connection and says nothing".to_owned(),
            Self::Other(said) => format!("something else, which says `{said}`"),
        }
    }
}

impl Probed {
    /// Whether a node runs on this machine.
    pub fn is_here(&self, label: &str) -> bool {
        self.here.iter().any(|here| here == label)
    }

    /// What a name resolves to; `None` if it was not asked for.
    pub fn resolved(&self, name: &str) -> Option<&[IpAddr]> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, found)| found.as_slice())
    }

    /// What came back from an address; `None` if it was not asked.
    pub fn answer(&self, address: SocketAddr) -> Option<&Answer> {
        self.asked.iter().find(|(asked, _)| *asked == address).map(|(_, answer)| answer)
    }

    /// Whether an address is this machine's.
    pub fn is_local(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.local.contains(&address)
    }
}

/// Host, port and whether it is PostgreSQL, of the database server in a node's `openfire.xml`, for whoever looks.
pub fn database_place(node: &NodeInput) -> Option<(String, u16, bool)> {
    server_of(&Home::new(node, &mut Vec::new()))
}

/// The value of a property in a node's `openfire.xml`.
pub fn home_value(node: &NodeInput, name: &str) -> Option<String> {
    Home::new(node, &mut Vec::new()).clear_text(name)
}
