//! Roles and affiliations: who may change whose, and what everybody sees of it.

use super::super::*;
use super::support::{ANN, BOB, CYD, Table};

const ADMIN: &str = "http://jabber.org/protocol/muc#admin";

fn order(table: &mut Table, from: &str, item: &str) -> String {
    let text = format!("<iq type='set' id='1' to='ROOM'><query xmlns='{ADMIN}'>{item}</query></iq>");
    table.send(from, &text);
    table.got(from).into_iter().rev().find(|line| line.starts_with("iq")).unwrap_or_default()
}

fn three(config: impl FnOnce(&mut RoomConfig)) -> Table {
    let mut table = Table::open(config);
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    table.enter(CYD, "Cyd");
    table
}

#[test]
fn a_kick_puts_out_and_a_ban_keeps_out() {
    let mut table = three(|_| {});
    let done = order(&mut table, ANN, "<item nick='Bob' role='none'><reason>loud</reason></item>");
    assert_eq!(done, "iq  (result)");
    let jid = "jid=bob@example.net/desk";
    assert_eq!(
        table.got(BOB),
        [format!("presence /Bob (unavailable) none/none {jid} actor=Ann reason=loud 110 307")]
    );
    assert_eq!(
        table.got(CYD),
        [format!("presence /Bob (unavailable) none/none {jid} actor=Ann reason=loud 307")]
    );
    table.enter(BOB, "Bob");
    assert_eq!(table.nick_of(BOB).as_deref(), Some("Bob"));
    order(&mut table, ANN, "<item jid='bob@example.net' affiliation='outcast'/>");
    assert_eq!(table.got(CYD), [format!("presence /Bob (unavailable) outcast/none {jid} actor=Ann 301")]);
    assert_eq!(table.changes.len(), 1);
    table.enter(BOB, "Bob");
    assert_eq!(table.got(BOB), ["presence /Bob (error) error=auth/forbidden"]);
    table.send(ANN, &format!("<iq type='get' id='1' to='ROOM'><query xmlns='{ADMIN}'><item affiliation='outcast'/></query></iq>"));
    let query = table.stanzas(ANN)[0].children().next().unwrap().clone();
    let jids: Vec<_> = query.children().filter_map(|item| item.attr("jid")).collect();
    assert_eq!(jids, ["bob@example.net"]);
}

#[test]
fn who_may_change_whom() {
    let error = |name: &str| format!("iq  (error) error={name}");
    let table = [
        (BOB, "<item nick='Cyd' role='none'/>", error("auth/forbidden")),
        (BOB, "<item jid='cyd@example.net' affiliation='outcast'/>", error("auth/forbidden")),
        (ANN, "<item jid='ann@example.net' affiliation='outcast'/>", error("cancel/conflict")),
        (ANN, "<item jid='ann@example.net' affiliation='member'/>", error("cancel/conflict")),
        (ANN, "<item nick='Nobody' role='none'/>", error("cancel/item-not-found")),
        (ANN, "<item nick='Bob' role='king'/>", error("modify/bad-request")),
        (ANN, "<item jid='@' affiliation='member'/>", error("modify/jid-malformed")),
        (ANN, "", error("modify/bad-request")),
        (ANN, "<item nick='Ann' role='visitor'/>", error("cancel/not-allowed")),
        (ANN, "<item nick='Bob' role='moderator'/>", "iq  (result)".to_owned()),
        (ANN, "<item nick='Bob' affiliation='admin'/>", "iq  (result)".to_owned()),
    ];
    for (from, item, expected) in table {
        let mut room = three(|_| {});
        assert_eq!(order(&mut room, from, item), expected, "{from} {item}");
    }
}

#[test]
fn moderators_and_administrators_have_limits() {
    let mut table = three(|_| {});
    order(&mut table, ANN, "<item nick='Bob' role='moderator'/>");
    assert_eq!(table.got(CYD), ["presence /Bob none/moderator jid=bob@example.net/desk"]);
    for (item, expected) in [
        ("<item nick='Ann' role='none'/>", "iq  (error) error=cancel/not-allowed"),
        ("<item nick='Ann' role='visitor'/>", "iq  (error) error=cancel/not-allowed"),
        ("<item nick='Ann' role='participant'/>", "iq  (error) error=cancel/not-allowed"),
        ("<item nick='Cyd' role='moderator'/>", "iq  (error) error=auth/forbidden"),
        ("<item nick='Cyd' role='visitor'/>", "iq  (result)"),
    ] {
        assert_eq!(order(&mut table, BOB, item), expected, "{item}");
    }
    order(&mut table, ANN, "<item jid='bob@example.net' affiliation='admin'/>");
    for (item, expected) in [
        ("<item jid='ann@example.net' affiliation='member'/>", "iq  (error) error=cancel/not-allowed"),
        ("<item jid='cyd@example.net' affiliation='owner'/>", "iq  (error) error=auth/forbidden"),
        ("<item jid='cyd@example.net' affiliation='member'/>", "iq  (result)"),
    ] {
        assert_eq!(order(&mut table, BOB, item), expected, "{item}");
    }
    assert_eq!(table.got(ANN), ["presence /Cyd member/participant jid=cyd@example.net/desk"]);
}

#[test]
fn a_members_only_room_lets_go_of_those_who_are_no_longer_members() {
    let mut table = Table::open(|config| config.is_members_only = true);
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    assert_eq!(table.got(BOB), ["presence /Bob (error) error=auth/registration-required"]);
    order(&mut table, ANN, "<item jid='bob@example.net' affiliation='member'/>");
    assert_eq!(table.got("bob@example.net"), ["message  member/none jid=bob@example.net 101"]);
    table.enter(BOB, "Bob");
    order(&mut table, ANN, "<item jid='bob@example.net' affiliation='none'/>");
    assert_eq!(
        table.got(BOB),
        ["presence /Bob (unavailable) none/none jid=bob@example.net/desk actor=Ann 110 321"]
    );
}

#[test]
fn a_moderated_room_gives_voice_on_request() {
    let mut table = three(|config| config.is_moderated = true);
    table.send(BOB, "<message to='ROOM' type='groupchat'><body>x</body></message>");
    assert_eq!(table.got(BOB), ["message  (error) body=x error=auth/forbidden"]);
    let form = |fields: &str| {
        format!(
            "<message to='ROOM'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>\
             <value>http://jabber.org/protocol/muc#request</value></field>{fields}</x></message>"
        )
    };
    table.send(BOB, &form("<field var='muc#role'><value>participant</value></field>"));
    assert_eq!(table.stanzas(ANN).len(), 1);
    assert!(table.stanzas(CYD).is_empty());
    let grant = "<field var='muc#roomnick'><value>Bob</value></field>\
                 <field var='muc#request_allow'><value>1</value></field>";
    table.send(CYD, &form(grant));
    assert_eq!(table.got(CYD), ["message  (error) error=auth/forbidden"]);
    table.send(ANN, &form(grant));
    assert_eq!(table.got(CYD), ["presence /Bob none/participant jid=bob@example.net/desk"]);
}
