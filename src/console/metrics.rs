//! What the console counts.

use axum::http::StatusCode;
use cobnut_net::Metrics;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
enum StatusClass {
    Success,
    Redirect,
    ClientError,
    ServerError,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    class: StatusClass,
}

/// How a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum LoginResult {
    /// A session was started.
    Accepted,
    /// Wrong name or password.
    Refused,
    /// Too many failures before.
    Throttled,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoginLabels {
    result: LoginResult,
}

/// The counters of one console.
#[derive(Debug, Clone)]
pub(crate) struct ConsoleMetrics {
    responses: Family<ResponseLabels, Counter>,
    logins: Family<LoginLabels, Counter>,
}

impl ConsoleMetrics {
    pub(crate) fn register(metrics: &Metrics) -> Self {
        let counters = Self { responses: Family::default(), logins: Family::default() };
        metrics.register(|registry| {
            let help = "Answers of the admin console by class of status";
            registry.register("console_responses", help, counters.responses.clone());
            let help = "Logins to the admin console by result; alarm on many refused or any throttled";
            registry.register("console_logins", help, counters.logins.clone());
        });
        counters
    }

    pub(crate) fn count_response(&self, status: StatusCode) {
        let class = match status.as_u16() {
            500.. => StatusClass::ServerError,
            400.. => StatusClass::ClientError,
            300.. => StatusClass::Redirect,
            _ => StatusClass::Success,
        };
        self.responses.get_or_create(&ResponseLabels { class }).inc();
    }

    pub(crate) fn count_login(&self, result: LoginResult) {
        self.logins.get_or_create(&LoginLabels { result }).inc();
    }
}
