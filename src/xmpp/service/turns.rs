//! Who of those that work for one account is next.

use cobnut_model::limits;
use jid::BareJid;
use tokio::sync::{Mutex, MutexGuard};

use super::rework::shard_of;

/// Turns of accounts; accounts share the turns of their shard.
#[derive(Debug)]
pub(crate) struct Turns(Vec<Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..limits::REROUTE_SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl Turns {
    /// Waits for the turn of an account, which lasts until the guard is dropped.
    pub(crate) async fn of(&self, account: &BareJid) -> Option<MutexGuard<'_, ()>> {
        Some(self.0.get(shard_of(account))?.lock().await)
    }
}
