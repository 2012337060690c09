//! Waiting for something to become true, with a deadline and an error that says what was awaited.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Pause between two looks at a condition that lives in another process and cannot be awaited.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A point in time by which something must have happened.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    started: Instant,
    limit: Duration,
}

impl Deadline {
    /// Starts the clock.
    pub fn after(limit: Duration) -> Self {
        Self { started: Instant::now(), limit }
    }

    /// Time that has passed since the clock was started.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Time that is left, or `None` when the deadline has passed.
    pub fn left(&self) -> Option<Duration> {
        self.limit.checked_sub(self.started.elapsed()).filter(|left| !left.is_zero())
    }

    /// Pauses before the next look; false when the deadline has passed.
    pub fn pause(&self) -> bool {
        let Some(left) = self.left() else { return false };
        std::thread::sleep(POLL_INTERVAL.min(left));
        true
    }
}

/// Looks until `condition` yields a value; returns it with the time that took.
///
/// # Errors
/// When `limit` passes first; the text names `what` and the last error that `condition` gave.
pub fn eventually<T>(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> Result<Option<T>>,
) -> Result<(T, Duration)> {
    let deadline = Deadline::after(limit);
    let mut last_error;
    loop {
        match condition() {
            Ok(Some(value)) => return Ok((value, deadline.elapsed())),
            Ok(None) => last_error = None,
            Err(err) => last_error = Some(err),
        }
        if !deadline.pause() {
            break;
        }
    }
    match last_error {
        Some(err) => Err(err.context(format!("{what} did not happen within {limit:?}"))),
        None => bail!("{what} did not happen within {limit:?}"),
    }
}
