//! `join`: how members find each other.

use cobnut_diagnostics::Span;

use super::Interface;
use crate::{EntryElement, MemberEntry, Setting, Spanned};

/// `join`: how members find each other.
#[derive(Debug, Clone)]
pub struct Join {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `multicast`.
    pub multicast: Multicast,
    /// `tcp-ip`.
    pub tcp_ip: TcpIp,
    /// `auto-detection@enabled` (Hazelcast 4.1 and later), if the file has the element; without the attribute it is on.
    pub auto_detection: Option<Setting<bool>>,
    /// `aws`, `gcp`, `azure`, `kubernetes`, `eureka` and the entries of `discovery-strategies`, as far as they are written.
    pub others: Vec<Joiner>,
}

impl Join {
    /// Whether members are looked for by multicast: because `<multicast>` is enabled, or because the file asks for
    /// `<auto-detection>` and enables no joiner. Hazelcast looks at the clouds first in the second case.
    ///
    /// A file that does not mention `<auto-detection>` does not ask for it, although it is Hazelcast's default since 4.1:
    /// whoever switches every joiner off wants no strangers, and nodes on one database find each other by it.
    pub fn uses_multicast(&self) -> bool {
        let is_asked_for = self.auto_detection.as_ref().is_some_and(|enabled| **enabled);
        let is_other_enabled = *self.tcp_ip.enabled || self.others.iter().any(|joiner| *joiner.enabled);
        *self.multicast.enabled || is_asked_for && !is_other_enabled
    }
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
        self.entries.iter().find(|entry| entry.element == EntryElement::RequiredMember)
    }
}

/// A joiner other than multicast and tcp-ip: used if it is `kubernetes` with a `service-dns`, otherwise read so that it can
/// be named.
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
    /// Where `kubernetes` finds members without asking Kubernetes itself.
    pub service_dns: Option<ServiceDns>,
}

impl Joiner {
    /// The name whose addresses are the members', where the joiner is enabled and has one.
    pub fn used_dns(&self) -> Option<&ServiceDns> {
        self.service_dns.as_ref().filter(|_| *self.enabled && self.kind == JoinerKind::Kubernetes)
    }
}

/// A name of DNS that stands for all members: the headless service of `kubernetes`.
#[derive(Debug, Clone)]
pub struct ServiceDns {
    /// `service-dns`.
    pub name: Spanned<String>,
    /// `service-port`; 5701 if it is not written or 0.
    pub port: Setting<u16>,
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
