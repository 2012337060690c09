//! Paging beside a model, numbers, and what is kept.

use std::collections::{BTreeMap, BTreeSet};

use cobnut_model::{NodeId, UnixMillis, limits};
use minidom::Element;
use proptest::prelude::*;

use super::*;
use crate::stanza::Condition;
use crate::xml::parse_stanza;

fn element(text: &str) -> Element {
    parse_stanza(text.as_bytes()).unwrap()
}

fn everything() -> Question {
    Question {
        with: None,
        filter: Filter::default(),
        direction: Direction::Forwards(None),
        max: usize::MAX,
        is_flipped: false,
        query_id: None,
    }
}

/// What the store does with a span.
fn store(archive: &[Position], span: &Span) -> Vec<Position> {
    let mut found: Vec<Position> =
        archive.iter().copied().filter(|place| *place > span.after && *place < span.before).collect();
    found.sort_unstable();
    if span.is_newest_first {
        found.reverse();
    }
    found.truncate(span.limit);
    found
}

fn ask(archive: &[Position], question: &Question, size: usize) -> Option<Page<Position>> {
    let times: BTreeMap<i64, UnixMillis> = archive.iter().map(|(at, number)| (*number, *at)).collect();
    let count = store(archive, &Span { limit: usize::MAX, ..question.whole(&times)? }).len();
    let found = store(archive, &question.span(&times)?);
    Some(question.page(found, u64::try_from(count).ok(), |_| size))
}

fn archive() -> impl Strategy<Value = Vec<Position>> {
    let places = prop::collection::btree_map(1_i64..10_000, 1_000_u64..1_020, 0..40);
    places.prop_map(|places| places.into_iter().map(|(number, at)| (UnixMillis(at), number)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Pages in either direction, put together, have every message of the filter once and in order, whatever their size.
    #[test]
    fn pages_put_together_are_everything(
        archive in archive(),
        max in 1_usize..7,
        size in prop_oneof![Just(1), Just(limits::ARCHIVE_PAGE_BYTES / 2), Just(limits::ARCHIVE_PAGE_BYTES + 1)],
        is_backwards: bool,
        start in prop::option::of(999_u64..1_021),
        end in prop::option::of(999_u64..1_021),
        named in prop::collection::vec(any::<prop::sample::Index>(), 0..2),
    ) {
        let named = named.first().filter(|_| !archive.is_empty()).map(|index| *index.get(&archive));
        let model: BTreeSet<Position> = archive
            .iter()
            .filter(|(at, _)| start.is_none_or(|start| at.0 >= start) && end.is_none_or(|end| at.0 <= end))
            .filter(|place| named.is_none_or(|named| **place > named))
            .copied()
            .collect();
        let filter = Filter {
            start: start.map(UnixMillis),
            end: end.map(UnixMillis),
            after: named.map(|(_, number)| number),
            ..Filter::default()
        };
        let direction = if is_backwards { Direction::Backwards(None) } else { Direction::Forwards(None) };
        let mut question = Question { filter, direction, max, ..everything() };
        let mut together: Vec<Position> = Vec::new();
        for _ in 0..=archive.len() {
            let page = ask(&archive, &question, size).unwrap();
            prop_assert!(page.messages.len() <= max);
            prop_assert!(page.messages.len() * size <= limits::ARCHIVE_PAGE_BYTES || page.messages.len() == 1);
            prop_assert_eq!(page.count, Some(model.len() as u64));
            if let (Some(first), Some(index)) = (page.messages.first(), page.index) {
                prop_assert_eq!(model.iter().position(|place| place == first), usize::try_from(index).ok());
            }
            let (first, last) = (page.messages.first().copied(), page.messages.last().copied());
            question.direction = if is_backwards {
                Direction::Backwards(first.map(|(_, number)| number))
            } else {
                Direction::Forwards(last.map(|(_, number)| number))
            };
            let place = if is_backwards { 0 } else { together.len() };
            together.splice(place..place, page.messages);
            if page.is_complete {
                break;
            }
        }
        prop_assert_eq!(together, model.into_iter().collect::<Vec<_>>());
    }

    /// A search in a list finds what spans find, and numbers narrow it down.
    #[test]
    fn lists_and_spans_agree(archive in archive(), max in 0_usize..7, is_backwards: bool, chosen in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        let direction = if is_backwards { Direction::Backwards(None) } else { Direction::Forwards(None) };
        let mut question = Question { direction, max, ..everything() };
        let times = BTreeMap::new();
        let listed = select(&archive, &question, &times, |place| *place, |_| 1, |_| true);
        prop_assert_eq!(listed, ask(&archive, &question, 1));
        let chosen: Vec<i64> = chosen.iter().filter(|_| !archive.is_empty()).map(|index| index.get(&archive).1).collect();
        question.max = 50;
        question.filter.numbers = Some(chosen.clone());
        let found = select(&archive, &question, &times, |place| *place, |_| 1, |_| true).unwrap();
        let mut numbers: Vec<i64> = found.messages.iter().map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        prop_assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), chosen.into_iter().collect::<BTreeSet<_>>());
        question.filter.numbers = Some(vec![20_000]);
        prop_assert_eq!(select(&archive, &question, &times, |place| *place, |_| 1, |_| true), None);
    }

    /// Where numbers tell the time, a span of them holds what the span of places holds.
    #[test]
    fn spans_of_numbers_are_spans_of_places(
        times in prop::collection::btree_set(1_600_000_000_000_u64..1_600_000_000_040, 1..20),
        start in prop::option::of(1_599_999_999_999_u64..1_600_000_000_041),
        end in prop::option::of(prop_oneof![Just(7), 1_599_999_999_999_u64..1_600_000_000_041]),
        turn in any::<prop::sample::Index>(),
        is_backwards: bool,
    ) {
        let mut given = Numbers::new(NodeId([3; 16]));
        let archive: Vec<Position> = times.iter().flat_map(|at| [*at, *at]).map(|at| {
            let number = given.next(UnixMillis(at));
            (time_of(number), number)
        }).collect();
        let turn = Some(turn.get(&archive).1);
        let direction = if is_backwards { Direction::Backwards(turn) } else { Direction::Forwards(turn) };
        let filter = Filter { start: start.map(UnixMillis), end: end.map(UnixMillis), ..Filter::default() };
        let question = Question { filter, direction, ..everything() };
        let times = archive.iter().map(|(at, number)| (*number, *at)).collect();
        let span = question.span(&times).unwrap();
        let (after, before) = span.numbers();
        for (at, number) in archive {
            let is_within = (at, number) > span.after && (at, number) < span.before;
            prop_assert_eq!(number > after && number < before, is_within);
        }
    }

    /// Numbers grow whatever the clock does, tell their time, and come back from the wire.
    #[test]
    fn numbers_sort_as_they_were_given(member: [u8; 16], times in prop::collection::vec(1_700_000_000_000_u64..1_700_000_000_050, 1..3000)) {
        let mut numbers = Numbers::new(NodeId(member));
        let (mut last, mut latest) = (0, 0);
        for now in times {
            let number = numbers.next(UnixMillis(now));
            prop_assert!(number > last);
            prop_assert_eq!(number_of(&id_of(number)), Some(number));
            latest = latest.max(now);
            let at = time_of(number).0;
            // Many in a millisecond, or a clock that goes back, run ahead of the clock by little.
            prop_assert!(at >= now && at <= latest + 3, "{} {}", at, now);
            prop_assert!(numbers_at(UnixMillis(at)) <= number && number < numbers_at(UnixMillis(at + 1)));
            last = number;
        }
    }
}

#[test]
fn members_give_different_numbers_in_the_same_moment() {
    let now = UnixMillis(1_764_000_000_000);
    let members: BTreeSet<i64> =
        (0..20_u8).map(|member| Numbers::new(NodeId([member; 16])).next(now)).collect();
    assert_eq!(members.len(), 20);
    assert_eq!(time_of(*members.first().unwrap()), now);
    // Beyond what fits: the order is kept.
    let mut numbers = Numbers::new(NodeId([7; 16]));
    let (first, second) = (numbers.next(UnixMillis(u64::MAX)), numbers.next(UnixMillis(0)));
    assert!(first > 0 && second != first, "{first} {second}");
    for wrong in ["", "0", "x", "-1", "1", "ffffffffffffffff", "00000000000000001", "000000000000000G"] {
        assert_eq!(number_of(wrong), None, "{wrong}");
    }
}

#[test]
fn bad_questions_are_refused_for_what_is_wrong_with_them() {
    let form = |fields: &str| {
        format!(
            "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>{fields}</x>"
        )
    };
    let field =
        |name: &str, value: &str| form(&format!("<field var='{name}'><value>{value}</value></field>"));
    let set = |inner: &str| format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>");
    let many = "<value>0000000000000001</value>".repeat(limits::ARCHIVE_PAGE_MAX + 1);
    for (inner, want) in [
        (field("start", "yesterday"), Condition::BadRequest),
        (field("with", "@"), Condition::JidMalformed),
        (field("colour", "red"), Condition::FeatureNotImplemented),
        (field("after-id", "x"), Condition::ItemNotFound),
        (field("before-id", ""), Condition::ItemNotFound),
        (field("ids", "1"), Condition::ItemNotFound),
        (form(&format!("<field var='ids'>{many}</field>")), Condition::PolicyViolation),
        (set("<max>-1</max>"), Condition::BadRequest),
        (set("<after>x</after>"), Condition::ItemNotFound),
        (
            "<x xmlns='jabber:x:data' type='submit'><field var='start'><value>2026-01-01T00:00:00Z</value></field></x>".to_owned(),
            Condition::BadRequest,
        ),
    ] {
        let query = element(&format!("<query xmlns='urn:xmpp:mam:2'>{inner}</query>"));
        assert_eq!(read(&query, number_of), Err(want), "{inner}");
    }
    let asked = format!(
        "<query xmlns='urn:xmpp:mam:2' queryid='q'>{}{}<flip-page/></query>",
        form(
            "<field var='with'><value>bob@example.net/desk</value></field><field var='start'><value>2026-01-01T01:00:00+01:00\
             </value></field><field var='ids'><value>0000000000000007</value></field>"
        ),
        set("<max>999999</max><before/>")
    );
    let question = read(&element(&asked), number_of).unwrap();
    assert_eq!((question.max, question.direction), (limits::ARCHIVE_PAGE_MAX, Direction::Backwards(None)));
    assert_eq!(question.with.unwrap().as_str(), "bob@example.net/desk");
    let filter = question.filter;
    assert_eq!((filter.start, filter.numbers), (Some(UnixMillis(1_767_225_600_000)), Some(vec![7])));
    assert!(question.is_flipped && question.query_id.as_deref() == Some("q"));
}

#[test]
fn conversations_are_kept_and_signals_are_not() {
    let hint = |name: &str| format!("<{name} xmlns='urn:xmpp:hints'/>");
    let body = "<body>hi</body>".to_owned();
    let active = "<active xmlns='http://jabber.org/protocol/chatstates'/>".to_owned();
    let receipt = "<received xmlns='urn:xmpp:receipts' id='1'/>".to_owned();
    for (kind, payload, want) in [
        ("chat", body.clone(), true),
        ("normal", body.clone(), true),
        ("headline", body.clone(), false),
        ("error", body.clone(), false),
        ("groupchat", body.clone(), false),
        ("chat", active.clone(), false),
        ("chat", active.clone() + &hint("store"), true),
        ("chat", body.clone() + &hint("no-store"), false),
        ("chat", body.clone() + &hint("no-permanent-store"), false),
        ("headline", body.clone() + &hint("store"), false),
        ("chat", receipt, true),
        ("chat", "<request xmlns='urn:xmpp:receipts'/>".to_owned(), false),
        ("chat", "<markable xmlns='urn:xmpp:chat-markers:0'/>".to_owned(), false),
        ("chat", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>".to_owned(), true),
        ("chat", "<encrypted xmlns='eu.siacs.conversations.axolotl'/>".to_owned(), true),
        ("chat", body + "<received xmlns='urn:xmpp:carbons:2'/>", false),
        ("chat", String::new(), false),
    ] {
        let message = element(&format!("<message type='{kind}'>{payload}</message>"));
        assert_eq!(is_archived(&message), want, "{kind} {payload}");
    }
}

#[test]
fn only_the_archive_says_what_a_message_is_called_there() {
    let id = |by: &str| format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='x'/>");
    let text = format!("<message>{}<body>hi</body>{}{}</message>", id("a@x"), id("c@x"), id("b@x"));
    let mut message = element(&text);
    without_claims(&mut message, &["a@x", "b@x"]);
    stamp_id(&mut message, "b@x", "7");
    let want = format!(
        "<message><body>hi</body>{}<stanza-id xmlns='urn:xmpp:sid:0' by='b@x' id='7'/></message>",
        id("c@x")
    );
    assert_eq!(message, element(&want));
    let found = Found { archive: "b@x", id: "8", at: UnixMillis(0) };
    let result = result(&found, Some("q"), message);
    let want = format!(
        "<message from='b@x'><result xmlns='urn:xmpp:mam:2' id='8' queryid='q'><forwarded xmlns='urn:xmpp:forward:0'>\
         <delay xmlns='urn:xmpp:delay' stamp='1970-01-01T00:00:00.000Z'/><message xmlns='jabber:client'><body>hi</body>{}\
         <stanza-id xmlns='urn:xmpp:sid:0' by='b@x' id='8'/></message></forwarded></result></message>",
        id("c@x")
    );
    assert_eq!(result, element(&want));
}
