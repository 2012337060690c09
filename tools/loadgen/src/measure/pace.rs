//! Turns at a steady rate, kept by the clock and not by how often the generator gets to run.
//!
//! A generator that takes one turn for each time it wakes up gives the rate of its own wake-ups: with a timer of 1 ms
//! and a busy machine that is a few hundred in a second, however fast the server is. Here a late generator takes all
//! turns that became due meanwhile, and says how many it gave up and why.

use std::time::Duration;

/// How far back missed turns are made up for. Shorter than that a machine is merely busy; after a longer pause the wave
/// of everything missed would measure the wave.
const CATCH_UP: Duration = Duration::from_millis(250);
const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// The turns of one run. Times are since its start; the first turn is due at once.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: u32,
    /// The turn that comes next; all before it were taken or missed.
    next: u64,
    late: u64,
    full: u64,
}

impl Pace {
    /// `per_second` turns in each second, at least one.
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second: per_second.max(1), next: 0, late: 0, full: 0 }
    }

    /// When the next turn is due.
    pub(crate) fn due(&self) -> Duration {
        let nanos = (u128::from(self.next) * NANOS_PER_SECOND).div_ceil(u128::from(self.per_second));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Takes the next turn if it is due at `now`. What was due more than [`CATCH_UP`] ago is missed.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        self.late += self.skip_to(now.saturating_sub(CATCH_UP));
        // At slow rates the turn behind the missed ones may still be to come.
        if self.due() > now {
            return false;
        }
        self.next += 1;
        true
    }

    /// The server kept the generator waiting until `now`: what became due meanwhile is missed and not made up for.
    pub(crate) fn held_up(&mut self, now: Duration) {
        self.full += self.skip_to(now);
    }

    /// The run is over: what was due before `end` and not taken is late.
    pub(crate) fn end(&mut self, end: Duration) {
        self.late += self.skip_to(end);
    }

    /// Turns that the generator came too late for, because the machine did not let it run.
    pub(crate) fn late(&self) -> u64 {
        self.late
    }

    /// Turns that were missed because the server was too slow.
    pub(crate) fn full(&self) -> u64 {
        self.full
    }

    /// Gives up all turns due before `time`; returns how many.
    fn skip_to(&mut self, time: Duration) -> u64 {
        let first = (time.as_nanos() * u128::from(self.per_second)).div_ceil(NANOS_PER_SECOND);
        let first = u64::try_from(first).unwrap_or(u64::MAX);
        let skipped = first.saturating_sub(self.next);
        self.next += skipped;
        skipped
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Turns taken by a generator that wakes up every `pause` for `time`.
    fn taken(pace: &mut Pace, pause: Duration, time: Duration) -> u64 {
        let (mut now, mut count) = (Duration::ZERO, 0);
        while now < time {
            while pace.take(now) {
                count += 1;
            }
            now += pause;
        }
        count
    }

    #[test]
    fn the_rate_is_that_of_the_clock_however_late_the_generator_runs() {
        for millis in [1, 3, 6, 50, 200] {
            let mut pace = Pace::new(1000);
            let count = taken(&mut pace, Duration::from_millis(millis), Duration::from_secs(10));
            assert!((9_800..=10_000).contains(&count), "waking up every {millis} ms: {count}");
            assert_eq!((pace.late(), pace.full()), (0, 0));
        }
    }

    #[test]
    fn after_a_long_pause_only_the_last_turns_are_made_up_for() {
        let mut pace = Pace::new(1000);
        let count = taken(&mut pace, Duration::from_secs(2), Duration::from_secs(3));
        assert_eq!(
            (count, pace.late()),
            (1 + 251, 1749),
            "one at the start, 250 ms and the present turn after 2 s"
        );
    }

    #[test]
    fn a_missed_turn_does_not_bring_the_next_one_forward() {
        let mut pace = Pace::new(1);
        assert!(!pace.take(Duration::from_millis(251)));
        assert_eq!((pace.late(), pace.due()), (1, Duration::from_secs(1)));
        assert!(pace.take(Duration::from_secs(1)));
    }

    #[test]
    fn what_the_server_holds_up_is_not_made_up_for() {
        let mut pace = Pace::new(100);
        assert!(pace.take(Duration::ZERO));
        pace.held_up(Duration::from_millis(105));
        assert_eq!((pace.full(), pace.late(), pace.due()), (10, 0, Duration::from_millis(110)));
        assert!(!pace.take(Duration::from_millis(109)));
        assert!(pace.take(Duration::from_millis(110)));
    }

    #[test]
    fn what_is_due_at_the_end_and_not_taken_is_late() {
        let mut pace = Pace::new(10);
        assert!(pace.take(Duration::ZERO));
        pace.end(Duration::from_secs(1));
        assert_eq!((pace.late(), pace.due()), (9, Duration::from_secs(1)));
    }

    #[test]
    fn rates_that_do_not_divide_a_second_do_not_drift() {
        let mut pace = Pace::new(7);
        assert_eq!(taken(&mut pace, Duration::from_millis(1), Duration::from_hours(1)), 7 * 3600);
    }

    proptest! {
        #[test]
        fn every_turn_is_taken_or_missed_and_none_is_early(
            rate in 1_u32..5000,
            steps in prop::collection::vec((0_u64..2_000_000_000, any::<bool>()), 1..40),
        ) {
            let mut pace = Pace::new(rate);
            let (mut now, mut count) = (Duration::ZERO, 0_u64);
            for (nanos, is_held_up) in steps {
                now += Duration::from_nanos(nanos);
                if is_held_up {
                    pace.held_up(now);
                }
                while pace.take(now) {
                    count += 1;
                }
                prop_assert_eq!(count + pace.late() + pace.full(), pace.next);
                // Turn 0 is due at the start, so one more than have passed.
                let passed = now.as_nanos() * u128::from(rate) / NANOS_PER_SECOND + 1;
                prop_assert_eq!(u128::from(pace.next), passed);
                prop_assert!(pace.due() > now);
            }
        }
    }
}
