//! Where one reader of the own log stands, and what to send it next.

use crate::replication::OwnLog;
use crate::wire::{Changes, Frame};

/// Bytes of an entry besides key and value on the wire, at most.
const ENTRY_OVERHEAD: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feed {
    /// No connection, or the reader has not said yet what it has.
    Waiting,
    /// The reader has everything up to the cursor.
    Tail { cursor: u64 },
    /// All entries are repeated from the beginning up to what there is in the end, so that an entry which changes
    /// meanwhile is repeated, too. `since` is the version at the beginning; `is_begun` once that was said.
    Snapshot { cursor: u64, since: u64, is_begun: bool },
}

impl Feed {
    /// The reader says that it has applied `applied`.
    pub(crate) fn start(applied: u64, log: &OwnLog) -> Self {
        if (applied >= log.floor() || mutated!(FloorIgnored)) && applied <= log.version() {
            Self::Tail { cursor: applied }
        } else {
            Self::Snapshot { cursor: 0, since: log.version(), is_begun: false }
        }
    }

    /// Whether the reader was sent everything that there is now.
    pub(crate) fn is_at_end(self, log: &OwnLog) -> bool {
        matches!(self, Self::Tail { cursor } if cursor == log.version())
    }

    /// Begins again, with a snapshot.
    pub(crate) fn restart(&mut self, log: &OwnLog) {
        if *self != Self::Waiting {
            *self = Self::Snapshot { cursor: 0, since: log.version(), is_begun: false };
        }
    }

    #[cfg(test)]
    pub(crate) fn has_more(self, log: &OwnLog) -> bool {
        match self {
            Self::Waiting => false,
            Self::Tail { cursor } => cursor < log.version(),
            Self::Snapshot { .. } => true,
        }
    }

    /// The next frame; about `budget` bytes, at least one entry.
    pub(crate) fn next(&mut self, log: &OwnLog, budget: usize) -> Option<Frame> {
        match *self {
            Self::Waiting => None,
            Self::Tail { cursor } if cursor < log.floor() && !mutated!(FloorIgnored) => {
                *self = Self::Snapshot { cursor: 0, since: log.version(), is_begun: false };
                self.next(log, budget)
            }
            Self::Tail { cursor } => {
                let changes = slice(log, cursor, log.version(), budget)?;
                *self = Self::Tail { cursor: changes.version };
                Some(Frame::Changes(changes))
            }
            Self::Snapshot { since, is_begun: false, .. } => {
                *self = Self::Snapshot { cursor: 0, since, is_begun: true };
                Some(Frame::SnapshotBegin)
            }
            Self::Snapshot { cursor, since, .. } if log.floor() > since.max(cursor) => {
                // Deletions made since were forgotten: what was sent may hold entries that are gone.
                *self = Self::Snapshot { cursor: 0, since: log.version(), is_begun: false };
                self.next(log, budget)
            }
            Self::Snapshot { cursor, since, .. } => {
                let until = if mutated!(SnapshotEndsEarly) { since } else { log.version() };
                let Some(changes) = slice(log, cursor, until, budget) else {
                    *self = Self::Tail { cursor };
                    return Some(Frame::SnapshotEnd(cursor));
                };
                *self = Self::Snapshot { cursor: changes.version, since, is_begun: true };
                Some(Frame::Changes(changes))
            }
        }
    }
}

fn slice(log: &OwnLog, after: u64, until: u64, budget: usize) -> Option<Changes> {
    if after >= until {
        return None;
    }
    let mut entries = Vec::new();
    let mut bytes = 0;
    for (version, change) in log.after(after).take_while(|&(version, _)| version <= until) {
        bytes += ENTRY_OVERHEAD + change.key.len() + change.value.as_ref().map_or(0, bytes::Bytes::len);
        if !(mutated!(DeletionLost) && change.value.is_none() && version.is_multiple_of(7)) {
            entries.push(change);
        }
        if bytes >= budget {
            return Some(Changes { after, version, entries });
        }
    }
    Some(Changes { after, version: until, entries })
}
