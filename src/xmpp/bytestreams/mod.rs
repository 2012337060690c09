//! The file transfer proxy (XEP-0065): two clients that cannot reach each other connect here, and what one sends the other gets.
//!
//! Both name the same stream in the language of SOCKS5 (RFC 1928), by a hash that only they and whoever knows their
//! addresses can tell; bytes flow once the one that asked for the stream says so in a stanza. Every member is a proxy
//! of its own: both clients connect to the one of the member that the requester asked. The stanza may come to another
//! member, which then asks the others.

mod activation;
mod address;
mod hash;
mod listener;
mod metrics;
mod registry;
mod relay;
mod socks5;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::OnceLock;

use cobnut_net::Metrics;

use self::metrics::BytestreamMetrics;
use self::registry::Registry;

pub(crate) use activation::NotActivated;
pub(crate) use hash::StreamHash;
pub(crate) use listener::start;

/// Name of the proxy's port in node records.
pub(crate) const PROXY_SERVICE: &str = "socks5";

/// The proxy of one node.
#[derive(Debug, Default)]
pub(crate) struct Bytestreams {
    registry: Registry,
    metrics: BytestreamMetrics,
    /// Where it listens, if it does.
    bound: OnceLock<SocketAddr>,
}

impl Bytestreams {
    /// A proxy that does not listen yet.
    pub(crate) fn register(metrics: &Metrics) -> Self {
        Self { metrics: BytestreamMetrics::register(metrics), ..Self::default() }
    }
}
