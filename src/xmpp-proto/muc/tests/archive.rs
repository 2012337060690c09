//! Questions to the archive: who may ask, what they mean, and how they are answered.

use std::collections::BTreeMap;

use cobnut_model::UnixMillis;

use super::super::*;
use super::support::{ANN, BOB, CYD, ROOM, Table, element};
use crate::mam::select;
use crate::stanza::with_to;
use crate::xml::{parse_stanza, stanza_bytes};

/// A room of ann, bob and cyd, and a message of ann or bob each second.
fn room(config: impl FnOnce(&mut RoomConfig)) -> (Table, Vec<Archived>) {
    let mut table = Table::open(config);
    table.room.policy.has_archive = true;
    table.room.record.config.is_persistent = true;
    table.room.record.config.is_logged = true;
    for (who, nick) in [(ANN, "Ann"), (BOB, "Bob")] {
        table.enter(who, nick);
    }
    let archive = (0..10).map(|number| {
        let (sender, nick) = if number % 2 == 0 { (ANN, "Ann") } else { (BOB, "Bob") };
        let text = format!(
            "<message from='{ROOM}/{nick}' type='groupchat'><body>{number}</body>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='{ROOM}' id='older'/></message>"
        );
        let entry = LogEntry {
            sender: sender.parse().unwrap(),
            nick: Some(nick.to_owned()),
            // Two in each second: the number decides.
            at: UnixMillis(1_000_000 + number / 2 * 1000),
            subject: None,
            body: Some(number.to_string()),
            stanza: stanza_bytes(&element(&text)),
        };
        Archived { number: i64::try_from(number).unwrap(), entry }
    });
    let mut archive: Vec<Archived> = archive.collect();
    archive.reverse();
    (table, archive)
}

/// Asks, looks up, and says which bodies came, or which error.
fn ask(table: &mut Table, archive: &[Archived], from: &str, inner: &str) -> String {
    let inner = ids(&table.room, inner);
    table.send(
        from,
        &format!(
            "<iq type='set' id='q' to='ROOM'><query xmlns='urn:xmpp:mam:2' queryid='7'>{inner}</query></iq>"
        ),
    );
    let Some(lookup) = table.lookups.pop() else { return table.got(from).join(" ") };
    let Asked::Messages(request) = &lookup.asked else { panic!("{:?}", lookup.asked) };
    let landmarks = request.question.landmarks();
    let named = archive.iter().filter(|message| landmarks.contains(&message.number));
    let times: BTreeMap<_, _> = named.map(|message| (message.number, message.entry.at)).collect();
    let is_about = |message: &Archived| request.is_about(message);
    let found = select(archive, &request.question, &times, Archived::position, |_| 1, is_about);
    let outcome = lookup.answer(request, found);
    let mut words = Vec::new();
    for delivery in outcome.deliver {
        let stanza = parse_stanza(&with_to(&delivery.stanza, from)).unwrap();
        if let Some(result) = stanza.get_child("result", "urn:xmpp:mam:2") {
            assert_eq!(result.attr("queryid"), Some("7"));
            let said = result.children().next().unwrap().get_child("message", "jabber:client").unwrap();
            let own = said.get_child("stanza-id", ns::STANZA_ID).unwrap();
            assert_eq!(own.attr("id"), result.attr("id"));
            words.push(said.get_child("body", "jabber:client").unwrap().text());
            if said.has_child("x", ns::USER) {
                words.push("jid".to_owned());
            }
        } else if let Some(fin) = stanza.get_child("fin", "urn:xmpp:mam:2") {
            words.extend(fin.attr("complete").map(|_| "complete".to_owned()));
        } else {
            words.push(stanza.children().next().unwrap().children().next().unwrap().name().to_owned());
        }
    }
    words.join(" ")
}

/// Puts the identifier of message N where the text says `#N`.
fn ids(room: &Room, text: &str) -> String {
    (0..100_i64)
        .rev()
        .fold(text.to_owned(), |text, number| text.replace(&format!("#{number}"), &room.archive_id(number)))
}

fn form(fields: &[(&str, &str)]) -> String {
    let field = |(var, value): &(&str, &str)| format!("<field var='{var}'><value>{value}</value></field>");
    let fields = fields.iter().map(field).collect::<Vec<_>>().concat();
    format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>{fields}</x>"
    )
}

#[test]
fn questions_are_answered_page_by_page() {
    let (mut table, archive) = room(|config| config.is_non_anonymous = false);
    let set = |inner: &str| format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>");
    for (inner, expected) in [
        (String::new(), "0 1 2 3 4 5 6 7 8 9 complete"),
        (set("<max>3</max>"), "0 1 2"),
        (set("<max>3</max><after>#2</after>"), "3 4 5"),
        (set("<max>3</max><after>#6</after>"), "7 8 9 complete"),
        (set("<max>3</max><before/>"), "7 8 9"),
        (set("<max>3</max><before>#3</before>"), "0 1 2 complete"),
        (set("<max>2</max><before/>") + "<flip-page/>", "9 8"),
        (set("<max>0</max>"), ""),
        (set("<max>x</max>"), "iq  (error) error=modify/bad-request"),
        (set("<after>#99</after>"), "item-not-found"),
        (set("<after>forged</after>"), "iq  (error) error=cancel/item-not-found"),
        (form(&[("start", "1970-01-01T00:16:44Z")]), "8 9 complete"),
        (form(&[("end", "1970-01-01T00:16:40Z")]), "0 1 complete"),
        (form(&[("start", "soon")]), "iq  (error) error=modify/bad-request"),
        (form(&[("with", "den@conference.example.net/Bob")]), "1 3 5 7 9 complete"),
        (form(&[("with", "bob@example.net")]), "iq  (error) error=auth/forbidden"),
        (form(&[("after-id", "#3"), ("before-id", "#6")]), "4 5 complete"),
        (form(&[("ids", "#4")]), "4 complete"),
        (form(&[("ids", "#77")]), "item-not-found"),
        (form(&[("colour", "red")]), "iq  (error) error=cancel/feature-not-implemented"),
    ] {
        assert_eq!(ask(&mut table, &archive, BOB, &inner), expected, "{inner}");
    }
    assert_eq!(
        ask(
            &mut table,
            &archive,
            ANN,
            &form(&[("with", "bob@example.net"), ("end", "1970-01-01T00:16:40Z")])
        ),
        "1 jid complete"
    );
}

#[test]
fn who_may_not_enter_may_not_read() {
    let (mut table, archive) = room(|config| config.is_members_only = true);
    assert_eq!(ask(&mut table, &archive, CYD, ""), "iq  (error) error=auth/forbidden");
    table.room.record.config.is_members_only = false;
    assert!(ask(&mut table, &archive, CYD, "").starts_with("0 jid 1 jid"));
    table.room.policy.has_archive = false;
    assert_eq!(ask(&mut table, &archive, CYD, ""), "iq  (error) error=cancel/service-unavailable");
}

#[test]
fn an_identifier_belongs_to_its_room() {
    let (table, _) = room(|_| {});
    let id = table.room.archive_id(4711);
    assert_eq!(table.room.archive_number(&id), Some(4711));
    let mut other = table.room.clone();
    other.record.occupant_id_key = [8; 32];
    assert_eq!(other.archive_number(&id), None);
    for forged in ["", "-", "1267", "1267-", "zz-x", "ffffffffffffffffff-x"] {
        assert_eq!(table.room.archive_number(forged), None, "{forged}");
    }
}

#[test]
fn only_rooms_that_are_kept_have_an_archive() {
    let feature = |table: &Table| {
        table.room.disco_info().children().any(|child| child.attr("var") == Some("urn:xmpp:mam:2#extended"))
    };
    let (mut table, archive) = room(|_| {});
    assert!(feature(&table));
    let changes: [fn(&mut Room); 3] = [
        |room| room.record.config.is_logged = false,
        |room| room.record.config.is_persistent = false,
        |room| room.policy.has_archive = false,
    ];
    for change in changes {
        let kept = table.room.clone();
        change(&mut table.room);
        assert_eq!(ask(&mut table, &archive, ANN, ""), "iq  (error) error=cancel/service-unavailable");
        assert!(!feature(&table));
        table.room = kept;
    }
    table.send(ANN, "<iq type='get' id='p' to='ROOM'><prefs xmlns='urn:xmpp:mam:2'/></iq>");
    assert_eq!(table.got(ANN), ["iq  (error) error=cancel/feature-not-implemented"]);
}

#[test]
fn the_ends_of_an_archive_are_told() {
    let (mut table, archive) = room(|config| config.is_members_only = true);
    let ask = "<iq type='get' id='m' to='ROOM'><metadata xmlns='urn:xmpp:mam:2'/></iq>";
    table.send(CYD, ask);
    assert_eq!(table.got(CYD), ["iq  (error) error=auth/forbidden"]);
    table.send(ANN, ask);
    let lookup = table.lookups.pop().unwrap();
    assert_eq!(lookup.asked, Asked::Ends);
    let ends = Some((archive[9].position(), archive[0].position()));
    let answer = parse_stanza(&lookup.answer_ends(ends).deliver[0].stanza).unwrap();
    let ids = (table.room.archive_id(0), table.room.archive_id(9));
    let want = format!(
        "<metadata xmlns='urn:xmpp:mam:2'><start id='{}' timestamp='1970-01-01T00:16:40.000Z'/>\
         <end id='{}' timestamp='1970-01-01T00:16:44.000Z'/></metadata>",
        ids.0, ids.1
    );
    assert_eq!(answer.children().next().unwrap(), &element(&want));
    let empty = parse_stanza(&lookup.answer_ends(None).deliver[0].stanza).unwrap();
    assert_eq!(empty.children().next().unwrap(), &element("<metadata xmlns='urn:xmpp:mam:2'/>"));
}

#[test]
fn what_is_said_carries_the_identifier_of_the_archive() {
    let (mut table, _) = room(|_| {});
    let say = |table: &mut Table, number: Option<i64>, payload: &str| {
        let text = format!("<message from='{ANN}' to='{ROOM}' type='groupchat'>{payload}</message>");
        let message = element(&text);
        let context = Context::new(UnixMillis(5), "random").with_number(number);
        let outcome = table.room.handle(&ANN.parse().unwrap(), &message, &context);
        let said = parse_stanza(&outcome.deliver[0].stanza).unwrap();
        let id = said.get_child("stanza-id", ns::STANZA_ID).and_then(|id| id.attr("id").map(str::to_owned));
        let kept = outcome.changes.iter().find_map(|change| match change {
            Change::Said { number, .. } => Some(*number),
            _ => None,
        });
        (id, kept)
    };
    let id = table.room.archive_id(77);
    assert_eq!(say(&mut table, Some(77), "<body>hi</body>"), (Some(id), Some(Some(77))));
    // Without a number the archive could not keep the promise, and what is not kept has no place in it.
    assert_eq!(say(&mut table, None, "<body>hi</body>"), (None, Some(None)));
    assert_eq!(say(&mut table, Some(78), "<body>x</body><no-store xmlns='urn:xmpp:hints'/>"), (None, None));
    table.room.record.config.is_logged = false;
    assert_eq!(say(&mut table, None, "<body>hi</body>"), (Some("random".to_owned()), Some(None)));
}
