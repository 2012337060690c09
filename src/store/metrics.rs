//! What the store counts. Query names are the only label: they are ours and few.

use std::time::Duration;

use cobnut_net::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Unit;

/// Label of every store metric.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct QueryLabel {
    query: &'static str,
}

/// The counters of one store.
#[derive(Debug, Clone)]
pub(crate) struct StoreMetrics {
    errors: Family<QueryLabel, Counter>,
    retries: Family<QueryLabel, Counter>,
    seconds: Family<QueryLabel, Histogram>,
}

impl Default for StoreMetrics {
    fn default() -> Self {
        Self {
            errors: Family::default(),
            retries: Family::default(),
            // 100 µs to 6.5 s.
            seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0001, 4.0, 9))),
        }
    }
}

impl StoreMetrics {
    /// Adds the counters to a registry.
    pub(crate) fn register(&self, metrics: &Metrics) {
        metrics.register(|registry| {
            registry.register("store_query_errors", "Store operations that failed", self.errors.clone());
            registry.register(
                "store_query_retries",
                "Transactions run again after losing against another one",
                self.retries.clone(),
            );
            registry.register_with_unit(
                "store_query",
                "Time that store operations took, waiting for a connection included",
                Unit::Seconds,
                self.seconds.clone(),
            );
        });
    }

    pub(crate) fn observe(&self, query: &'static str, took: Duration, is_ok: bool) {
        let label = QueryLabel { query };
        self.seconds.get_or_create(&label).observe(took.as_secs_f64());
        if !is_ok {
            self.errors.get_or_create(&label).inc();
        }
    }

    pub(crate) fn retried(&self, query: &'static str) {
        self.retries.get_or_create(&QueryLabel { query }).inc();
    }
}
