//! How far another node's log has been applied here.

use crate::wire::Changes;

/// The owner of the log broke its rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReplicationError {
    #[error("changes after version {after} where {applied} is applied")]
    Gap { after: u64, applied: u64 },
    #[error("the end of a snapshot that was not begun")]
    NoSnapshot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reader {
    applied: u64,
    /// The state before a snapshot, if one is under way.
    is_in_snapshot: bool,
    /// The copy was found to be wrong, and the snapshot that was asked for has not ended.
    is_repairing: bool,
}

impl Reader {
    /// What the owner may continue from on a new connection: nothing when a snapshot was cut.
    pub(crate) fn resume_from(&mut self) -> u64 {
        if self.is_in_snapshot && !mutated!(CutSnapshotIsKept) {
            *self = Self { is_repairing: self.is_repairing, ..Self::default() };
        }
        self.applied
    }

    pub(crate) fn applied(self) -> u64 {
        self.applied
    }

    pub(crate) fn begin_snapshot(&mut self) {
        *self = Self { applied: 0, is_in_snapshot: true, is_repairing: self.is_repairing };
    }

    /// Accepts changes if they continue what is applied.
    pub(crate) fn apply(&mut self, changes: &Changes) -> Result<(), ReplicationError> {
        if changes.after != self.applied || changes.version < changes.after {
            return Err(ReplicationError::Gap { after: changes.after, applied: self.applied });
        }
        self.applied = changes.version;
        Ok(())
    }

    pub(crate) fn end_snapshot(&mut self, version: u64) -> Result<(), ReplicationError> {
        if !self.is_in_snapshot {
            return Err(ReplicationError::NoSnapshot);
        }
        if version != self.applied {
            return Err(ReplicationError::Gap { after: version, applied: self.applied });
        }
        self.is_in_snapshot = false;
        self.is_repairing = false;
        Ok(())
    }

    /// Whether a digest of this version says something about what is held here.
    pub(crate) fn can_compare(self, version: u64) -> bool {
        self.applied == version && !self.is_in_snapshot && !self.is_repairing
    }

    /// Notes that the copy is wrong. Returns whether that is news.
    pub(crate) fn begin_repair(&mut self) -> bool {
        !std::mem::replace(&mut self.is_repairing, true)
    }

    pub(crate) fn is_repairing(self) -> bool {
        self.is_repairing
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;

    use super::*;
    use crate::replication::{Feed, OwnLog};
    use crate::wire::Frame;

    /// A reader with its copy of the map.
    #[derive(Default)]
    struct Copy {
        reader: Reader,
        entries: BTreeMap<Bytes, (Bytes, bool)>,
    }

    impl Copy {
        fn take(&mut self, frame: Frame) {
            match frame {
                Frame::SnapshotBegin => {
                    self.reader.begin_snapshot();
                    self.entries.values_mut().for_each(|(_, is_fresh)| *is_fresh = false);
                }
                Frame::Changes(changes) => {
                    self.reader.apply(&changes).expect("in order");
                    for change in changes.entries {
                        match change.value {
                            Some(value) => self.entries.insert(change.key, (value, true)),
                            None => self.entries.remove(&change.key),
                        };
                    }
                }
                Frame::SnapshotEnd(version) => {
                    self.reader.end_snapshot(version).expect("begun");
                    self.entries.retain(|_, (_, is_fresh)| *is_fresh);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Every interleaving of writes, sends and reconnects ends with equal maps.
    #[test]
    fn a_reader_converges_whatever_is_cut() {
        for seed in 0..300_u64 {
            let mut entropy = crate::entropy::Entropy::new([u8::try_from(seed % 256).expect("byte"); 32]);
            for _ in 0..seed / 256 {
                entropy.number();
            }
            let mut log = OwnLog::new(3, [0; 16]);
            let mut copy = Copy::default();
            let mut feed = Feed::start(copy.reader.resume_from(), &log);
            for step in 0..400_u64 {
                let key = Bytes::from(entropy.between(0, 12).to_string());
                match entropy.between(0, 9) {
                    0..=2 => log.put(1, key, Bytes::from(step.to_string())),
                    3..=4 => log.remove(1, key),
                    5..=8 => feed.next(&log, 40).into_iter().for_each(|frame| copy.take(frame)),
                    _ => feed = Feed::start(copy.reader.resume_from(), &log),
                }
            }
            while feed.has_more(&log) {
                copy.take(feed.next(&log, 40).expect("more"));
            }
            let expected: BTreeMap<Bytes, Bytes> =
                log.after(0).filter_map(|(_, c)| Some((c.key, c.value?))).collect();
            let got: BTreeMap<Bytes, Bytes> =
                copy.entries.into_iter().map(|(key, (value, _))| (key, value)).collect();
            assert_eq!(got, expected, "seed {seed}");
            assert_eq!(copy.reader.applied(), log.version());
        }
    }

    /// Otherwise a session would be missing for a moment at a reader that catches up, because its presence changed.
    #[test]
    fn an_entry_that_changes_during_a_snapshot_stays() {
        let mut log = OwnLog::new(0, [1; 16]);
        let names = [Bytes::from_static(b"a"), Bytes::from_static(b"b"), Bytes::from_static(b"c")];
        for name in &names {
            log.put(1, name.clone(), Bytes::from_static(b"before"));
        }
        let mut copy = Copy::default();
        let mut feed = Feed::start(0, &log);
        while feed.has_more(&log) {
            copy.take(feed.next(&log, 1).expect("more"));
        }
        feed = Feed::start(u64::MAX, &log);
        for _ in 0..2 {
            copy.take(feed.next(&log, 1).expect("more"));
        }
        log.put(1, names[2].clone(), Bytes::from_static(b"changed"));
        let mut shown = Vec::new();
        while feed.has_more(&log) {
            copy.take(feed.next(&log, 1).expect("more"));
            shown.push(copy.entries.len());
        }
        assert!(shown.iter().all(|&count| count == names.len()), "{shown:?}");
    }

    #[test]
    fn gaps_are_refused() {
        let mut reader = Reader::default();
        let changes = Changes { after: 3, version: 4, entries: Vec::new() };
        assert_eq!(reader.apply(&changes), Err(ReplicationError::Gap { after: 3, applied: 0 }));
        assert_eq!(reader.end_snapshot(0), Err(ReplicationError::NoSnapshot));
    }
}
