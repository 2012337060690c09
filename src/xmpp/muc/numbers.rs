//! Numbers for what is said, taken before it goes out: occupants see the identifier under which the archive answers with it.
//!
//! A block is held in memory and the next one is read in time, so that nobody waits for the database while rooms talk.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cobnut_model::limits;
use cobnut_store::Store;
use tracing::warn;

use crate::service::Service;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    free: Mutex<VecDeque<i64>>,
    filling: tokio::sync::Mutex<()>,
}

impl Numbers {
    fn free(&self) -> MutexGuard<'_, VecDeque<i64>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives back a number that was not used after all.
    pub(super) fn put_back(&self, number: i64) {
        self.free().push_front(number);
    }

    async fn fill(&self, store: &Store, wanted: usize) {
        let _turn = self.filling.lock().await;
        if self.free().len() >= wanted {
            return;
        }
        match store.take_room_message_ids(limits::ROOM_MESSAGE_NUMBERS).await {
            Ok(numbers) => self.free().extend(numbers),
            Err(err) => warn!(%err, "no numbers for what is said in rooms; it is logged under others later"),
        }
    }
}

impl Service {
    /// The next number; `None` while there is none and the database does not answer.
    pub(super) async fn next_room_message_number(&self) -> Option<i64> {
        let numbers = &self.muc.numbers;
        if numbers.free().is_empty() {
            let filling = numbers.fill(&self.store, 1);
            // Whoever gives up here leaves what the database may have given: a few numbers are lost.
            let _filled = tokio::time::timeout(limits::ROOM_WRITE_PATIENCE, filling).await;
        }
        let (number, left) = {
            let mut free = numbers.free();
            (free.pop_front(), free.len())
        };
        // Exactly once on the way down.
        if left == limits::ROOM_MESSAGE_NUMBERS / 2
            && let Some(service) = self.handle_for_task()
        {
            self.tasks.spawn("room message numbers", async move {
                service.muc.numbers.fill(&service.store, limits::ROOM_MESSAGE_NUMBERS / 2 + 1).await;
            });
        }
        number
    }
}
