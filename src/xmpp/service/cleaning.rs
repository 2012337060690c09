//! Deleting messages that nobody has fetched for long: a job for one member of the cluster.
//!
//! Deleting a second time does nothing, so the two sides of a split may both do it.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cobnut_model::UnixMillis;
use cobnut_store::Store;
use tracing::{info, warn};

use super::Service;
use crate::settings::OfflineCleaning;

impl Service {
    /// Deletes old messages from now on, if this is the member to do it and the operator wants it.
    pub(crate) fn clean_offline_messages(self: &Arc<Self>, cleaning: OfflineCleaning) {
        if cleaning.is_on {
            let store = self.store.clone();
            self.cluster.singleton("offline cleaning", move |_fence| clean(store.clone(), cleaning));
        }
    }
}

async fn clean(store: Store, cleaning: OfflineCleaning) {
    let mut ticks = tokio::time::interval(cleaning.every);
    loop {
        ticks.tick().await;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let before = now.saturating_sub(cleaning.keep).as_millis();
        match store.delete_offline_before(UnixMillis(u64::try_from(before).unwrap_or(0))).await {
            Ok(0) => {}
            Ok(deleted) => info!(deleted, "deleted messages that nobody had fetched in time"),
            Err(err) => warn!(%err, "cannot delete old offline messages, trying again at the next turn"),
        }
    }
}
