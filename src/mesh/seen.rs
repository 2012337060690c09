//! Waiting until the other members know of a session.

use std::collections::VecDeque;

use cobnut_model::limits::SESSION_SEEN_WAIT;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A session that was published here and is on its way to the other members.
///
/// Whoever is told that the session exists may tell others, who are on other members: they have to find it.
#[derive(Debug)]
pub struct Seen(Option<oneshot::Receiver<()>>);

impl Seen {
    /// There is nobody to wait for.
    pub(crate) fn at_once() -> Self {
        Self(None)
    }

    /// Waits until every member that is in touch (connected, not suspected, not still reading what it missed) has the
    /// session; [`SESSION_SEEN_WAIT`] at most. Returns whether all have it.
    pub async fn wait(self) -> bool {
        match self.0 {
            None => true,
            // Who waits while this node leaves its cluster is alone then.
            Some(receiver) => timeout(SESSION_SEEN_WAIT, receiver).await.is_ok(),
        }
    }
}

/// Those who wait, in the order of versions. It holds what is published within [`SESSION_SEEN_WAIT`] at most, and
/// those who gave up until the ones before them did.
#[derive(Debug, Default)]
pub(crate) struct SeenQueue(VecDeque<(u64, oneshot::Sender<()>)>);

impl SeenQueue {
    /// Waits for `version`, which is the latest one, where `held` is.
    pub(crate) fn wait_for(&mut self, version: u64, held: u64) -> Seen {
        if held >= version {
            return Seen::at_once();
        }
        self.drop_given_up();
        let (sender, receiver) = oneshot::channel();
        self.0.push_back((version, sender));
        Seen(Some(receiver))
    }

    /// Releases who waits for the version that `held` returns, or an earlier one.
    pub(crate) fn release(&mut self, held: impl FnOnce() -> u64) {
        if self.0.is_empty() {
            return;
        }
        let held = held();
        while let Some((_, sender)) = self.0.pop_front_if(|(version, _)| *version <= held) {
            let _gave_up_already = sender.send(());
        }
    }

    fn drop_given_up(&mut self) {
        while self.0.pop_front_if(|(_, sender)| sender.is_closed()).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_are_released_in_order_and_give_up_in_time() {
        let mut queue = SeenQueue::default();
        assert!(queue.wait_for(5, 5).wait().await, "nobody else");
        let (first, second) = (queue.wait_for(6, 5), queue.wait_for(7, 5));
        queue.release(|| 6);
        assert!(first.wait().await);
        assert!(!second.wait().await, "version 7 is held by nobody");
        let third = queue.wait_for(8, 6);
        assert_eq!(queue.0.len(), 1, "who gave up is forgotten");
        queue.release(|| 9);
        assert!(third.wait().await);
        assert!(queue.0.is_empty());
    }
}
