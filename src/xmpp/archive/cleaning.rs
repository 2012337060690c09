//! Deleting messages that are older than archives keep them: a job for one member of the cluster.
//!
//! Deleting a second time does nothing, so the two sides of a split may both do it.

use std::sync::Arc;
use std::time::Duration;

use cobnut_model::{UnixMillis, limits};
use cobnut_store::Store;
use cobnut_xmpp_proto::mam::numbers_at;
use tracing::{info, warn};

use crate::service::{Service, now};

impl Service {
    /// Deletes old messages from now on, if this is the member to do it and the operator wants it. As with Openfire's plugin
    /// they go also while nothing new is archived.
    pub(crate) fn clean_archives(self: &Arc<Self>) {
        if let Some(keep) = self.policy.archive.keep.filter(|_| self.store.has_archive()) {
            let store = self.store.clone();
            self.cluster.singleton("archive cleaning", move |_fence| clean(store.clone(), keep));
        }
    }
}

async fn clean(store: Store, keep: Duration) {
    let mut ticks = tokio::time::interval(limits::ARCHIVE_CLEANING_PERIOD);
    loop {
        ticks.tick().await;
        let keep_ms = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX);
        let before = numbers_at(UnixMillis(now().0.saturating_sub(keep_ms)));
        let mut deleted = 0;
        loop {
            match store.delete_archived_before(before, limits::ARCHIVE_CLEANING_STEP).await {
                Ok(0) => break,
                Ok(count) => deleted += count,
                Err(err) => {
                    warn!(%err, "cannot delete old messages from archives, trying again at the next turn");
                    break;
                }
            }
            tokio::time::sleep(limits::ARCHIVE_CLEANING_PAUSE).await;
        }
        if deleted > 0 {
            info!(deleted, "deleted messages from archives that were kept long enough");
        }
    }
}
