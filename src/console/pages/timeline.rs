//! What happened in the cluster, as a picture: a row for each node, a bar while it was a member, a mark for each event.

use cobnut_mesh::{JournalEntry, JournalKind};
use cobnut_model::{MemberInfo, NodeId, UnixMillis};

use crate::display;

/// Rows that a picture can hold and still be read.
const ROWS_MAX: usize = 24;
/// Entries in the list below the picture.
const LISTED_MAX: usize = 60;
/// Shortest time that a picture shows, in milliseconds.
const SPAN_MIN_MS: u64 = 60_000;
/// Longest time that a picture shows, in milliseconds.
const SPAN_MAX_MS: u64 = 24 * 60 * 60 * 1000;
const WIDTH: i32 = 960;
/// Room for the names.
const LEFT: i32 = 170;
/// Room for half of the last time below the axis.
const RIGHT: i32 = 36;
const TOP: i32 = 12;
const ROW_HEIGHT: i32 = 34;
const AXIS_HEIGHT: i32 = 34;
const TICKS: i32 = 5;

/// A part of a row in which the node was a member.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) x: i32,
    pub(super) width: i32,
}

/// An event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) x: i32,
    /// Name of the kind, for style sheets.
    pub(super) kind: &'static str,
    /// Key of its message.
    pub(super) key: &'static str,
    pub(super) at: String,
    pub(super) is_trouble: bool,
}

/// One node.
#[derive(Debug)]
pub(super) struct Row {
    id: NodeId,
    pub(super) name: String,
    pub(super) y: i32,
    pub(super) bars: Vec<Bar>,
    pub(super) marks: Vec<Mark>,
}

/// A time below the picture.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) x: i32,
    pub(super) label: String,
}

/// A line of the list.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) at: String,
    pub(super) kind: &'static str,
    pub(super) key: &'static str,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) is_trouble: bool,
}

/// Coordinates for the SVG of the template.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) axis_y: i32,
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) rows: Vec<Row>,
    pub(super) ticks: Vec<Tick>,
    pub(super) lines: Vec<Line>,
}

impl Timeline {
    /// From a journal, newest entry first.
    pub(super) fn of(journal: &[JournalEntry], members: &[MemberInfo], now: UnixMillis) -> Self {
        let earliest = journal.last().map_or(now.0, |entry| entry.at.0);
        let span = now.0.saturating_sub(earliest).clamp(SPAN_MIN_MS, SPAN_MAX_MS);
        let scale = Scale { from: now.0.saturating_sub(span), span };
        let mut rows = rows_of(journal, members);
        for row in &mut rows {
            let is_own = members.iter().any(|member| member.is_self && member.id == row.id);
            let is_member = members.iter().any(|member| member.id == row.id);
            let about: Vec<&JournalEntry> = journal
                .iter()
                .rev()
                .filter(|entry| entry.member == Some(row.id) || (is_own && entry.member.is_none()))
                .collect();
            row.bars = bars(&about, is_own, is_member, &scale);
            row.marks = about
                .iter()
                .filter(|entry| entry.at.0 >= scale.from)
                .map(|entry| mark(entry, &scale))
                .collect();
            // What lies on another mark is what an operator must see.
            row.marks.sort_by_key(|mark| mark.is_trouble);
        }
        let axis_y = TOP + ROW_HEIGHT * i32::try_from(rows.len()).unwrap_or(0);
        Self {
            width: WIDTH,
            height: axis_y + AXIS_HEIGHT,
            axis_y,
            left: LEFT,
            right: WIDTH - RIGHT,
            ticks: (0..=TICKS).map(|number| tick(number, &scale)).collect(),
            rows,
            lines: journal.iter().take(LISTED_MAX).map(|entry| line(entry, members)).collect(),
        }
    }
}

struct Scale {
    from: u64,
    span: u64,
}

impl Scale {
    fn x(&self, at: u64) -> i32 {
        let room = u64::try_from(WIDTH - LEFT - RIGHT).unwrap_or(0);
        let offset = at.saturating_sub(self.from).min(self.span) * room / self.span;
        LEFT + i32::try_from(offset).unwrap_or(0)
    }
}

/// This node first, then the other members, then those that are none any more.
fn rows_of(journal: &[JournalEntry], members: &[MemberInfo]) -> Vec<Row> {
    let mut named: Vec<(NodeId, String)> = Vec::new();
    let own = members.iter().filter(|member| member.is_self);
    let others = members.iter().filter(|member| !member.is_self);
    named.extend(own.chain(others).map(|member| (member.id, name_of(member, members))));
    for entry in journal {
        if let Some(id) = entry.member
            && named.iter().all(|(known, _)| *known != id)
        {
            let name = if entry.subject.is_empty() { id.to_string() } else { entry.subject.clone() };
            named.push((id, name));
        }
    }
    named.truncate(ROWS_MAX);
    let row = |(index, (id, name)): (usize, (NodeId, String))| Row {
        id,
        name: super::picture::shortened(&name),
        y: TOP + ROW_HEIGHT * i32::try_from(index).unwrap_or(0) + ROW_HEIGHT / 2,
        bars: Vec::new(),
        marks: Vec::new(),
    };
    named.into_iter().enumerate().map(row).collect()
}

/// The name of a member; where others have the same, its address.
fn name_of(member: &MemberInfo, members: &[MemberInfo]) -> String {
    let is_taken = members.iter().any(|other| other.id != member.id && other.name == member.name);
    if is_taken { member.address.to_string() } else { member.name.clone() }
}

/// When a node was a member; entries oldest first.
fn bars(about: &[&JournalEntry], is_own: bool, is_member: bool, scale: &Scale) -> Vec<Bar> {
    let begins = |kind: JournalKind| {
        if is_own {
            kind == JournalKind::On
        } else {
            matches!(kind, JournalKind::Joined | JournalKind::Healed)
        }
    };
    let ends = |kind: JournalKind| {
        if is_own { kind == JournalKind::Off } else { matches!(kind, JournalKind::Left | JournalKind::Lost) }
    };
    let changes = || about.iter().filter(|entry| begins(entry.kind) || ends(entry.kind));
    // What the journal forgot: whoever ends first, or is here without a beginning, was here before.
    let mut since = match changes().next() {
        Some(first) if ends(first.kind) => Some(scale.from),
        None if is_member => Some(scale.from),
        _ => None,
    };
    let mut bars = Vec::new();
    let mut add = |from: u64, to: u64| {
        if to >= scale.from {
            let x = scale.x(from);
            bars.push(Bar { x, width: (scale.x(to) - x).max(2) });
        }
    };
    for entry in changes() {
        if begins(entry.kind) {
            since.get_or_insert(entry.at.0);
        } else if let Some(from) = since.take() {
            add(from, entry.at.0);
        }
    }
    if let Some(from) = since {
        add(from, scale.from + scale.span);
    }
    bars
}

fn mark(entry: &JournalEntry, scale: &Scale) -> Mark {
    Mark {
        x: scale.x(entry.at.0),
        kind: entry.kind.name(),
        key: key(entry.kind),
        at: display::time(entry.at),
        is_trouble: entry.kind.is_trouble(),
    }
}

fn line(entry: &JournalEntry, members: &[MemberInfo]) -> Line {
    let member = members.iter().find(|member| Some(member.id) == entry.member);
    Line {
        at: display::time(entry.at),
        kind: entry.kind.name(),
        key: key(entry.kind),
        subject: member.map_or_else(|| entry.subject.clone(), |member| name_of(member, members)),
        text: entry.text.clone(),
        is_trouble: entry.kind.is_trouble(),
    }
}

/// The message of a kind.
fn key(kind: JournalKind) -> &'static str {
    match kind {
        JournalKind::On => "timeline.on",
        JournalKind::Off => "timeline.off",
        JournalKind::Joined => "timeline.joined",
        JournalKind::Left => "timeline.left",
        JournalKind::Lost => "timeline.lost",
        JournalKind::Suspected => "timeline.suspected",
        JournalKind::HeardAgain => "timeline.heard_again",
        JournalKind::LinkLost => "timeline.link_lost",
        JournalKind::LinkBack => "timeline.link_back",
        JournalKind::Stuck => "timeline.stuck",
        JournalKind::TakesAgain => "timeline.takes_again",
        JournalKind::Misbehaved => "timeline.misbehaved",
        JournalKind::Split => "timeline.split",
        JournalKind::Healed => "timeline.healed",
        JournalKind::Paused => "timeline.paused",
        JournalKind::ForgottenBy => "timeline.forgotten_by",
        JournalKind::CutOff => "timeline.cut_off",
        JournalKind::Standing => "timeline.standing",
        JournalKind::Refused => "timeline.refused",
        JournalKind::Diverged => "timeline.diverged",
        JournalKind::Alone => "timeline.alone",
        JournalKind::NotAlone => "timeline.not_alone",
        JournalKind::Apart => "timeline.apart",
        JournalKind::Draining => "timeline.draining",
        JournalKind::Serving => "timeline.serving",
    }
}

fn tick(number: i32, scale: &Scale) -> Tick {
    let part = scale.span / u64::try_from(TICKS).unwrap_or(1);
    let at = scale.from + part * u64::try_from(number).unwrap_or(0);
    Tick { x: scale.x(at), label: display::clock(UnixMillis(at)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(number: u8) -> MemberInfo {
        MemberInfo {
            id: NodeId([number; 16]),
            name: format!("node{number}"),
            address: ([10, 0, 0, number], 5701).into(),
            joined_at: UnixMillis(1),
            is_oldest: number == 1,
            is_self: number == 1,
            sessions: 0,
            memory_bytes: 0,
            version: "1".to_owned(),
        }
    }

    fn journal(entries: &[(u64, JournalKind, Option<u8>)]) -> Vec<JournalEntry> {
        let entry = |(number, &(at, kind, member)): (usize, &(u64, JournalKind, Option<u8>))| JournalEntry {
            number: number as u64 + 1,
            at: UnixMillis(at),
            kind,
            member: member.map(|member| NodeId([member; 16])),
            subject: member.map(|member| format!("node{member}")).unwrap_or_default(),
            text: String::new(),
        };
        let mut entries: Vec<_> = entries.iter().enumerate().map(entry).collect();
        entries.reverse();
        entries
    }

    const BEGIN: u64 = 1_700_000_000_000;

    #[test]
    fn membership_is_a_bar_and_events_are_marks() {
        let entries = journal(&[
            (BEGIN, JournalKind::On, None),
            (BEGIN + 10_000, JournalKind::Joined, Some(2)),
            (BEGIN + 40_000, JournalKind::Suspected, Some(2)),
            (BEGIN + 50_000, JournalKind::Lost, Some(2)),
            (BEGIN + 90_000, JournalKind::Joined, Some(2)),
        ]);
        let timeline = Timeline::of(&entries, &[member(1), member(2)], UnixMillis(BEGIN + 100_000));
        let [own, other] = timeline.rows.as_slice() else { panic!("{timeline:?}") };
        assert_eq!((own.name.as_str(), other.name.as_str()), ("node1", "node2"));
        assert_eq!(own.bars, [Bar { x: LEFT, width: WIDTH - LEFT - RIGHT }]);
        assert_eq!(other.bars.len(), 2);
        assert!(other.bars[0].x > LEFT && other.bars[0].x + other.bars[0].width < other.bars[1].x);
        assert_eq!(other.bars[1].x + other.bars[1].width, WIDTH - RIGHT);
        let kinds: Vec<_> = other.marks.iter().map(|mark| mark.kind).collect();
        assert_eq!(kinds, ["joined", "joined", "suspected", "lost"], "trouble is drawn last");
        assert_eq!((timeline.lines.len(), timeline.lines[0].kind), (5, "joined"), "newest first");
        assert!(timeline.ticks.windows(2).all(|pair| pair[0].x < pair[1].x));
    }

    #[test]
    fn who_left_keeps_a_row_and_what_was_forgotten_is_filled_in() {
        let entries = journal(&[(BEGIN, JournalKind::Left, Some(3))]);
        let timeline = Timeline::of(&entries, &[member(1), member(2)], UnixMillis(BEGIN + 5));
        let names: Vec<_> = timeline.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["node1", "node2", "node3"]);
        assert_eq!(timeline.rows[1].bars.len(), 1, "a member whose joining was forgotten");
        assert_eq!(timeline.rows[2].bars[0].x, LEFT, "from the beginning of the picture");
    }

    #[test]
    fn members_of_one_name_are_told_apart_by_their_addresses() {
        let twins = [member(1), MemberInfo { name: "node1".to_owned(), ..member(2) }, member(3)];
        let entries =
            journal(&[(BEGIN, JournalKind::Joined, Some(2)), (BEGIN, JournalKind::Joined, Some(3))]);
        let timeline = Timeline::of(&entries, &twins, UnixMillis(BEGIN));
        let names: Vec<_> = timeline.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["10.0.0.1:5701", "10.0.0.2:5701", "node3"]);
        let subjects: Vec<_> = timeline.lines.iter().map(|line| line.subject.as_str()).collect();
        assert_eq!(subjects, ["node3", "10.0.0.2:5701"]);
    }

    #[test]
    fn nothing_has_happened_and_very_much_has() {
        let empty = Timeline::of(&[], &[], UnixMillis(0));
        assert!(empty.rows.is_empty() && empty.lines.is_empty());
        let many: Vec<_> = (0..200_u8)
            .map(|number| (BEGIN + u64::from(number), JournalKind::Joined, Some(number)))
            .collect();
        let timeline = Timeline::of(&journal(&many), &[], UnixMillis(BEGIN + SPAN_MAX_MS * 3));
        assert_eq!((timeline.rows.len(), timeline.lines.len()), (ROWS_MAX, LISTED_MAX));
        assert!(timeline.rows.iter().all(|row| row.marks.is_empty()), "before the picture");
    }
}
