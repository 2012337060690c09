//! How much searching there may be: every search may cost the database a look at all accounts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cobnut_model::limits;
use jid::BareJid;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Counts what accounts ask for, and lets a few searches run at a time.
#[derive(Debug)]
pub(super) struct Gate {
    running: Semaphore,
    asked: Mutex<HashMap<BareJid, Asked>>,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    count: u32,
    since: Instant,
}

impl Default for Gate {
    fn default() -> Self {
        Self { running: Semaphore::new(limits::SEARCHES_AT_ONCE), asked: Mutex::default() }
    }
}

impl Gate {
    /// Waits for a turn; `None` for an account that has asked too often, and when others take too long.
    pub(super) async fn enter(&self, account: &BareJid) -> Option<SemaphorePermit<'_>> {
        if !self.count(account, Instant::now()) {
            return None;
        }
        tokio::time::timeout(limits::SEARCH_PATIENCE, self.running.acquire()).await.ok()?.ok()
    }

    fn count(&self, account: &BareJid, now: Instant) -> bool {
        let is_over = |asked: &Asked| now.saturating_duration_since(asked.since) >= limits::SEARCH_WINDOW;
        let mut searchers = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if searchers.len() >= limits::SEARCHERS_COUNTED_MAX && !searchers.contains_key(account) {
            searchers.retain(|_, asked| !is_over(asked));
            if searchers.len() >= limits::SEARCHERS_COUNTED_MAX {
                searchers.clear();
            }
        }
        let asked = searchers.entry(account.clone()).or_insert(Asked { count: 0, since: now });
        if is_over(asked) {
            *asked = Asked { count: 0, since: now };
        }
        asked.count = asked.count.saturating_add(1);
        asked.count <= limits::SEARCHES_PER_ACCOUNT_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_may_search_again_after_a_while() {
        let (gate, start) = (Gate::default(), Instant::now());
        let account = |name: &str| format!("{name}@example.net").parse::<BareJid>().unwrap();
        for _ in 0..limits::SEARCHES_PER_ACCOUNT_MAX {
            assert!(gate.count(&account("ann"), start));
        }
        assert!(!gate.count(&account("ann"), start));
        assert!(gate.count(&account("bob"), start));
        assert!(gate.count(&account("ann"), start + limits::SEARCH_WINDOW));
    }

    #[test]
    fn what_is_counted_stays_bounded() {
        let (gate, start) = (Gate::default(), Instant::now());
        for number in 0..=limits::SEARCHERS_COUNTED_MAX {
            assert!(gate.count(&format!("u{number}@example.net").parse().unwrap(), start));
        }
        let counted = gate.asked.lock().unwrap().len();
        assert!(counted <= limits::SEARCHERS_COUNTED_MAX, "{counted}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_run_at_a_time() {
        let gate = Gate::default();
        let account: BareJid = "ann@example.net".parse().unwrap();
        let mut turns = Vec::new();
        for _ in 0..limits::SEARCHES_AT_ONCE {
            turns.push(gate.enter(&account).await.unwrap());
        }
        assert!(gate.enter(&account).await.is_none());
        turns.pop();
        assert!(gate.enter(&account).await.is_some());
    }
}
