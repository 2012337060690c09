//! What a file says, typed: the part of Hazelcast's configuration that concerns who joins whom.

use std::net::IpAddr;

use cobnut_diagnostics::Span;

use crate::{
    AddressPattern, DialTarget, Document, IllegalPattern, MemberEntry, PickError, Properties, Setting,
    Sources, Spanned, network,
};

/// Hazelcast's name for a cluster that the file does not name.
pub const DEFAULT_CLUSTER_NAME: &str = "dev";
/// Hazelcast's member port.
pub const DEFAULT_PORT: u16 = 5701;
/// How many ports Hazelcast tries to bind, counting from the configured one.
pub const DEFAULT_PORT_COUNT: u32 = 100;
/// The multicast group of an unedited Hazelcast.
pub const DEFAULT_MULTICAST_GROUP: &str = "224.2.2.3";
/// The multicast port of an unedited Hazelcast.
pub const DEFAULT_MULTICAST_PORT: u16 = 54327;

/// One configuration file.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file's text, and those of the files that it imports.
    pub sources: Sources,
    /// Every element and attribute of the file, understood or not.
    pub document: Document,
    /// `cluster-name` (4.0 and later) or `group/name` (up to 3.12).
    pub cluster_name: Setting<String>,
    /// `group/password` of 3.x, which Hazelcast itself has ignored since 3.8.
    pub group_password: Option<Spanned<String>>,
    /// `network`.
    pub network: Network,
    /// `properties`.
    pub properties: Properties,
    /// `import` elements: resources as written, variables not replaced.
    pub imports: Vec<Spanned<String>>,
    /// Elements that are accepted and have no effect here yet; nested ones are covered by their parent.
    pub unused: Vec<UnusedElement>,
}

impl Config {
    /// Everything that this node dials, in the order of the file, expanded as Hazelcast's joiner does.
    ///
    /// An entry with a port, or a node without auto-increment, gives one port; otherwise a few ports are tried, counting from
    /// this node's own configured one. Entries that Hazelcast skips give nothing; the node's own address is not removed.
    pub fn dial_targets(&self) -> Vec<DialTarget> {
        network::dial_targets(&self.network, self.properties.join_port_try_count())
    }

    /// The address that this node binds and advertises, given the machine's own addresses in the operating system's order.
    ///
    /// Obeys `hazelcast.local.localAddress` first, then `<interfaces>`, then the member list.
    ///
    /// # Errors
    /// No own address fits although the file asks for one: Hazelcast does not start either.
    pub fn pick_address(&self, local: &[IpAddr]) -> Result<IpAddr, PickError> {
        self.pick_address_with(local, |_| Vec::new())
    }

    /// [`Config::pick_address`] with a way to resolve the host names of the member list.
    ///
    /// # Errors
    /// As [`Config::pick_address`].
    pub fn pick_address_with(
        &self,
        local: &[IpAddr],
        resolve: impl Fn(&str) -> Vec<IpAddr>,
    ) -> Result<IpAddr, PickError> {
        if let Some(wanted) = self.properties.local_address() {
            return network::pick_property_address(&wanted, local, resolve);
        }
        network::pick_address_with(&self.network.interfaces, &self.network.join.tcp_ip, local, resolve)
    }

    /// Whether Hazelcast would keep an address that a member's host name resolved to: with `<interfaces>` enabled it drops,
    /// without any message, addresses outside the node's own patterns.
    pub fn hazelcast_keeps_resolved(&self, address: IpAddr) -> bool {
        let interfaces = &self.network.interfaces;
        !*interfaces.enabled || interfaces.matches(address)
    }

    /// Whether the file expects other members: an enabled list with an entry that is not this node's own address.
    pub fn expects_peers(&self, own: IpAddr) -> bool {
        let others = self.dial_targets().into_iter().any(|target| target.address() != Some(own));
        let broken = self.network.join.tcp_ip.members().any(|entry| !entry.outcome().is_dialled());
        *self.network.join.tcp_ip.enabled && (others || broken) || *self.network.join.multicast.enabled
    }
}

/// `network`.
#[derive(Debug, Clone)]
pub struct Network {
    /// `port`.
    pub port: Port,
    /// `join`.
    pub join: Join,
    /// `interfaces`.
    pub interfaces: Interfaces,
}

/// `port`: where this node listens.
#[derive(Debug, Clone)]
pub struct Port {
    /// Listen port; 0 lets the system choose.
    pub number: Setting<u16>,
    /// Whether to go on to the next port when one is taken. Also decides how many ports of a member without a port are dialled.
    pub auto_increment: Setting<bool>,
    /// How many ports to try, counting from `number`.
    pub port_count: Setting<u32>,
}

/// `join`: how members find each other.
#[derive(Debug, Clone)]
pub struct Join {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `multicast`.
    pub multicast: Multicast,
    /// `tcp-ip`.
    pub tcp_ip: TcpIp,
    /// `aws`, `gcp`, `azure`, `kubernetes`, `eureka` and the entries of `discovery-strategies`, as far as they are written.
    pub others: Vec<Joiner>,
}

/// `multicast`.
#[derive(Debug, Clone)]
pub struct Multicast {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// `multicast-group`.
    pub group: Setting<String>,
    /// `multicast-port`.
    pub port: Setting<u16>,
    /// `multicast-timeout-seconds`: how long to look for a cluster before being one.
    pub timeout_seconds: Setting<u32>,
    /// `multicast-time-to-live`.
    pub time_to_live: Setting<u8>,
    /// `trusted-interfaces/interface`: whose join requests are answered; empty means everybody's.
    pub trusted_interfaces: Vec<Interface>,
    /// `@loopbackModeEnabled`.
    pub loopback_mode: Option<Spanned<bool>>,
}

/// `tcp-ip`.
#[derive(Debug, Clone)]
pub struct TcpIp {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// `@connection-timeout-seconds`.
    pub connection_timeout_seconds: Setting<u32>,
    /// Every entry in the order of the file, split as Hazelcast splits them, `required-member` included.
    pub entries: Vec<MemberEntry>,
    /// Elements that should hold an entry and are empty; Hazelcast does not start on them.
    pub empty: Vec<Span>,
}

impl TcpIp {
    /// The entries that are dialled: with a `required-member` it alone, as in Hazelcast.
    pub fn members(&self) -> impl Iterator<Item = &MemberEntry> {
        let required = self.required_member();
        self.entries.iter().filter(move |entry| required.is_none() || required == Some(*entry))
    }

    /// The `required-member`, if there is one.
    pub fn required_member(&self) -> Option<&MemberEntry> {
        self.entries.iter().find(|entry| entry.element == crate::EntryElement::RequiredMember)
    }
}

/// A joiner that is read so that it can be named, but never used.
#[derive(Debug, Clone)]
pub struct Joiner {
    /// Which one.
    pub kind: JoinerKind,
    /// The element.
    pub span: Span,
    /// The name in its start tag.
    pub name_span: Span,
    /// `@enabled`.
    pub enabled: Setting<bool>,
}

/// Kinds of joiners other than multicast and tcp-ip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinerKind {
    /// `aws`.
    Aws,
    /// `gcp`.
    Gcp,
    /// `azure`.
    Azure,
    /// `kubernetes`.
    Kubernetes,
    /// `eureka`.
    Eureka,
    /// `discovery-strategies/discovery-strategy`.
    DiscoveryStrategy,
}

impl JoinerKind {
    /// The element's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
            Self::Kubernetes => "kubernetes",
            Self::Eureka => "eureka",
            Self::DiscoveryStrategy => "discovery-strategy",
        }
    }

    /// The kind of an element by its name in lower case.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Aws, Self::Gcp, Self::Azure, Self::Kubernetes, Self::Eureka, Self::DiscoveryStrategy]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// `interfaces`: which of its own addresses the node takes.
#[derive(Debug, Clone)]
pub struct Interfaces {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `@enabled`; false makes the patterns have no effect.
    pub enabled: Setting<bool>,
    /// The patterns in the order of the file.
    pub patterns: Vec<Interface>,
}

impl Interfaces {
    /// Whether one of the patterns covers the address.
    pub fn matches(&self, address: IpAddr) -> bool {
        self.patterns
            .iter()
            .filter_map(|interface| interface.pattern.as_ref().ok())
            .any(|p| p.matches(address))
    }

    /// The one address that the patterns leave, if they are enabled and exact.
    pub fn exact_address(&self) -> Option<(IpAddr, Span)> {
        if !*self.enabled {
            return None;
        }
        let mut exact = self.patterns.iter().filter_map(|interface| {
            interface
                .pattern
                .as_ref()
                .ok()
                .and_then(AddressPattern::exact)
                .map(|ip| (ip, interface.text.span))
        });
        exact.next().filter(|_| exact.next().is_none() && self.patterns.len() == 1)
    }
}

/// One `interface` element below `interfaces` or `trusted-interfaces`.
#[derive(Debug, Clone)]
pub struct Interface {
    /// Its text.
    pub text: Spanned<String>,
    /// What it matches.
    pub pattern: Result<AddressPattern, IllegalPattern>,
}

/// An element that is accepted and not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedElement {
    /// Path from the root, for example `network/ssl`.
    pub path: String,
    /// The whole element.
    pub span: Span,
    /// The name in its start tag.
    pub name_span: Span,
    /// Its `enabled` attribute, read as Hazelcast reads it.
    pub enabled: Option<Spanned<bool>>,
}

impl UnusedElement {
    /// The element's own name.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}
