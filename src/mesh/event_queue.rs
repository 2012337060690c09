//! Events on their way to the reader of the event channel, in order.
//!
//! The queue itself takes everything: what peers can put into it is bounded by the window of each link
//! (`cobnut_mesh_proto` sends no more until frames are accepted), the rest are a few events per member.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::events::ClusterEvent;

#[derive(Debug)]
pub(crate) struct QueuedEvent<T> {
    pub(crate) event: ClusterEvent,
    /// What to confirm once the reader took the event.
    pub(crate) receipt: Option<T>,
}

#[derive(Debug)]
pub(crate) struct EventQueue<T> {
    waiting: Mutex<VecDeque<QueuedEvent<T>>>,
    changed: Notify,
}

impl<T> Default for EventQueue<T> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), changed: Notify::new() }
    }
}

impl<T> EventQueue<T> {
    pub(crate) fn push(&self, event: ClusterEvent, receipt: Option<T>) {
        self.lock().push_back(QueuedEvent { event, receipt });
        self.changed.notify_one();
    }

    /// The next event. Cancel safety: nothing is lost when the future is dropped.
    pub(crate) async fn next(&self) -> QueuedEvent<T> {
        loop {
            if let Some(event) = self.lock().pop_front() {
                return event;
            }
            self.changed.notified().await;
        }
    }

    /// Drops what still waits for a confirmation: its sender gets it back.
    pub(crate) fn drop_unconfirmed(&self) {
        self.lock().retain(|queued| queued.receipt.is_none());
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<QueuedEvent<T>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
