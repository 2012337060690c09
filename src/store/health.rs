//! Whether the database answers: a state that others can watch, and the task that keeps it true.

use std::sync::{Arc, Weak};
use std::time::Duration;

use cobnut_model::{UnixMillis, limits};
use cobnut_net::within;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::backend::on_backend;
use crate::store::Shared;

/// Whether the database answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Available,
    /// It does not.
    Unavailable {
        /// Since when.
        since: UnixMillis,
    },
}

/// The state of one store.
///
/// Only the background check changes it. An operation that fails merely asks for a check at once: one broken
/// connection or one slow lock is not a lost database.
#[derive(Debug)]
pub(crate) struct HealthState {
    state: watch::Sender<Health>,
    suspicion: Notify,
}

impl HealthState {
    pub(crate) fn new() -> Self {
        Self { state: watch::Sender::new(Health::Available), suspicion: Notify::new() }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Health> {
        self.state.subscribe()
    }

    pub(crate) fn is_down(&self) -> bool {
        *self.state.borrow() != Health::Available
    }

    /// Waits until the database is known to be away. Cancel safety: safe, nothing is consumed.
    pub(crate) async fn went_down(&self) {
        let mut watched = self.state.subscribe();
        if watched.wait_for(|health| *health != Health::Available).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Asks for a check at once.
    pub(crate) fn suspect(&self) {
        self.suspicion.notify_one();
    }

    fn set_down(&self, err: &sqlx::Error) {
        let changed = self.state.send_if_modified(|health| {
            let was_up = *health == Health::Available;
            if was_up {
                *health = Health::Unavailable { since: cobnut_net::unix_now() };
            }
            was_up
        });
        if changed {
            warn!(err = %err, "database lost; trying again until it answers");
        }
    }

    fn set_up(&self) {
        let changed = self.state.send_if_modified(|health| {
            let was_down = *health != Health::Available;
            *health = Health::Available;
            was_down
        });
        if changed {
            info!("database answers again");
        }
    }
}

/// Checks the database until the store is closed or dropped. While it is away the pause grows from
/// [`limits::DATABASE_PROBE_BACKOFF`] to [`limits::DATABASE_PROBE_INTERVAL`], shortened at random so that the nodes of
/// a cluster do not come back in step.
pub(crate) async fn probe_until_closed(
    shared: Weak<Shared>,
    health: Arc<HealthState>,
    closed: CancellationToken,
) {
    let mut pause = limits::DATABASE_PROBE_INTERVAL;
    loop {
        let wake_up = async {
            if health.is_down() {
                tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
            } else {
                drop(tokio::time::timeout(pause, health.suspicion.notified()).await);
            }
        };
        tokio::select! {
            () = closed.cancelled() => return,
            () = wake_up => {}
        }
        let Some(shared) = shared.upgrade() else { return };
        pause = check(&shared, pause).await;
    }
}

/// One check; returns the pause before the next.
async fn check(shared: &Shared, pause: Duration) -> Duration {
    let probe = async { on_backend!(&shared.engine, db => db.probe().await) };
    let answer = within(limits::DATABASE_PROBE_TIMEOUT, probe).await;
    match answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        Ok(()) => {
            if shared.health.is_down() {
                on_backend!(&shared.engine, db => db.renew());
            }
            shared.health.set_up();
            limits::DATABASE_PROBE_INTERVAL
        }
        Err(err) if shared.health.is_down() => {
            tracing::debug!(err = %err, "database still away");
            (pause * 2).clamp(limits::DATABASE_PROBE_BACKOFF, limits::DATABASE_PROBE_INTERVAL)
        }
        Err(err) => {
            shared.health.set_down(&err);
            limits::DATABASE_PROBE_BACKOFF
        }
    }
}
