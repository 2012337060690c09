//! `network`: where a node listens, and with what.

use std::net::IpAddr;

use cobnut_diagnostics::Span;

use super::{ClassBlock, Icmp, Join, OutboundPorts, RestApi, Ssl, SymmetricEncryption};
use crate::{AddressPattern, IllegalPattern, Setting, Spanned};

/// `network`.
#[derive(Debug, Clone)]
pub struct Network {
    /// `port`.
    pub port: Port,
    /// `join`.
    pub join: Join,
    /// `interfaces`.
    pub interfaces: Interfaces,
    /// `public-address`: what other members are told to dial, `host` or `host:port`.
    pub public_address: Option<Spanned<String>>,
    /// `reuse-address`.
    pub reuse_address: Option<Spanned<bool>>,
    /// `outbound-ports`.
    pub outbound_ports: OutboundPorts,
    /// `ssl`.
    pub ssl: Ssl,
    /// `symmetric-encryption`.
    pub symmetric_encryption: SymmetricEncryption,
    /// `socket-interceptor`.
    pub socket_interceptor: ClassBlock,
    /// `member-address-provider`.
    pub member_address_provider: ClassBlock,
    /// `failure-detector/icmp`.
    pub failure_detector: Icmp,
    /// `rest-api` (3.12 and later).
    pub rest_api: RestApi,
    /// `memcache-protocol@enabled`.
    pub memcache_enabled: Setting<bool>,
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
