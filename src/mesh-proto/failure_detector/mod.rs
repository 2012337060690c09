//! Failure detection: how long a member may be silent.
//!
//! Two ways to decide, as in Hazelcast: `deadline` gives every member the same time, `phi-accrual` adds to that time
//! what the rhythm of the member's own heartbeats makes likely.

mod phi;

use crate::{Config, Timestamp};

pub use phi::PhiAccrual;
use phi::Rhythm;

/// How the silence of a member is judged. Hazelcast's `hazelcast.heartbeat.failuredetector.type`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Detection {
    /// A fixed time.
    #[default]
    Deadline,
    /// A time that follows the heartbeats of each member.
    PhiAccrual(PhiAccrual),
}

/// What the silence of a member means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Alive,
    Suspect,
    Dead,
}

/// Watches one member.
#[derive(Debug, Clone)]
pub(crate) struct Detector {
    heard_at: Timestamp,
    suspect_after_ms: u64,
    dead_after_ms: u64,
    /// Present for phi-accrual.
    rhythm: Option<Rhythm>,
    silence_max_ms: u64,
}

impl Detector {
    pub(crate) fn new(config: &Config, now: Timestamp) -> Self {
        // Less than two heartbeats would declare a healthy member dead.
        let dead_after_ms = config.dead_after_ms.max(config.heartbeat_interval_ms.saturating_mul(2)).max(1);
        let suspect_after_ms =
            config.suspect_after_ms.max(config.heartbeat_interval_ms).clamp(1, dead_after_ms);
        let rhythm = match config.rules.detection {
            Detection::Deadline => None,
            Detection::PhiAccrual(phi) => Some(Rhythm::new(phi, config.heartbeat_interval_ms, now)),
        };
        Self { heard_at: now, suspect_after_ms, dead_after_ms, rhythm, silence_max_ms: 0 }
    }

    /// The member said something.
    pub(crate) fn heard(&mut self, now: Timestamp) {
        self.silence_max_ms = self.silence_max_ms.max(now.since(self.heard_at));
        let is_alive = self.judge(now) != Verdict::Dead;
        self.heard_at = self.heard_at.max(now);
        if let Some(rhythm) = &mut self.rhythm {
            rhythm.heard(now, is_alive);
        }
    }

    /// What was not heard until now does not count: this node itself had stopped.
    pub(crate) fn forgive(&mut self, now: Timestamp) {
        self.heard_at = self.heard_at.max(now);
        if let Some(rhythm) = &mut self.rhythm {
            rhythm.forgive(now);
        }
    }

    /// When the member said something last.
    pub(crate) fn heard_at(&self) -> Timestamp {
        self.heard_at
    }

    /// The longest silence so far that a word ended, in milliseconds.
    pub(crate) fn silence_max_ms(&self) -> u64 {
        self.silence_max_ms
    }

    pub(crate) fn judge(&self, now: Timestamp) -> Verdict {
        let silence = now.since(self.heard_at);
        let (suspect_after_ms, dead_after_ms) = self.limits();
        if silence >= dead_after_ms {
            Verdict::Dead
        } else if silence >= suspect_after_ms {
            Verdict::Suspect
        } else {
            Verdict::Alive
        }
    }

    /// For how many milliseconds a member has been dead.
    pub(crate) fn overdue_ms(&self, now: Timestamp) -> u64 {
        now.since(self.heard_at).saturating_sub(self.limits().1)
    }

    /// When the verdict changes next if nothing is heard.
    pub(crate) fn next_change(&self, now: Timestamp) -> Timestamp {
        let (suspect_after_ms, dead_after_ms) = self.limits();
        match self.judge(now) {
            Verdict::Alive => self.heard_at.plus(suspect_after_ms),
            Verdict::Suspect | Verdict::Dead => self.heard_at.plus(dead_after_ms),
        }
    }

    /// Silence in milliseconds that makes a suspect, and that makes a dead member.
    fn limits(&self) -> (u64, u64) {
        match &self.rhythm {
            None => (self.suspect_after_ms, self.dead_after_ms),
            // The configured time is the pause that is allowed on top of the usual one; suspicion keeps its share.
            Some(rhythm) => {
                let dead_after_ms = rhythm.limit_ms(self.dead_after_ms);
                let share = u128::from(dead_after_ms) * u128::from(self.suspect_after_ms);
                let suspect_after_ms = share / u128::from(self.dead_after_ms.max(1));
                (u64::try_from(suspect_after_ms).unwrap_or(dead_after_ms).max(1), dead_after_ms)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadline() -> Detector {
        Detector {
            heard_at: Timestamp(0),
            suspect_after_ms: 3000,
            dead_after_ms: 5000,
            rhythm: None,
            silence_max_ms: 0,
        }
    }

    #[test]
    fn silence_leads_to_suspicion_and_death_and_a_word_resets_it() {
        let mut detector = deadline();
        for (now, verdict, next) in [
            (2999, Verdict::Alive, 3000),
            (3000, Verdict::Suspect, 5000),
            (4999, Verdict::Suspect, 5000),
            (5000, Verdict::Dead, 5000),
        ] {
            assert_eq!(detector.judge(Timestamp(now)), verdict, "{now}");
            assert_eq!(detector.next_change(Timestamp(now)), Timestamp(next), "{now}");
        }
        detector.heard(Timestamp(4900));
        detector.heard(Timestamp(4000));
        assert_eq!(detector.judge(Timestamp(7000)), Verdict::Alive);
        assert_eq!(detector.silence_max_ms(), 4900);
    }

    #[test]
    fn an_own_pause_is_nobodys_silence() {
        let mut detector = deadline();
        detector.forgive(Timestamp(60_000));
        assert_eq!(detector.judge(Timestamp(62_000)), Verdict::Alive);
        detector.heard(Timestamp(62_000));
        assert_eq!(detector.silence_max_ms(), 2000);
    }

    #[test]
    fn verdicts_of_phi_accrual_come_in_order_and_when_they_were_announced() {
        let phi = PhiAccrual { threshold: 10.0, sample_size: 200, deviation_min_ms: 100 };
        let mut detector = Detector { rhythm: Some(Rhythm::new(phi, 1000, Timestamp(0))), ..deadline() };
        for beat in 1..50 {
            detector.heard(Timestamp(beat * 1000));
        }
        let last = Timestamp(49_000);
        let suspect_at = detector.next_change(last);
        assert_eq!(detector.judge(Timestamp(suspect_at.0 - 1)), Verdict::Alive);
        assert_eq!(detector.judge(suspect_at), Verdict::Suspect);
        let dead_at = detector.next_change(suspect_at);
        assert!(dead_at.since(last) > 6000, "the usual second and the allowed pause are not enough");
        assert!(dead_at.since(last) < 8000, "{dead_at:?}");
        assert_eq!(detector.judge(Timestamp(dead_at.0 - 1)), Verdict::Suspect);
        assert_eq!(detector.judge(dead_at), Verdict::Dead);
    }
}
