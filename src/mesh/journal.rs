//! What happened in the cluster as this node saw it: a bounded list in memory for the operator's timeline.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use cobnut_model::limits::MESH_JOURNAL_ENTRIES_MAX;
use cobnut_model::{NodeId, UnixMillis};

use crate::engine::unix_now;
use crate::metrics::Happenings;

/// What an entry of the journal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JournalKind {
    /// Clustering was switched on.
    On,
    /// Clustering was switched off.
    Off,
    /// A member joined.
    Joined,
    /// A member said goodbye.
    Left,
    /// A member was removed for another reason, which the text says.
    Lost,
    /// A member has been silent for the time of suspicion.
    Suspected,
    /// A suspected member was heard again.
    HeardAgain,
    /// The connection to a member broke; it stays a member for now.
    LinkLost,
    /// The connection to a member was made again.
    LinkBack,
    /// A member is heard and takes nothing of what it is sent.
    Stuck,
    /// Such a member takes what it is sent again.
    TakesAgain,
    /// A member broke the protocol, and its connection was ended; the text says how. A mistake in a program, or worse.
    Misbehaved,
    /// Several members fell silent at once.
    Split,
    /// A member that had been lost by silence is back.
    Healed,
    /// This node itself had stopped for a while.
    Paused,
    /// A member had removed this node and took it back.
    ForgottenBy,
    /// Two members cannot reach each other; the text says who gives way.
    CutOff,
    /// This node is on the smaller or the larger side of a split now.
    Standing,
    /// A node was refused, by this node or by another.
    Refused,
    /// What is held of a member's entries was not what the member has. A mistake in the program.
    Diverged,
    /// A node uses the same database and is not in this cluster; the text says why.
    Apart,
    /// This node expects other members and has none.
    Alone,
    /// This node is not alone any more.
    NotAlone,
    /// This node sends its clients away.
    Draining,
    /// This node takes clients again.
    Serving,
}

impl JournalKind {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::On,
        Self::Off,
        Self::Joined,
        Self::Left,
        Self::Lost,
        Self::Suspected,
        Self::HeardAgain,
        Self::LinkLost,
        Self::LinkBack,
        Self::Stuck,
        Self::TakesAgain,
        Self::Misbehaved,
        Self::Split,
        Self::Healed,
        Self::Paused,
        Self::ForgottenBy,
        Self::CutOff,
        Self::Standing,
        Self::Refused,
        Self::Diverged,
        Self::Apart,
        Self::Alone,
        Self::NotAlone,
        Self::Draining,
        Self::Serving,
    ];

    /// A short name, for metrics, JSON and style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Lost => "lost",
            Self::Suspected => "suspected",
            Self::HeardAgain => "heard_again",
            Self::LinkLost => "link_lost",
            Self::LinkBack => "link_back",
            Self::Stuck => "stuck",
            Self::TakesAgain => "takes_again",
            Self::Misbehaved => "misbehaved",
            Self::Split => "split",
            Self::Healed => "healed",
            Self::Paused => "paused",
            Self::ForgottenBy => "forgotten_by",
            Self::CutOff => "cut_off",
            Self::Standing => "standing",
            Self::Refused => "refused",
            Self::Diverged => "diverged",
            Self::Apart => "apart",
            Self::Alone => "alone",
            Self::NotAlone => "not_alone",
            Self::Draining => "draining",
            Self::Serving => "serving",
        }
    }

    /// Whether an operator should look at it.
    pub fn is_trouble(self) -> bool {
        matches!(
            self,
            Self::Lost
                | Self::Suspected
                | Self::LinkLost
                | Self::Stuck
                | Self::Misbehaved
                | Self::Split
                | Self::Paused
                | Self::CutOff
                | Self::Refused
                | Self::Diverged
                | Self::Apart
                | Self::Alone
        )
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Counts the entries of this process from 1.
    pub number: u64,
    /// When, by this node's wall clock.
    pub at: UnixMillis,
    /// What.
    pub kind: JournalKind,
    /// The member that it is about, if it is about one.
    pub member: Option<NodeId>,
    /// Name of that member, or address of a node that is none; empty where there is neither.
    pub subject: String,
    /// Why or how much, as a sentence for the operator; empty where the kind says it all.
    pub text: String,
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    kept: Mutex<Kept>,
    counted: Happenings,
}

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    /// Newest first.
    entries: VecDeque<JournalEntry>,
}

impl Journal {
    /// An empty journal whose entries are counted there.
    pub(crate) fn new(counted: Happenings) -> Self {
        Self { kept: Mutex::default(), counted }
    }

    pub(crate) fn note(&self, kind: JournalKind, member: Option<NodeId>, subject: String, text: String) {
        self.counted.count(kind);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last += 1;
        let entry = JournalEntry { number: kept.last, at: unix_now(), kind, member, subject, text };
        kept.entries.push_front(entry);
        kept.entries.truncate(MESH_JOURNAL_ENTRIES_MAX);
    }

    /// Entries with a number above `since`, newest first.
    pub(crate) fn since(&self, since: u64) -> Vec<JournalEntry> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entries.iter().take_while(|entry| entry.number > since).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first_and_old_ones_are_forgotten() {
        let journal = Journal::default();
        assert!(journal.since(0).is_empty());
        for number in 0..MESH_JOURNAL_ENTRIES_MAX + 5 {
            journal.note(JournalKind::Joined, None, String::new(), number.to_string());
        }
        let all = journal.since(0);
        assert_eq!(all.len(), MESH_JOURNAL_ENTRIES_MAX);
        let newest = all[0].number;
        assert_eq!(newest, MESH_JOURNAL_ENTRIES_MAX as u64 + 5);
        assert!(all.windows(2).all(|pair| pair[0].number == pair[1].number + 1));
        assert_eq!(journal.since(newest - 2).len(), 2);
        assert!(journal.since(newest).is_empty());
    }
}
