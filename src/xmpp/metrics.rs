//! What is counted about client connections.

use std::net::SocketAddr;

use cobnut_net::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Unit;

/// How a login ended: `ok`, or the name of the SASL failure.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct LoginLabels {
    /// `ok`, `not-authorized`, …
    pub(crate) result: &'static str,
}

/// Which stream error was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct StreamErrorLabels {
    /// The condition of RFC 6120 §4.9.3.
    pub(crate) condition: &'static str,
}

/// Counters of all client connections of one node. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionMetrics {
    /// Open client connections.
    pub(crate) connections: Gauge,
    /// Connections turned away because of a limit.
    pub(crate) refused: Counter,
    /// Logins by result.
    pub(crate) logins: Family<LoginLabels, Counter>,
    /// Stream errors sent, by condition.
    pub(crate) stream_errors: Family<StreamErrorLabels, Counter>,
    /// Bytes read from clients, TLS not counted.
    pub(crate) received_bytes: Counter,
    /// Bytes written to clients, TLS not counted.
    pub(crate) sent_bytes: Counter,
    /// Connections that a bug ended.
    pub(crate) panics: Counter,
}

impl ConnectionMetrics {
    /// Registers the metrics.
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let own = Self::default();
        metrics.register(|registry| {
            let registry = registry.sub_registry_with_prefix("client");
            registry.register("connections", "Open client connections", own.connections.clone());
            registry.register("refused", "Connections turned away because of a limit", own.refused.clone());
            registry.register("logins", "Logins by result", own.logins.clone());
            registry.register(
                "stream_errors",
                "Stream errors sent to clients, by condition",
                own.stream_errors.clone(),
            );
            let text = "Bytes read from clients";
            registry.register_with_unit("received", text, Unit::Bytes, own.received_bytes.clone());
            let text = "Bytes written to clients";
            registry.register_with_unit("sent", text, Unit::Bytes, own.sent_bytes.clone());
            registry.register("panics", "Connections that a bug ended", own.panics.clone());
        });
        own
    }

    /// Counts a login and tells the operator's log about it.
    pub(crate) fn login(&self, peer: SocketAddr, user: &str, result: &'static str) {
        self.logins.get_or_create(&LoginLabels { result }).inc();
        tracing::info!(%peer, user, result, "login");
    }
}
