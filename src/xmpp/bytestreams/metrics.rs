//! What the proxy counts.

use cobnut_net::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Unit;

/// Why a connection was turned away, or ended before its stream was active.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RefusedLabels {
    /// `limit`, `handshake`, `taken`, `expired`, `gone` or `stopped`.
    pub(super) reason: &'static str,
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct EndedLabels {
    /// `complete`, `broken`, `idle` or `stopped`.
    pub(super) result: &'static str,
}

/// Counters of one node's proxy.
#[derive(Debug, Clone, Default)]
pub(super) struct BytestreamMetrics {
    /// Streams that carry bytes.
    pub(super) active: Gauge,
    /// Connections that wait for their stream.
    pub(super) waiting: Gauge,
    /// Connections that did not become part of a stream.
    pub(super) refused: Family<RefusedLabels, Counter>,
    /// Streams that are over.
    pub(super) ended: Family<EndedLabels, Counter>,
    /// Bytes carried, both directions.
    pub(super) carried: Counter,
}

impl BytestreamMetrics {
    /// Registers the counters.
    pub(super) fn register(metrics: &Metrics) -> Self {
        let own = Self::default();
        metrics.register(|registry| {
            let registry = registry.sub_registry_with_prefix("bytestream");
            registry.register("active", "Streams through the file transfer proxy", own.active.clone());
            let text = "Connections to the file transfer proxy whose stream is not active yet";
            registry.register("waiting", text, own.waiting.clone());
            let text =
                "Connections to the file transfer proxy that did not become part of a stream, by reason";
            registry.register("refused", text, own.refused.clone());
            let text = "Streams through the file transfer proxy that are over, by result";
            registry.register("ended", text, own.ended.clone());
            let text = "Bytes carried by the file transfer proxy";
            registry.register_with_unit("carried", text, Unit::Bytes, own.carried.clone());
        });
        own
    }

    /// Counts a connection that did not become part of a stream.
    pub(super) fn refuse(&self, reason: &'static str) {
        self.refused.get_or_create(&RefusedLabels { reason }).inc();
    }
}
