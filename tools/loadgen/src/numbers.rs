//! Quotients of counts and times, and latencies.

use std::time::Duration;

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies above this are recorded as this.
const LATENCY_MAX: Duration = Duration::from_mins(1);
/// Significant digits of a recorded latency.
const LATENCY_DIGITS: u8 = 3;

/// A count as a floating point number.
#[expect(clippy::cast_precision_loss, reason = "counts and bytes of a benchmark stay far below 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// `count` per second of `time`.
pub(crate) fn per_second(count: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { float(count) / time.as_secs_f64() }
}

/// Microseconds of `time` for each of `count`.
pub(crate) fn micros_each(time: Duration, count: u64) -> f64 {
    if count == 0 { 0.0 } else { time.as_secs_f64() * 1e6 / float(count) }
}

/// How much a value grows from one sample to the next: the straight line through the samples that fits best (least squares).
pub(crate) fn slope(samples: &[u64]) -> f64 {
    let (mut count, mut sum_x, mut sum_y, mut sum_xx, mut sum_xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &sample in samples {
        let (x, y): (f64, f64) = (count, float(sample));
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_xy += x * y;
        count += 1.0;
    }
    let spread = count * sum_xx - sum_x * sum_x;
    if spread > 0.0 { (count * sum_xy - sum_x * sum_y) / spread } else { 0.0 }
}

/// Latencies as they come in.
#[derive(Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> Result<Self> {
        let max = u64::try_from(LATENCY_MAX.as_nanos()).unwrap_or(u64::MAX);
        let histogram = Histogram::new_with_max(max, LATENCY_DIGITS).context("make a histogram")?;
        Ok(Self(histogram))
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn add(&mut self, other: &Self) -> Result<()> {
        self.0.add(&other.0).context("add histograms")
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    pub(crate) fn summary(&self) -> Summary {
        let micros = |nanos: u64| float(nanos) / 1000.0;
        Summary {
            p50_us: micros(self.0.value_at_quantile(0.5)),
            p90_us: micros(self.0.value_at_quantile(0.9)),
            p99_us: micros(self.0.value_at_quantile(0.99)),
            p999_us: micros(self.0.value_at_quantile(0.999)),
            max_us: micros(self.0.max()),
        }
    }
}

/// Percentiles in microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::struct_field_names, reason = "the unit belongs into the names of the JSON fields")]
pub(crate) struct Summary {
    pub(crate) p50_us: f64,
    pub(crate) p90_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
    pub(crate) max_us: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) -> bool {
        (value - expected).abs() <= expected * 0.002
    }

    #[test]
    fn quotients_of_nothing_are_nothing() {
        assert!(near(per_second(10, Duration::from_secs(2)), 5.0));
        assert!(per_second(10, Duration::ZERO).abs() < f64::EPSILON);
        assert!(near(micros_each(Duration::from_millis(1), 4), 250.0));
        assert!(micros_each(Duration::from_secs(1), 0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_slope_is_that_of_the_line_through_the_samples() {
        for (samples, expected) in
            [(&[7, 7, 7][..], 0.0), (&[0, 10, 20], 10.0), (&[9, 5, 1], -4.0), (&[5], 0.0)]
        {
            assert!((slope(samples) - expected).abs() < 1e-9, "{samples:?}");
        }
    }

    #[test]
    fn percentiles_come_out_as_they_went_in() -> Result<()> {
        let mut latencies = Latencies::new()?;
        let mut more = Latencies::new()?;
        (1..=990).for_each(|_| latencies.record(Duration::from_micros(50)));
        (1..=10).for_each(|_| more.record(Duration::from_millis(7)));
        more.record(Duration::from_hours(1));
        latencies.add(&more)?;
        assert_eq!(latencies.count(), 1001);
        let summary = latencies.summary();
        assert!(near(summary.p50_us, 50.0) && near(summary.p90_us, 50.0), "{summary:?}");
        assert!(near(summary.p999_us, 7000.0), "{summary:?}");
        assert!(near(summary.max_us, 60e6), "{summary:?}");
        Ok(())
    }
}
