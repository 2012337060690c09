//! A token bucket for the bytes that a client may send.

use std::time::Duration;

use tokio::time::Instant;

/// Bytes per second in the long run, and a burst on top. Twelve bytes of state for each connection.
#[derive(Debug)]
pub(super) struct ByteRate {
    per_second: f64,
    burst: f64,
    /// Bytes that may come at once; negative while the client has to wait.
    credit: f64,
    updated_at: Instant,
}

impl ByteRate {
    pub(super) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst);
        Self { per_second: f64::from(per_second.max(1)), burst, credit: burst, updated_at: now }
    }

    /// Counts bytes that came, and returns until when nothing more should be read.
    pub(super) fn take(&mut self, bytes: usize, now: Instant) -> Option<Instant> {
        let elapsed = now.saturating_duration_since(self.updated_at).as_secs_f64();
        self.updated_at = now;
        let taken = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.credit = (self.credit + elapsed * self.per_second).min(self.burst) - taken;
        (self.credit < 0.0).then(|| now + Duration::from_secs_f64(-self.credit / self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_the_rest_has_to_wait() {
        let start = Instant::now();
        let mut rate = ByteRate::new(100, 1000, start);
        assert_eq!(rate.take(1000, start), None);
        assert_eq!(rate.take(200, start), Some(start + Duration::from_secs(2)));
        let later = start + Duration::from_secs(2);
        assert_eq!(rate.take(0, later), None);
        assert_eq!(rate.take(100, later), Some(later + Duration::from_secs(1)));
    }

    #[test]
    fn credit_does_not_grow_beyond_the_burst() {
        let start = Instant::now();
        let mut rate = ByteRate::new(100, 1000, start);
        let much_later = start + Duration::from_hours(1);
        assert_eq!(rate.take(1000, much_later), None);
        assert!(rate.take(1, much_later).is_some());
    }
}
