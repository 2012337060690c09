//! What a lookup has to find, as a search in a list.

use cobnut_model::UnixMillis;

use super::super::LogEntry;
use super::super::occupants::fold;
use super::{ArchiveFilter, ArchivePage, ArchiveRequest, Direction, Speaker};

/// An archived message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Openfire's `messageID`.
    pub number: i64,
    /// What was said.
    pub entry: LogEntry,
}

impl Archived {
    fn position(&self) -> (UnixMillis, i64) {
        (self.entry.at, self.number)
    }

    fn is_said_by(&self, speaker: &Speaker) -> bool {
        match speaker {
            Speaker::Nick(nick) => self.entry.nick.as_deref().is_some_and(|own| fold(own) == fold(nick)),
            Speaker::User(user) => self.entry.sender.to_bare() == *user,
        }
    }
}

/// Answers a question from all that a room has archived, in any order. `None` if a message that it names does not
/// exist (XEP-0313 §4.1.3).
pub fn select(archive: &[Archived], request: &ArchiveRequest) -> Option<ArchivePage> {
    let position =
        |number: &i64| archive.iter().find(|message| message.number == *number).map(Archived::position);
    let ArchiveFilter { speaker, start, end, after, before, numbers } = &request.filter;
    let after = after.as_ref().map(|number| position(number).ok_or(())).transpose().ok()?;
    let before = before.as_ref().map(|number| position(number).ok_or(())).transpose().ok()?;
    if numbers.iter().flatten().any(|number| position(number).is_none()) {
        return None;
    }
    let mut found: Vec<&Archived> = archive.iter().filter(|message| message.entry.is_history()).collect();
    found.retain(|message| {
        let at = message.entry.at;
        speaker.as_ref().is_none_or(|speaker| message.is_said_by(speaker))
            && start.is_none_or(|start| at >= start)
            && end.is_none_or(|end| at <= end)
            && after.is_none_or(|after| message.position() > after)
            && before.is_none_or(|before| message.position() < before)
            && numbers.as_ref().is_none_or(|numbers| numbers.contains(&message.number))
    });
    found.sort_by_key(|message| message.position());
    let count = found.len();
    let (index, is_complete) = match request.direction {
        Direction::Forwards(after) => {
            let after = after.as_ref().map(|number| position(number).ok_or(())).transpose().ok()?;
            let passed =
                after.map_or(0, |after| found.partition_point(|message| message.position() <= after));
            found.drain(..passed);
            let is_complete = found.len() <= request.max;
            found.truncate(request.max);
            (passed, is_complete)
        }
        Direction::Backwards(before) => {
            let before = before.as_ref().map(|number| position(number).ok_or(())).transpose().ok()?;
            let kept =
                before.map_or(count, |before| found.partition_point(|message| message.position() < before));
            found.truncate(kept);
            let passed = found.len().saturating_sub(request.max);
            found.drain(..passed);
            (passed, passed == 0)
        }
    };
    let messages = found.into_iter().cloned().collect();
    Some(ArchivePage {
        messages,
        is_complete,
        count: u64::try_from(count).ok(),
        index: u64::try_from(index).ok(),
    })
}
