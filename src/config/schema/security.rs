//! Blocks that change how members talk or whom they trust.

use cobnut_diagnostics::Span;

use crate::{Properties, Setting, Spanned, Written};

/// `ssl`: TLS between members.
#[derive(Debug, Clone)]
pub struct Ssl {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// `factory-class-name`.
    pub factory_class_name: Option<Spanned<String>>,
    /// `properties`: `keyStore`, `keyStorePassword`, `trustStore`, `mutualAuthentication`, `protocol` and others.
    pub properties: Properties,
}

/// `symmetric-encryption`: one secret for all members.
#[derive(Debug, Clone)]
pub struct SymmetricEncryption {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// `algorithm`, a cipher by its Java name; Hazelcast's default is `PBEWithMD5AndDES`.
    pub algorithm: Setting<String>,
    /// `salt`.
    pub salt: Setting<String>,
    /// `password`.
    pub password: Setting<String>,
    /// `iteration-count`.
    pub iteration_count: Setting<i32>,
    /// `key`, in Base64; with it salt, password and count have no effect.
    pub key: Option<Spanned<String>>,
}

/// A block that names a Java class: `socket-interceptor`, `member-address-provider`.
#[derive(Debug, Clone)]
pub struct ClassBlock {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// `class-name`.
    pub class_name: Option<Spanned<String>>,
    /// `properties`.
    pub properties: Properties,
}

/// `failure-detector/icmp`.
#[derive(Debug, Clone)]
pub struct Icmp {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// `timeout-milliseconds`; must not be above the interval.
    pub timeout_milliseconds: Setting<i32>,
    /// `interval-milliseconds`; at least 1000.
    pub interval_milliseconds: Setting<i32>,
    /// `ttl`.
    pub ttl: Setting<i32>,
    /// `max-attempts`.
    pub max_attempts: Setting<i32>,
    /// `parallel-mode`.
    pub parallel_mode: Setting<bool>,
    /// `fail-fast-on-startup`.
    pub fail_fast_on_startup: Setting<bool>,
}

/// `rest-api`.
#[derive(Debug, Clone)]
pub struct RestApi {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// `@enabled`.
    pub enabled: Setting<bool>,
    /// `endpoint-group` elements in the order of the file.
    pub groups: Vec<EndpointGroup>,
}

/// One `endpoint-group` of `rest-api`.
#[derive(Debug, Clone)]
pub struct EndpointGroup {
    /// `@name`, for example `HEALTH_CHECK`.
    pub name: Spanned<String>,
    /// `@enabled`; false when it is missing.
    pub enabled: Setting<bool>,
    /// The whole element.
    pub span: Span,
}

/// Groups that Hazelcast serves without being told, once the API is on.
const DEFAULT_GROUPS: [&str; 2] = ["CLUSTER_READ", "HEALTH_CHECK"];

impl RestApi {
    /// Whether a group such as `HEALTH_CHECK` is served: never while the API is off; what is not named keeps its default.
    pub fn serves(&self, group: &str) -> bool {
        let written = self.groups.iter().rev().find(|written| written.name.value.eq_ignore_ascii_case(group));
        *self.enabled && written.map_or(DEFAULT_GROUPS.contains(&group), |written| *written.enabled)
    }
}

/// `outbound-ports`: local ports that connections to other members may start from.
#[derive(Debug, Clone, Default)]
pub struct OutboundPorts {
    /// The element, if the file has one.
    pub span: Option<Span>,
    /// The items in the order of the file, split at commas, semicolons and blanks.
    pub items: Vec<Written<PortRange>>,
}

/// Ports from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// Lowest port.
    pub first: u16,
    /// Highest port.
    pub last: u16,
}

impl OutboundPorts {
    /// The ports that connections may start from; `None` means any: nothing is written, or one of the items is `0` or `*`.
    ///
    /// Items that are no port are left out here; Hazelcast fails on them at the first connection.
    pub fn restriction(&self) -> Option<Vec<PortRange>> {
        let is_any = |item: &Written<PortRange>| item.value.is_some_and(|range| range.first == 0);
        if self.items.is_empty() || self.items.iter().any(is_any) {
            return None;
        }
        Some(self.items.iter().filter_map(|item| item.value).collect())
    }
}
