//! Members tell each other of wrong passwords, so that nobody guesses more by trying at all of them.
//!
//! What is counted within [`LOGIN_FAILURES_TELL_PERIOD`] goes to each member in one envelope, so an attack costs the links
//! the same however fast it is. A member that joins learns of what comes from then on: the windows are short.

use std::sync::Arc;

use cobnut_mesh::{Envelope, FailedLogins};
use cobnut_model::limits::LOGIN_FAILURES_TELL_PERIOD;
use tokio::time::{Instant, timeout};

use crate::service::Service;

/// Starts to tell the other members.
pub(crate) fn start(service: &Arc<Service>) {
    let (told, token) = (Arc::clone(service), service.tasks.token().clone());
    service.tasks.spawn("tell of failed logins", async move {
        tokio::select! {
            () = token.cancelled() => {}
            () = tell(&told) => {}
        }
    });
}

async fn tell(service: &Service) {
    loop {
        service.logins.news.notified().await;
        let _full_or_due = timeout(LOGIN_FAILURES_TELL_PERIOD, service.logins.is_full.notified()).await;
        let failures = service.logins.take_untold();
        if failures.is_empty() {
            continue;
        }
        for member in service.cluster.members().into_iter().filter(|member| member.id != service.node()) {
            let envelope = Envelope::FailedLogins { failures: failures.clone() };
            if let Err(err) = service.cluster.send(member.id, envelope).await {
                tracing::debug!(member = %member.id, %err, "member not told of failed logins");
            }
        }
    }
}

impl Service {
    /// Counts what another member has seen.
    pub(crate) fn learn_of_failed_logins(&self, failures: Vec<FailedLogins>) {
        let now = Instant::now();
        for failed in failures {
            self.logins.learn(failed, now);
        }
    }
}
