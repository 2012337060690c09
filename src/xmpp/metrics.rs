//! What is counted about client connections.

use std::net::SocketAddr;

use cobnut_net::Metrics;
use cobnut_xmpp_proto::stream::RegistrationError;
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
    /// Accounts that clients asked for, by result.
    pub(crate) registrations: Family<LoginLabels, Counter>,
    /// Stream errors sent, by condition.
    pub(crate) stream_errors: Family<StreamErrorLabels, Counter>,
    /// Bytes read from clients, TLS not counted.
    pub(crate) received_bytes: Counter,
    /// Bytes written to clients, TLS not counted.
    pub(crate) sent_bytes: Counter,
    /// Connections that a bug ended.
    pub(crate) panics: Counter,
    /// Stanzas held back from inactive clients.
    pub(crate) held: Counter,
    /// Held stanzas that were never sent, because a later presence said more.
    pub(crate) spared: Counter,
    /// Stream management.
    pub(crate) management: ManagementMetrics,
}

/// Counters of stream management (XEP-0198).
#[derive(Debug, Clone, Default)]
pub(crate) struct ManagementMetrics {
    /// Sessions that wait for their clients.
    pub(crate) detached: Gauge,
    /// Sessions that went on over a new connection.
    pub(crate) resumed: Counter,
    /// Resumptions that were refused.
    pub(crate) failed: Counter,
    /// Sessions whose client did not come back.
    pub(crate) expired: Counter,
    /// Stanzas that a client had not acknowledged when its session ended.
    pub(crate) unconfirmed: Counter,
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
            let text = "Accounts that clients asked for, by result";
            registry.register("registrations", text, own.registrations.clone());
            registry.register(
                "stream_errors",
                "Stream errors sent to clients, by condition",
                own.stream_errors.clone(),
            );
            let text = "Bytes read from clients";
            registry.register_with_unit("received", text, Unit::Bytes, own.received_bytes.clone());
            let text = "Bytes written to clients";
            registry.register_with_unit("sent", text, Unit::Bytes, own.sent_bytes.clone());
            let text = "Stanzas held back from inactive clients";
            registry.register("stanzas_held", text, own.held.clone());
            let text = "Held stanzas that were never sent, because a later presence replaced them";
            registry.register("stanzas_spared", text, own.spared.clone());
            registry.register("panics", "Connections that a bug ended", own.panics.clone());
            let management = &own.management;
            let text = "Sessions without a connection that can be resumed";
            registry.register("sessions_detached", text, management.detached.clone());
            let table = [
                ("sessions_resumed", "Sessions that went on over a new connection", &management.resumed),
                ("resumptions_failed", "Resumptions that were refused", &management.failed),
                (
                    "sessions_expired",
                    "Detached sessions that ended before their client came back",
                    &management.expired,
                ),
                (
                    "stanzas_unacknowledged",
                    "Stanzas that a client had not acknowledged when its session ended",
                    &management.unconfirmed,
                ),
            ];
            for (name, help, counter) in table {
                registry.register(name, help, counter.clone());
            }
        });
        own
    }

    /// Counts an account that a client asked for.
    pub(crate) fn registration(&self, error: Option<RegistrationError>) {
        let result = error.map_or("ok", |error| error.condition().name());
        self.registrations.get_or_create(&LoginLabels { result }).inc();
    }

    /// Counts a login and tells the operator's log about it.
    pub(crate) fn login(&self, peer: SocketAddr, user: &str, result: &'static str) {
        self.logins.get_or_create(&LoginLabels { result }).inc();
        tracing::info!(%peer, user, result, "login");
    }
}
