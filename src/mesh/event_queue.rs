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
enum Place<T> {
    Taken(QueuedEvent<T>),
    /// Its event takes a while to make; what comes after it waits.
    Reserved(Ticket),
}

/// A place in the queue for an event that is not ready yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

#[derive(Debug)]
pub(crate) struct EventQueue<T> {
    waiting: Mutex<Waiting<T>>,
    changed: Notify,
}

#[derive(Debug)]
struct Waiting<T> {
    places: VecDeque<Place<T>>,
    last_ticket: u64,
}

impl<T> Default for EventQueue<T> {
    fn default() -> Self {
        let waiting = Waiting { places: VecDeque::new(), last_ticket: 0 };
        Self { waiting: Mutex::new(waiting), changed: Notify::new() }
    }
}

impl<T> EventQueue<T> {
    pub(crate) fn push(&self, event: ClusterEvent, receipt: Option<T>) {
        self.lock().places.push_back(Place::Taken(QueuedEvent { event, receipt }));
        self.changed.notify_one();
    }

    /// Keeps a place. It has to be filled, or nothing after it is ever handed out.
    pub(crate) fn reserve(&self) -> Ticket {
        let mut waiting = self.lock();
        waiting.last_ticket += 1;
        let ticket = Ticket(waiting.last_ticket);
        waiting.places.push_back(Place::Reserved(ticket));
        ticket
    }

    /// Fills a place that was kept.
    pub(crate) fn fill(&self, ticket: Ticket, event: ClusterEvent) {
        let mut waiting = self.lock();
        let place =
            waiting.places.iter_mut().find(|place| matches!(place, Place::Reserved(held) if *held == ticket));
        if let Some(place) = place {
            *place = Place::Taken(QueuedEvent { event, receipt: None });
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// The next event. Cancel safety: nothing is lost when the future is dropped.
    pub(crate) async fn next(&self) -> QueuedEvent<T> {
        loop {
            if let Some(event) = self.take() {
                return event;
            }
            self.changed.notified().await;
        }
    }

    fn take(&self) -> Option<QueuedEvent<T>> {
        let mut waiting = self.lock();
        match waiting.places.pop_front()? {
            Place::Taken(event) => Some(event),
            reserved @ Place::Reserved(_) => {
                waiting.places.push_front(reserved);
                None
            }
        }
    }

    /// Drops what still waits for a confirmation: its sender gets it back.
    pub(crate) fn drop_unconfirmed(&self) {
        let needs_none = |place: &Place<T>| !matches!(place, Place::Taken(event) if event.receipt.is_some());
        self.lock().places.retain(needs_none);
    }

    /// As [`Self::drop_unconfirmed`], of those that `is_void` names.
    pub(crate) fn drop_void(&self, is_void: impl Fn(&T) -> bool) {
        let stays = |place: &Place<T>| match place {
            Place::Taken(event) => !event.receipt.as_ref().is_some_and(&is_void),
            Place::Reserved(_) => true,
        };
        self.lock().places.retain(stays);
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().places.len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use cobnut_model::NodeId;

    use super::*;

    #[tokio::test]
    async fn what_comes_after_a_kept_place_waits_for_it() {
        let queue: EventQueue<u8> = EventQueue::default();
        let event = |number| ClusterEvent::ForgottenBy(NodeId([number; 16]));
        let number = |queued: QueuedEvent<u8>| match queued.event {
            ClusterEvent::ForgottenBy(node) => node.0[0],
            other => panic!("{other:?}"),
        };
        queue.push(event(1), None);
        let (second, fourth) = (queue.reserve(), queue.reserve());
        queue.push(event(5), Some(5));
        queue.push(event(6), None);
        assert_eq!(number(queue.next().await), 1);
        assert!(queue.take().is_none());
        queue.fill(fourth, event(4));
        assert!(queue.take().is_none());
        queue.fill(second, event(2));
        queue.drop_unconfirmed();
        let mut seen = Vec::new();
        while let Some(queued) = queue.take() {
            seen.push(number(queued));
        }
        assert_eq!((seen, queue.len()), (vec![2, 4, 6], 0));
    }

    #[test]
    fn what_its_sender_has_back_is_dropped_and_nothing_else() {
        let queue: EventQueue<u8> = EventQueue::default();
        let event = || ClusterEvent::ForgottenBy(NodeId([0; 16]));
        for receipt in [Some(1), Some(2), None, Some(1), Some(3)] {
            queue.push(event(), receipt);
        }
        let kept = queue.reserve();
        queue.push(event(), Some(1));
        queue.drop_void(|&receipt| receipt == 1);
        queue.fill(kept, event());
        let left: Vec<Option<u8>> =
            std::iter::from_fn(|| queue.take()).map(|queued| queued.receipt).collect();
        assert_eq!(left, [Some(2), None, Some(3), None]);
    }
}
