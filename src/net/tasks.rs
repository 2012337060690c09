//! Named tasks that end together.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug_span, error};

/// Spawns tasks, counts them by name and ends them on shutdown. Cheap to clone.
///
/// A task ends by watching [`Tasks::token`]; nothing is aborted before [`Tasks::shut_down`] runs out of patience.
#[derive(Clone, Default)]
pub struct Tasks {
    token: CancellationToken,
    tracker: TaskTracker,
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Tasks {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// A registry that ends with this one and can also be ended alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            token: self.token.child_token(),
            tracker: TaskTracker::new(),
            running: Arc::clone(&self.running),
        }
    }

    /// Cancelled when the tasks shall end.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Runs `future` as a task called `name`. A panic in it is logged and ends that task alone.
    pub fn spawn<F>(&self, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let guard = Running::enter(name, Arc::clone(&self.running));
        // Not an async block around it: that would hold the space of the future twice, for every connection.
        self.tracker.spawn(future.map(move |()| drop(guard)).instrument(debug_span!("task", name)));
    }

    /// How many tasks run under each name, in this registry and its relatives.
    pub fn running(&self) -> BTreeMap<&'static str, usize> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks all tasks to end and waits. Returns whether all did within `patience`.
    pub async fn shut_down(&self, patience: Duration) -> bool {
        self.token.cancel();
        self.tracker.close();
        tokio::time::timeout(patience, self.tracker.wait()).await.is_ok()
    }
}

/// Counts one task for as long as it lives, panics included.
struct Running {
    name: &'static str,
    counts: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Running {
    fn enter(name: &'static str, counts: Arc<Mutex<BTreeMap<&'static str, usize>>>) -> Self {
        *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
        Self { name, counts }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            error!(task = self.name, "task panicked");
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(self.name) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn shut_down_waits_for_tasks_and_counts_them() {
        let tasks = Tasks::new();
        let token = tasks.token().clone();
        tasks.spawn("sleeper", async move { token.cancelled().await });
        assert_eq!(tasks.running().get("sleeper"), Some(&1));
        assert!(tasks.shut_down(Duration::from_secs(5)).await);
        assert!(tasks.running().is_empty());
    }

    #[tokio::test]
    async fn a_child_ends_alone_and_with_its_parent() {
        let parent = Tasks::new();
        let first = parent.child();
        let second = parent.child();
        assert!(first.shut_down(Duration::from_secs(1)).await);
        assert!(!second.token().is_cancelled());
        parent.shut_down(Duration::from_secs(1)).await;
        assert!(second.token().is_cancelled());
    }
}
