//! The last changes as bytes: several readers take them soon after they were made.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::wire::Change;

/// Changes that are kept.
const CHANGES_MAX: usize = 1024;
/// Bytes of keys and values that are kept.
const BYTES_MAX: usize = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct Recent {
    changes: VecDeque<(u64, Change)>,
    bytes: usize,
}

impl Recent {
    /// Versions only ever grow.
    pub(super) fn push(&mut self, version: u64, change: Change) {
        self.bytes += cost(&change);
        self.changes.push_back((version, change));
        while self.changes.len() > CHANGES_MAX || self.bytes > BYTES_MAX {
            let Some((_, change)) = self.changes.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(cost(&change));
        }
    }

    pub(super) fn get(&self, version: u64) -> Option<Change> {
        let place = self.changes.binary_search_by_key(&version, |(version, _)| *version).ok()?;
        self.changes.get(place).map(|(_, change)| change.clone())
    }

    /// The change was superseded: its value need not be kept.
    pub(super) fn forget(&mut self, version: u64) {
        let Ok(place) = self.changes.binary_search_by_key(&version, |(version, _)| *version) else { return };
        if let Some((_, change)) = self.changes.get_mut(place) {
            self.bytes -= change.value.take().map_or(0, |value| value.len());
            // Bytes may be a small part of a large buffer.
            change.key = Bytes::copy_from_slice(&change.key);
        }
    }
}

fn cost(change: &Change) -> usize {
    change.key.len() + change.value.as_ref().map_or(0, Bytes::len)
}
