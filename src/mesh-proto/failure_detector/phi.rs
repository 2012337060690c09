//! The phi-accrual failure detector (Hayashibara et al., 2004) with the parameters and the approximation that Hazelcast
//! uses: intervals between heartbeats are taken for normally distributed, and phi is the negative decimal logarithm of
//! the chance that a heartbeat comes later than now. A member is dead when phi reaches the threshold.
//!
//! Phi only grows with the silence, so the silence at which it reaches the threshold is computed instead of phi itself:
//! a timer can be set for it.

use std::collections::VecDeque;

use crate::Timestamp;

/// Most intervals that are remembered for a member, whatever the configuration asks for.
const SAMPLES_MAX: usize = 10_000;
/// A threshold beyond this would never be reached within any configured time.
const THRESHOLD_MAX: f64 = 1000.0;
/// Steps of bisection: more than the digits of the result.
const BISECTIONS: u32 = 64;

/// Parameters of the phi-accrual failure detector. Hazelcast's `hazelcast.heartbeat.phiaccrual.failuredetector.*`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhiAccrual {
    /// `threshold`: phi at which a member is dead, above 0. Hazelcast's default is 10.
    pub threshold: f64,
    /// `sample.size`: intervals that are remembered, at least 1. Hazelcast's default is 200.
    pub sample_size: usize,
    /// `min.std.dev.millis`: the least deviation that is assumed, in milliseconds. Hazelcast's default is 100.
    pub deviation_min_ms: u64,
}

/// The heartbeats of one member.
#[derive(Debug, Clone)]
pub(crate) struct Rhythm {
    samples_max: usize,
    deviation_min_ms: u64,
    /// Deviations above the mean at which phi reaches the threshold.
    deviations: f64,
    /// Words closer together than this are one heartbeat.
    apart_ms: u64,
    sampled_at: Timestamp,
    samples: VecDeque<u64>,
    sum: u128,
    sum_of_squares: u128,
}

impl Rhythm {
    /// A member that is expected to speak every `heartbeat_interval_ms`. The first estimate deviates by a quarter, as
    /// Hazelcast's does.
    pub(crate) fn new(phi: PhiAccrual, heartbeat_interval_ms: u64, now: Timestamp) -> Self {
        let interval = heartbeat_interval_ms.max(1);
        let mut rhythm = Self {
            samples_max: phi.sample_size.clamp(1, SAMPLES_MAX),
            deviation_min_ms: phi.deviation_min_ms.max(1),
            deviations: deviations_at(phi.threshold),
            apart_ms: interval / 2,
            sampled_at: now,
            samples: VecDeque::new(),
            sum: 0,
            sum_of_squares: 0,
        };
        rhythm.add(interval - interval / 4);
        rhythm.add(interval.saturating_add(interval / 4));
        rhythm
    }

    /// The member said something. The interval before counts only if the member was alive by then: a silence that was
    /// called death says nothing about the usual rhythm.
    pub(crate) fn heard(&mut self, now: Timestamp, is_alive: bool) {
        let interval = now.since(self.sampled_at);
        if interval < self.apart_ms {
            return;
        }
        if is_alive {
            self.add(interval);
        }
        self.forgive(now);
    }

    /// The interval that ends now does not count.
    pub(crate) fn forgive(&mut self, now: Timestamp) {
        self.sampled_at = self.sampled_at.max(now);
    }

    /// Silence in milliseconds at which phi reaches the threshold, with a pause allowed on top of the usual interval.
    pub(crate) fn limit_ms(&self, pause_ms: u64) -> u64 {
        let (mean, deviation) = self.shape();
        let limit = mean + as_f64(pause_ms) + self.deviations * deviation;
        // Beyond the range it saturates, and a negative limit (thresholds near 0) is 0.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates as wanted")]
        let limit = limit.ceil() as u64;
        limit.max(1)
    }

    /// Mean and deviation of the intervals in milliseconds.
    fn shape(&self) -> (f64, f64) {
        let count = as_f64(self.samples.len() as u64).max(1.0);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds need no more digits")]
        let (sum, squares) = (self.sum as f64, self.sum_of_squares as f64);
        let mean = sum / count;
        let variance = (squares / count - mean * mean).max(0.0);
        (mean, variance.sqrt().max(as_f64(self.deviation_min_ms)))
    }

    fn add(&mut self, interval: u64) {
        if self.samples.len() >= self.samples_max
            && let Some(oldest) = self.samples.pop_front()
        {
            self.sum -= u128::from(oldest);
            self.sum_of_squares -= square(oldest);
        }
        self.samples.push_back(interval);
        self.sum += u128::from(interval);
        self.sum_of_squares += square(interval);
    }
}

fn square(interval: u64) -> u128 {
    u128::from(interval) * u128::from(interval)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds need no more digits")]
fn as_f64(number: u64) -> f64 {
    number as f64
}

/// Deviations above the mean at which phi reaches `threshold`.
///
/// Hazelcast approximates the normal distribution by a logistic function of `y (1.5976 + 0.070566 y²)`, so that
/// `phi = log10(1 + exp(y (1.5976 + 0.070566 y²)))`, which only grows.
fn deviations_at(threshold: f64) -> f64 {
    let threshold = threshold.clamp(f64::MIN_POSITIVE, THRESHOLD_MAX);
    // ln(10^t - 1), without the overflow of 10^t.
    let wanted = if threshold > 15.0 {
        threshold * std::f64::consts::LN_10
    } else {
        (10_f64.powf(threshold) - 1.0).max(f64::MIN_POSITIVE).ln()
    };
    let (mut low, mut high) = (-100.0, 100.0);
    for _ in 0..BISECTIONS {
        let middle = f64::midpoint(low, high);
        if logistic(middle) < wanted { low = middle } else { high = middle }
    }
    high
}

fn logistic(y: f64) -> f64 {
    y * (1.5976 + 0.070_566 * y * y)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DEFAULTS: PhiAccrual = PhiAccrual { threshold: 10.0, sample_size: 200, deviation_min_ms: 100 };

    fn phi_of(y: f64) -> f64 {
        (1.0 + logistic(y).exp()).log10()
    }

    #[test]
    fn the_threshold_is_reached_where_the_formula_says() {
        for threshold in [0.2, 0.5, 1.0, 5.0, 8.0, 10.0, 14.9, 15.1, 50.0] {
            let y = deviations_at(threshold);
            assert!((phi_of(y) - threshold).abs() < 1e-6, "{threshold}: {y}");
        }
        // The normal distribution itself: one in ten is 1.28 deviations late, one in ten billion 6.36. The
        // approximation is a little lower far out.
        for (threshold, expected, error) in [(1.0, 1.2816, 0.01), (3.0, 3.0902, 0.05), (10.0, 6.3613, 0.6)] {
            assert!((deviations_at(threshold) - expected).abs() < error, "{threshold}");
        }
        assert!(deviations_at(1e300).is_finite() && deviations_at(0.0) < 0.0);
    }

    #[test]
    fn an_irregular_member_gets_more_time_than_a_regular_one() {
        let limit = |intervals: [u64; 2]| {
            let mut rhythm = Rhythm::new(DEFAULTS, 1000, Timestamp(0));
            let mut now = 0;
            for turn in 0..400 {
                now += intervals[turn % 2];
                rhythm.heard(Timestamp(now), true);
            }
            rhythm.limit_ms(5000)
        };
        let regular = limit([1000, 1000]);
        assert!((6500..6800).contains(&regular), "{regular}");
        let irregular = limit([600, 1400]);
        assert!((8000..9000).contains(&irregular), "{irregular}");
    }

    #[test]
    fn bursts_and_deaths_are_no_rhythm() {
        let mut rhythm = Rhythm::new(DEFAULTS, 1000, Timestamp(0));
        for beat in 1..300 {
            for burst in 0..20 {
                rhythm.heard(Timestamp(beat * 1000 + burst), true);
            }
        }
        let before = rhythm.limit_ms(5000);
        assert!((6500..6800).contains(&before), "{before}");
        rhythm.heard(Timestamp(900_000), false);
        rhythm.forgive(Timestamp(950_000));
        assert_eq!(rhythm.limit_ms(5000), before);
    }

    proptest! {
        #[test]
        fn limits_stay_sane_for_any_rhythm(
            intervals in prop::collection::vec(0_u64..10_000_000, 0..500),
            threshold in 0.01_f64..500.0,
            sample_size in 0_usize..400,
            deviation_min_ms in 0_u64..100_000,
            pause in 0_u64..1_000_000_000,
        ) {
            let phi = PhiAccrual { threshold, sample_size, deviation_min_ms };
            let mut rhythm = Rhythm::new(phi, 1000, Timestamp(0));
            let mut now = 0;
            for interval in intervals {
                now += interval;
                rhythm.heard(Timestamp(now), true);
                prop_assert!(rhythm.samples.len() <= sample_size.max(1));
                let sum: u128 = rhythm.samples.iter().map(|&sample| u128::from(sample)).sum();
                prop_assert_eq!(sum, rhythm.sum);
            }
            let patient = PhiAccrual { threshold: threshold + 1.0, ..phi };
            let more = Rhythm { deviations: deviations_at(patient.threshold), ..rhythm.clone() };
            prop_assert!(rhythm.limit_ms(pause) >= 1);
            prop_assert!(more.limit_ms(pause) >= rhythm.limit_ms(pause), "a higher threshold waits longer");
            prop_assert!(rhythm.limit_ms(pause + 1000) >= rhythm.limit_ms(pause));
        }
    }
}
