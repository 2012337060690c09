//! What a file says, typed: the part of Hazelcast's configuration that concerns who joins whom.

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Span};

use crate::{DialTarget, Document, PickError, Properties, Setting, Sources, Spanned, network as addresses};

mod cluster;
mod join;
mod map_choice;
mod maps;
mod network;
mod security;

pub use cluster::{
    AdvancedNetwork, LiteMember, ManagementCenter, PartitionGroup, SchemaLocation, SplitBrainProtection,
    WanReplication,
};
pub use join::{Join, Joiner, JoinerKind, Multicast, ServiceDns, TcpIp};
pub use map_choice::RepeatedMaps;
pub(crate) use maps::DEFAULT_MAP;
pub use maps::{Eviction, MapSettings, MergePolicy, NearCache, ReplicatedMapSettings};
pub use network::{Interface, Interfaces, Network, Port};
pub use security::{
    ClassBlock, EndpointGroup, Icmp, OutboundPorts, PortRange, RestApi, Ssl, SymmetricEncryption,
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
    /// `instance-name`.
    pub instance_name: Option<Spanned<String>>,
    /// `xsi:schemaLocation` of the root element.
    pub schema_location: Option<SchemaLocation>,
    /// `network`.
    pub network: Network,
    /// `advanced-network`.
    pub advanced_network: Option<AdvancedNetwork>,
    /// `lite-member@enabled`.
    pub lite_member: LiteMember,
    /// `partition-group`.
    pub partition_group: PartitionGroup,
    /// `map` elements in the order of the file.
    pub maps: Vec<MapSettings>,
    /// `replicatedmap` elements in the order of the file.
    pub replicated_maps: Vec<ReplicatedMapSettings>,
    /// `split-brain-protection` and `quorum` elements in the order of the file.
    pub split_brain_protections: Vec<SplitBrainProtection>,
    /// `management-center`.
    pub management_center: Option<ManagementCenter>,
    /// `wan-replication` elements in the order of the file.
    pub wan_replications: Vec<WanReplication>,
    /// `properties`.
    pub properties: Properties,
    /// `import` elements that were not followed, because there is nothing around or not what they name. Those that were
    /// followed are among the sources.
    pub imports: Vec<Spanned<String>>,
    /// Elements that are accepted and have no effect here yet; nested ones are covered by their parent.
    pub unused: Vec<UnusedElement>,
    /// Errors that left parts of the file unread: imports that are not there, values that cannot be decrypted.
    pub reading_errors: Vec<Diagnostic>,
}

impl Config {
    /// Everything that this node dials, in the order of the file, expanded as Hazelcast's joiner does.
    ///
    /// An entry with a port, or a node without auto-increment, gives one port; otherwise a few ports are tried, counting from
    /// this node's own configured one. Entries that Hazelcast skips give nothing; the node's own address is not removed.
    pub fn dial_targets(&self) -> Vec<DialTarget> {
        addresses::dial_targets(&self.network, self.properties.join_port_try_count())
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
            return addresses::pick_property_address(&wanted, local, resolve);
        }
        addresses::pick_address_with(&self.network.interfaces, &self.network.join.tcp_ip, local, resolve)
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
        *self.network.join.tcp_ip.enabled && (others || broken) || self.network.join.uses_multicast()
    }
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
