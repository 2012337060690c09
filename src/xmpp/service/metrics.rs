//! What the service counts.

use cobnut_net::Metrics;
use prometheus_client::metrics::counter::Counter;

/// Counters of one node.
#[derive(Debug, Default, Clone)]
pub(crate) struct ServiceMetrics {
    /// Messages from clients of this node.
    pub(crate) messages: Counter,
    /// Presence stanzas from clients of this node.
    pub(crate) presences: Counter,
    /// IQ stanzas from clients of this node.
    pub(crate) iqs: Counter,
    /// Messages kept for accounts that were offline.
    pub(crate) stored_offline: Counter,
    /// Stanzas that were routed again because their recipient was lost.
    pub(crate) rerouted: Counter,
    /// Clients that were disconnected because they read too slowly.
    pub(crate) slow_clients: Counter,
}

impl ServiceMetrics {
    /// Registers the counters.
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let counters = Self::default();
        metrics.register(|registry| {
            let registry = registry.sub_registry_with_prefix("xmpp");
            let table = [
                ("messages", "Messages from clients of this node", &counters.messages),
                ("presences", "Presence stanzas from clients of this node", &counters.presences),
                ("iqs", "IQ stanzas from clients of this node", &counters.iqs),
                ("messages_stored_offline", "Messages kept for offline accounts", &counters.stored_offline),
                (
                    "stanzas_rerouted",
                    "Stanzas routed again after their recipient was lost",
                    &counters.rerouted,
                ),
                ("slow_clients", "Clients disconnected because they read too slowly", &counters.slow_clients),
            ];
            for (name, help, counter) in table {
                registry.register(name, help, counter.clone());
            }
        });
        counters
    }
}
