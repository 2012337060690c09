//! Configuration text into typed configuration that remembers where every value stands.
//!
//! [`parse`] reads whole `<hazelcast>` documents of any version, `hazelcast.yaml`, and the rootless fragments that people
//! paste, with the meaning that Hazelcast gives them; [`Config::dial_targets`] and [`Config::pick_address`] answer what a
//! node does with it, and [`refusals`] what this product cannot obey. [`parse_with`] also takes what surrounds the file:
//! imports, variables and secrets, asked for through [`Surroundings`]. Invariant: pure functions of text, no file system, no
//! sockets.

mod document;
mod effective;
pub mod elements;
mod interpret;
mod network;
mod overrides;
mod properties;
mod reader;
mod refusal;
mod scalar;
mod schema;
mod sources;
mod spanned;
mod surroundings;
mod yaml;

pub use document::{Attribute, Document, Element, ElementId, Form, Syntax, Text};
pub use interpret::{parse, parse_with};
pub use network::{
    AddressPattern, DialHost, DialTarget, EntryElement, EntryPort, Host, IllegalPattern, MemberEntry,
    Outcome, PickError, pick_address, pick_address_with,
};
pub use overrides::{IneffectiveOverride, OverrideOrigin, ineffective_overrides};
pub use properties::{FailureDetector, IcmpProperties, PhiAccrual, Properties, property_effect};
pub use refusal::refusals;
pub use scalar::parse_int;
pub use schema::{
    AdvancedNetwork, ClassBlock, Config, DEFAULT_CLUSTER_NAME, DEFAULT_MULTICAST_GROUP,
    DEFAULT_MULTICAST_PORT, DEFAULT_PORT, DEFAULT_PORT_COUNT, EndpointGroup, Eviction, Icmp, Interface,
    Interfaces, Join, Joiner, JoinerKind, LiteMember, ManagementCenter, MapSettings, MergePolicy, Multicast,
    NearCache, Network, OutboundPorts, PartitionGroup, Port, PortRange, RepeatedMaps, ReplicatedMapSettings,
    RestApi, SchemaLocation, ServiceDns, SplitBrainProtection, Ssl, SymmetricEncryption, TcpIp,
    UnusedElement, WanReplication,
};
pub use sources::Sources;
pub use spanned::{Setting, Spanned, Written};
pub use surroundings::{Alone, ImportError, Surroundings};
