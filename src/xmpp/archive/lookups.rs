//! Whose turn it is to look something up in an archive, of a room or of an account.

use cobnut_model::limits;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Questions of one node.
#[derive(Debug)]
pub(crate) struct Lookups {
    /// Places for those that wait, are looked up, or whose answers are being sent.
    places: Semaphore,
    turns: Semaphore,
}

impl Default for Lookups {
    fn default() -> Self {
        Self {
            places: Semaphore::new(limits::ARCHIVE_LOOKUPS_WAITING_MAX),
            turns: Semaphore::new(limits::ARCHIVE_LOOKUPS_AT_ONCE),
        }
    }
}

impl Lookups {
    /// A place for a question until its answer is sent; `None` if there are too many.
    pub(crate) fn enter(&self) -> Option<SemaphorePermit<'_>> {
        self.places.try_acquire().ok()
    }

    /// Waits for the turn of a question that has a place.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes it.
        self.turns.acquire().await.ok()
    }
}
