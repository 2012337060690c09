//! Entering, leaving, speaking.

use super::super::*;
use super::support::{ANN, ANN_PHONE, BOB, CYD, ROOM, Table};

#[test]
fn a_new_room_is_told_to_its_creator_and_closed_to_others() {
    let mut table = Table::new();
    table.send(ANN, "<presence id='1' to='ROOM/Ann'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
    assert_eq!(
        table.got(ANN),
        [
            "presence /Ann owner/moderator jid=ann@example.net/desk 100 110 170 201",
            "message  (groupchat) subject="
        ]
    );
    assert_eq!(table.stanzas(ANN)[0].attr("id"), Some("1"));
    assert_eq!(table.changes, [Change::Occupied]);
    table.enter(BOB, "Bob");
    assert_eq!(table.got(BOB), ["presence /Bob (error) error=cancel/item-not-found"]);
    assert_eq!(table.got(ANN), Vec::<String>::new());
}

#[test]
fn occupants_learn_of_each_other() {
    let mut table = Table::open(|config| config.is_non_anonymous = false);
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    assert_eq!(
        table.got(BOB),
        [
            "presence /Ann owner/moderator",
            "presence /Bob none/participant jid=bob@example.net/desk 110 170",
            "message  (groupchat) subject=",
        ]
    );
    assert_eq!(table.got(ANN), ["presence /Bob none/participant jid=bob@example.net/desk"]);
    table.send(BOB, "<presence to='ROOM'><show>away</show></presence>");
    assert_eq!(table.got(ANN), ["presence /Bob show=away none/participant jid=bob@example.net/desk"]);
    assert_eq!(table.got(BOB), ["presence /Bob show=away none/participant jid=bob@example.net/desk 110"]);
    table.send(BOB, "<presence to='ROOM/Bob' type='unavailable'><status>bye</status></presence>");
    assert_eq!(table.got(ANN), ["presence /Bob (unavailable) status=bye none/none jid=bob@example.net/desk"]);
    assert_eq!(
        table.got(BOB),
        ["presence /Bob (unavailable) status=bye none/none jid=bob@example.net/desk 110"]
    );
    table.act(|room, context| room.lose_sessions(&[ANN.parse().unwrap()], Loss::Ended, context));
    assert_eq!(table.changes, [Change::Discarded]);
    assert!(table.room.is_discardable());
}

#[test]
fn messages_reach_everybody_once_and_those_who_come_later() {
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    table.send(BOB, "<message to='ROOM' type='groupchat' id='m1'><body>hello</body></message>");
    assert_eq!(table.got(ANN), ["message /Bob (groupchat) body=hello"]);
    assert_eq!(table.got(BOB), table.got(ANN));
    assert_eq!(table.stanzas(BOB)[0].attr("id"), Some("m1"));
    assert!(matches!(table.changes.as_slice(), [Change::Said { entry, .. }] if entry.sender.as_str() == BOB));
    table.send(ANN, "<message to='ROOM' type='groupchat'><subject>Nuts</subject></message>");
    assert_eq!(table.got(BOB), ["message /Ann (groupchat) subject=Nuts"]);
    table.send(BOB, "<message to='ROOM' type='groupchat'><subject>Bolts</subject></message>");
    assert_eq!(table.got(BOB), ["message  (error) subject=Bolts error=auth/forbidden"]);
    table.send(CYD, "<presence to='ROOM/Cyd'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
    assert_eq!(
        table.got(CYD)[3..],
        ["message /Bob (groupchat) body=hello delayed", "message /Ann (groupchat) subject=Nuts delayed"]
    );
    table.send("eve@example.net/x", "<message to='ROOM' type='groupchat'><body>x</body></message>");
    assert_eq!(table.got("eve@example.net/x"), ["message  (error) body=x error=modify/not-acceptable"]);
}

#[test]
fn sessions_of_one_person_share_a_nickname_and_strangers_do_not() {
    let mut table = Table::open(|_| {});
    table.enter(BOB, "Bob");
    table.enter(ANN, "Ann");
    table.enter(ANN_PHONE, "ANN");
    assert_eq!(table.nick_of(ANN_PHONE).as_deref(), Some("Ann"));
    assert_eq!(table.room.occupant_count(), 2);
    table.enter(CYD, "ann");
    assert_eq!(table.got(CYD), ["presence /ann (error) error=cancel/conflict"]);
    table.send(ANN, "<presence to='ROOM/Annie'/>");
    let jid = "jid=ann@example.net/desk";
    assert_eq!(table.nick_of(ANN_PHONE).as_deref(), Some("Annie"));
    assert_eq!(
        table.got(BOB),
        [
            format!("presence /Ann (unavailable) owner/moderator jid={ANN_PHONE} nick=Annie 303"),
            format!("presence /Annie owner/moderator {jid}"),
        ]
    );
    table.send(ANN, "<presence to='ROOM/Annie' type='unavailable'/>");
    assert_eq!(table.got(BOB), [format!("presence /Annie owner/moderator jid={ANN_PHONE}")]);
    assert_eq!(table.room.occupant_count(), 2);
    table.send(ANN_PHONE, "<message to='ROOM/bob' type='chat'><body>psst</body></message>");
    assert_eq!(table.got(BOB), ["message /Annie (chat) body=psst"]);
    assert_eq!(table.stanzas(BOB)[0].attr("to"), Some(BOB));
    assert!(table.room.jid().as_str() == ROOM);
}

#[test]
fn sessions_that_are_lost_together_are_not_told_of_each_other() {
    let mut table = Table::open(|config| config.is_persistent = true);
    table.enter(ANN, "Ann");
    table.enter(ANN_PHONE, "ANN");
    assert!(table.got(ANN_PHONE)[0].ends_with("100 110 170 210"), "{:?}", table.got(ANN_PHONE));
    table.enter(BOB, "Bob");
    table.enter(CYD, "Cyd");
    let lost = [BOB, ANN_PHONE, CYD, "eve@example.net/x"].map(|jid| jid.parse().unwrap());
    table.act(|room, context| room.lose_sessions(&lost, Loss::Unreachable, context));
    assert_eq!(
        table.got(ANN),
        [
            "presence /Ann owner/moderator jid=ann@example.net/desk 110",
            "presence /Bob (unavailable) none/none jid=bob@example.net/desk 333",
            "presence /Cyd (unavailable) none/none jid=cyd@example.net/desk 333",
        ]
    );
    assert_eq!(table.inbox.len(), 1);
    table.act(|room, context| room.lose_sessions(&[ANN.parse().unwrap()], Loss::Shutdown, context));
    assert_eq!(table.got(ANN), ["presence /Ann (unavailable) owner/none jid=ann@example.net/desk 110 332"]);
    assert!(matches!(table.changes.as_slice(), [Change::Emptied(_)]));
}

#[test]
fn a_room_that_was_never_configured_does_not_stay() {
    let mut table = Table::new();
    table.room.record.config.is_persistent = true;
    table.enter(ANN, "Ann");
    table.send(ANN, "<presence to='ROOM/Ann' type='unavailable'/>");
    assert_eq!(table.changes, [Change::Discarded]);
}

#[test]
fn nobody_speaks_for_the_room() {
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    table.send(
        BOB,
        &format!(
            "<message to='ROOM' type='groupchat'><body>x</body><x xmlns='http://jabber.org/protocol/muc#user'>\
             <status code='307'/></x><stanza-id xmlns='urn:xmpp:sid:0' by='{ROOM}' id='forged'/>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/><delay xmlns='urn:xmpp:delay' from='{ROOM}'/>\
             <active xmlns='http://jabber.org/protocol/chatstates'/></message>"
        ),
    );
    let names: Vec<&str> = table.stanzas(ANN)[0].children().map(minidom::Element::name).collect();
    assert_eq!(names, ["body", "active", "occupant-id", "stanza-id"]);
    assert!(!String::from_utf8_lossy(&crate::xml::stanza_bytes(&table.stanzas(ANN)[0])).contains("forged"));
}

#[test]
fn an_occupant_that_bounces_is_put_out_and_one_that_refuses_is_not() {
    for (condition, stays) in [("service-unavailable", false), ("not-acceptable", true)] {
        let mut table = Table::open(|_| {});
        table.enter(ANN, "Ann");
        table.enter(BOB, "Bob");
        table.send(
            BOB,
            &format!(
                "<message to='ROOM' type='error'><error type='cancel'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
            ),
        );
        assert_eq!(table.nick_of(BOB).is_some(), stays, "{condition}");
    }
}

#[test]
fn history_is_as_long_as_asked_for() {
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    for number in 0..30 {
        table.send(ANN, &format!("<message to='ROOM' type='groupchat'><body>{number}</body></message>"));
    }
    for (request, expected) in [
        ("", 25),
        ("<history maxstanzas='3'/>", 3),
        ("<history maxstanzas='x'/>", 25),
        ("<history maxchars='0'/>", 0),
        ("<history seconds='7'/>", 3),
        ("<history since='1970-01-01T00:00:00Z'/>", 25),
        ("<history since='2970-01-01T00:00:00Z'/>", 0),
    ] {
        table.send(
            BOB,
            &format!(
                "<presence to='ROOM/Bob'><x xmlns='http://jabber.org/protocol/muc'>{request}</x></presence>"
            ),
        );
        let got = table.got(BOB);
        let bodies: Vec<&String> = got.iter().filter(|line| line.contains("body=")).collect();
        assert_eq!(bodies.len(), expected, "{request}");
        assert!(bodies.last().is_none_or(|last| last.contains("body=29")), "{request}");
    }
}

#[test]
fn who_was_banned_behind_a_split_is_gone_for_everybody_when_it_heals() {
    let mut table = Table::open(|_| {});
    for (who, nick) in [(ANN, "Ann"), (BOB, "Bob"), (CYD, "Cyd")] {
        table.enter(who, nick);
    }
    let others = table.room.occupants();
    table.act(|room, context| {
        room.lose_sessions(&[BOB, CYD].map(|jid| jid.parse().unwrap()), Loss::Unreachable, context)
    });
    let cyd = "cyd@example.net".parse().unwrap();
    table.act(|room, context| room.appoint(&cyd, Affiliation::Outcast, None, context).unwrap());
    table.act(|room, context| room.merge(others, context));
    let gone = "presence /Cyd (unavailable) none/none jid=cyd@example.net/desk";
    assert_eq!(table.got(CYD), [format!("{gone} 110 333")]);
    assert_eq!(table.got(BOB)[0], format!("{gone} 333"));
    assert_eq!(table.got(ANN), ["presence /Bob none/participant jid=bob@example.net/desk"]);
    assert_eq!(table.room.occupant_count(), 2);
}
