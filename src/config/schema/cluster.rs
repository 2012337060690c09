//! Settings of the cluster as a whole.

use cobnut_diagnostics::Span;

use super::{ClassBlock, Icmp, Join, Network};
use crate::{Setting, Spanned, Written};

/// `partition-group`: which members never hold a backup for each other.
#[derive(Debug, Clone)]
pub struct PartitionGroup {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// `@group-type`, for example `HOST_AWARE`.
    pub group_type: Option<Spanned<String>>,
    /// `member-group` elements, each with the texts of its `interface` elements.
    pub groups: Vec<Vec<Spanned<String>>>,
}

/// `split-brain-protection`, in 3.x `quorum`: how many members an operation needs.
#[derive(Debug, Clone)]
pub struct SplitBrainProtection {
    /// `@name`.
    pub name: Option<Spanned<String>>,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// `minimum-cluster-size`, in 3.x `quorum-size`.
    pub minimum_cluster_size: Option<Written<i32>>,
    /// `protect-on`, in 3.x `quorum-type`: `READ`, `WRITE`, `READ_WRITE`.
    pub protect_on: Option<Spanned<String>>,
    /// The whole element.
    pub span: Span,
    /// Whether it is the element of 3.x.
    pub is_quorum: bool,
}

/// `management-center`, in the forms of 3.x and of 4.0 and later.
#[derive(Debug, Clone)]
pub struct ManagementCenter {
    /// The whole element.
    pub span: Span,
    /// `@enabled` (3.x).
    pub enabled: Option<Spanned<bool>>,
    /// The address: the element's text, or its `url` element (3.x).
    pub url: Option<Spanned<String>>,
    /// `@update-interval` (3.x).
    pub update_interval: Option<Written<i32>>,
    /// `@scripting-enabled`.
    pub scripting_enabled: Option<Spanned<bool>>,
    /// `@console-enabled` (4.2 and later).
    pub console_enabled: Option<Spanned<bool>>,
    /// `@data-access-enabled` (5.0 and later).
    pub data_access_enabled: Option<Spanned<bool>>,
    /// `trusted-interfaces/interface`.
    pub trusted_interfaces: Vec<Spanned<String>>,
}

/// One `wan-replication` element.
#[derive(Debug, Clone)]
pub struct WanReplication {
    /// `@name`.
    pub name: Option<Spanned<String>>,
    /// The whole element.
    pub span: Span,
}

/// `advanced-network`: what stands in place of `network` when it is enabled (3.12 and later).
#[derive(Debug, Clone)]
pub struct AdvancedNetwork {
    /// The whole element.
    pub span: Span,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// What it says of the member's own listener and of joining, in the shape of `network`: `join`, `failure-detector`,
    /// `member-address-provider` and the children of `member-server-socket-endpoint-config`.
    pub network: Box<Network>,
    /// The other endpoints: names of their elements and places.
    pub endpoints: Vec<Spanned<String>>,
}

/// `xsi:schemaLocation` of the root element.
#[derive(Debug, Clone)]
pub struct SchemaLocation {
    /// The whole value.
    pub text: Spanned<String>,
    /// Its pieces between blanks: a namespace and a location in turn.
    pub tokens: Vec<Spanned<String>>,
}

impl SchemaLocation {
    /// The schema version that a location such as `…/hazelcast-config-3.9.xsd` names, as (major, minor).
    pub fn version(&self) -> Option<(u32, u32)> {
        self.tokens.iter().find_map(|token| {
            let (_, rest) = token.value.rsplit_once("hazelcast-config-")?;
            let (major, minor) = rest.strip_suffix(".xsd")?.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        })
    }
}

/// `lite-member@enabled`: a member that holds no data.
pub type LiteMember = Setting<bool>;

impl AdvancedNetwork {
    /// The member's own `join`.
    pub fn join(&self) -> &Join {
        &self.network.join
    }

    /// `failure-detector/icmp`.
    pub fn failure_detector(&self) -> &Icmp {
        &self.network.failure_detector
    }

    /// `member-address-provider`.
    pub fn member_address_provider(&self) -> &ClassBlock {
        &self.network.member_address_provider
    }
}
