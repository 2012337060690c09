//! Time limits that count the time in which this process ran.
//!
//! A virtual machine that is moved to another host, or a process that is stopped for a moment, finds all its time
//! limits expired when it runs again, although what it waited for had no chance to answer. A database would be taken
//! for lost, and every login refused, because of a pause of our own.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// A wait is counted in steps of this length. A step that takes longer, because the process did not run, counts once.
const STEP: Duration = Duration::from_millis(100);

/// The time was up before the future was ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no answer within the time limit")]
pub struct OutOfPatience;

/// Waits for `future`, at most for `limit` (rounded up to tenths of a second) of the time in which this process runs.
///
/// Cancel safety: that of `future`, which is dropped when the time is up.
pub fn within<F: Future>(
    limit: Duration,
    future: F,
) -> impl Future<Output = Result<F::Output, OutOfPatience>> {
    // Boxed, because the futures of database operations are too large to be moved about.
    let mut future = Box::pin(future);
    async move {
        let mut steps = interval_at(Instant::now() + STEP, STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waited = Duration::ZERO;
        loop {
            tokio::select! {
                // What became ready during a pause is not late.
                biased;
                output = &mut future => return Ok(output),
                _ = steps.tick() => waited += STEP,
            }
            if waited >= limit {
                return Err(OutOfPatience);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::{advance, sleep};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(3);

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_time_counts() {
        let slow = async {
            sleep(LIMIT.saturating_sub(STEP)).await;
            7
        };
        assert_eq!(within(LIMIT, slow).await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn time_is_up_when_it_is() {
        let started = Instant::now();
        assert_eq!(within(LIMIT, pending::<()>()).await, Err(OutOfPatience));
        assert!((LIMIT..=LIMIT + STEP).contains(&started.elapsed()), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_of_the_process_is_not_waiting() {
        let waiting = tokio::spawn(within(LIMIT, async {
            // An answer that needs half a second of a running machine.
            for _ in 0..5 {
                sleep(STEP).await;
            }
        }));
        for _ in 0..5 {
            tokio::task::yield_now().await;
            advance(LIMIT * 2).await;
        }
        assert_eq!(waiting.await.expect("task"), Ok(()));
    }
}
