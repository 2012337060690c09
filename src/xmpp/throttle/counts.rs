//! Counting within a window of time, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What happened within a window of time, for each of a bounded number of subjects.
#[derive(Debug)]
pub(super) struct Counts<K> {
    held: Mutex<HashMap<K, Count>>,
    window: Duration,
    tracked_max: usize,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    count: u32,
    first_at: Instant,
}

impl Count {
    fn is_over(&self, window: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.first_at) >= window
    }
}

impl<K: Eq + Hash + Clone> Counts<K> {
    pub(super) fn new(window: Duration, tracked_max: usize) -> Self {
        Self { held: Mutex::default(), window, tracked_max }
    }

    /// What was counted since the window began.
    pub(super) fn of(&self, key: &K, now: Instant) -> u32 {
        let counts = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(key).filter(|count| !count.is_over(self.window, now)).map_or(0, |count| count.count)
    }

    /// Counts `more`; the first opens the window.
    pub(super) fn add(&self, key: K, more: u32, now: Instant) {
        let mut counts = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= self.tracked_max && !counts.contains_key(&key) {
            self.make_room(&mut counts, now);
        }
        let entry = counts.entry(key).or_insert(Count { count: 0, first_at: now });
        if entry.is_over(self.window, now) {
            *entry = Count { count: 0, first_at: now };
        }
        entry.count = entry.count.saturating_add(more);
    }

    /// Begins again at nothing. Returns whether anything had been counted.
    pub(super) fn forget(&self, key: &K) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(key).is_some()
    }

    fn make_room(&self, counts: &mut HashMap<K, Count>, now: Instant) {
        counts.retain(|_, count| !count.is_over(self.window, now));
        if counts.len() >= self.tracked_max {
            let oldest = counts.iter().min_by_key(|(_, count)| count.first_at).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                counts.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_the_oldest_goes() {
        let counts = Counts::new(Duration::from_secs(10), 3);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for (second, key) in (0..).zip(["a", "b", "c", "d"]) {
            counts.add(key, 1, at(second));
        }
        assert_eq!(["a", "b", "c", "d"].map(|key| counts.of(&key, at(3))), [0, 1, 1, 1]);
        counts.add("late", 2, at(30));
        assert_eq!(counts.held.lock().expect("lock").len(), 1);
        assert_eq!(counts.of(&"late", at(39)), 2);
        assert_eq!(counts.of(&"late", at(40)), 0);
        counts.add("late", 1, at(40));
        assert_eq!(counts.of(&"late", at(40)), 1, "the window begins again");
        assert!(counts.forget(&"late") && !counts.forget(&"late"));
    }
}
