//! Deadline failure detection: how long a member may be silent.

use crate::{Config, Timestamp};

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
}

impl Detector {
    pub(crate) fn new(config: &Config, now: Timestamp) -> Self {
        // Less than two heartbeats would declare a healthy member dead.
        let dead_after_ms = config.dead_after_ms.max(config.heartbeat_interval_ms.saturating_mul(2)).max(1);
        let suspect_after_ms =
            config.suspect_after_ms.max(config.heartbeat_interval_ms).clamp(1, dead_after_ms);
        Self { heard_at: now, suspect_after_ms, dead_after_ms }
    }

    pub(crate) fn heard(&mut self, now: Timestamp) {
        self.heard_at = self.heard_at.max(now);
    }

    pub(crate) fn judge(&self, now: Timestamp) -> Verdict {
        let silence = now.since(self.heard_at);
        if silence >= self.dead_after_ms {
            Verdict::Dead
        } else if silence >= self.suspect_after_ms {
            Verdict::Suspect
        } else {
            Verdict::Alive
        }
    }

    /// When the verdict changes next if nothing is heard.
    pub(crate) fn next_change(&self, now: Timestamp) -> Timestamp {
        match self.judge(now) {
            Verdict::Alive => self.heard_at.plus(self.suspect_after_ms),
            Verdict::Suspect | Verdict::Dead => self.heard_at.plus(self.dead_after_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_leads_to_suspicion_and_death_and_a_word_resets_it() {
        let mut detector = Detector { heard_at: Timestamp(0), suspect_after_ms: 3000, dead_after_ms: 5000 };
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
    }
}
