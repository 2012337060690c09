//! What is counted about archives.

use cobnut_net::Metrics;
use prometheus_client::metrics::counter::Counter;

/// Archives as one node writes and reads them.
#[derive(Debug, Default, Clone)]
pub(super) struct ArchiveMetrics {
    /// Rows that were written: up to two for a message.
    pub(super) written: Counter,
    /// Rows that never came into the database.
    pub(super) dropped: Counter,
    /// Questions to archives of accounts.
    pub(super) questions: Counter,
}

impl ArchiveMetrics {
    pub(super) fn register(metrics: &Metrics) -> Self {
        let own = Self::default();
        metrics.register(|registry| {
            let registry = registry.sub_registry_with_prefix("archive");
            let table = [
                ("written", "Rows written to the archives of accounts", &own.written),
                ("dropped", "Rows for archives of accounts that never came into the database", &own.dropped),
                ("questions", "Questions to archives of accounts", &own.questions),
            ];
            for (name, help, counter) in table {
                registry.register(name, help, counter.clone());
            }
        });
        own
    }
}
