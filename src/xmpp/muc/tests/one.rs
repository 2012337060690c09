//! Rooms of one node, as clients see them.

use super::*;

#[tokio::test]
async fn the_service_is_found_and_says_what_it_can() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    romeo
        .send(&format!("<iq type='get' id='1' to='conference.example.net'><query xmlns='{INFO}'/></iq>"))
        .await;
    let answer = romeo.receive().await;
    let query = answer.get_child("query", INFO).unwrap();
    let identity = query.get_child("identity", INFO).unwrap();
    assert_eq!((identity.attr("category"), identity.attr("type")), (Some("conference"), Some("text")));
    for feature in [MUC, "jabber:iq:search", "http://jabber.org/protocol/rsm"] {
        assert!(query.children().any(|child| child.attr("var") == Some(feature)), "{feature}");
    }
    let empty = format!(
        "<iq type='result' id='2' from='conference.example.net' to='romeo@example.net/a'><query xmlns='{ITEMS}'/></iq>"
    );
    let ask = format!("<iq type='get' id='2' to='conference.example.net'><query xmlns='{ITEMS}'/></iq>");
    romeo.ask(&ask, &empty).await;
    romeo
        .ask(
            "<iq type='get' id='3' to='conference.example.net'><unique xmlns='http://jabber.org/protocol/muc#unique'/></iq>",
            "<iq type='result' id='3' from='conference.example.net' to='romeo@example.net/a'>\
             <unique xmlns='http://jabber.org/protocol/muc#unique'>*</unique></iq>",
        )
        .await;
    romeo
        .ask(
            "<iq type='get' id='4' to='nowhere.example.net'><ping xmlns='urn:xmpp:ping'/></iq>",
            "<iq type='error' id='4' from='nowhere.example.net' to='romeo@example.net/a'><error type='cancel'>\
             <remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        )
        .await;
}

#[tokio::test]
async fn a_room_comes_and_goes_with_those_who_are_in_it() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.login("juliet@example.net/b").await;
    // A room that does not exist is made by entering it and by nothing else.
    let missing = format!(
        "<iq type='error' id='1' from='{ROOM}' to='romeo@example.net/a'><error type='cancel'>\
         <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    );
    romeo.ask(&format!("<iq type='get' id='1' to='{ROOM}'><query xmlns='{INFO}'/></iq>"), &missing).await;
    romeo.send(&format!("<presence to='{ROOM}/R'><x xmlns='{MUC}'/></presence>")).await;
    let own = romeo.receive().await;
    assert_eq!(own.attr("from"), Some(&*format!("{ROOM}/R")));
    assert!(codes(&own).contains(&"201".to_owned()), "{}", String::from(&own));
    until(&mut romeo, is_subject).await;
    // Nobody else may enter before it is configured.
    juliet.send(&format!("<presence to='{ROOM}/J'><x xmlns='{MUC}'/></presence>")).await;
    assert_eq!(juliet.receive().await.attr("type"), Some("error"));
    configure(&mut romeo, ROOM, &[]).await;
    enter(&mut juliet, ROOM, "J").await;
    until(&mut romeo, |stanza| stanza.attr("from") == Some(&*format!("{ROOM}/J"))).await;
    say(&juliet, ROOM, "art thou Romeo").await;
    hear(&mut romeo, ROOM, "J", "art thou Romeo").await;
    hear(&mut juliet, ROOM, "J", "art thou Romeo").await;
    all_see(&world, ROOM, &["J", "R"]).await;

    let items = format!(
        "<iq type='result' id='2' from='conference.example.net' to='juliet@example.net/b'><query xmlns='{ITEMS}'>\
         <item jid='{ROOM}' name='lounge'/></query></iq>"
    );
    let ask = format!("<iq type='get' id='2' to='conference.example.net'><query xmlns='{ITEMS}'/></iq>");
    juliet.ask(&ask, &items).await;

    romeo.send(&format!("<presence type='unavailable' to='{ROOM}/R'/>")).await;
    see_leave(&mut juliet, ROOM, "R").await;
    juliet.send(&format!("<presence type='unavailable' to='{ROOM}/J'/>")).await;
    see_leave(&mut juliet, ROOM, "J").await;
    eventually("room over", || world.nodes[0].service.muc.hosted.len() == 0).await;
    assert!(world.nodes[0].service.muc.rooms.is_empty() && world.nodes[0].service.muc.seats.is_empty());
    juliet.ask(&ask, &items.replace(&format!("<item jid='{ROOM}' name='lounge'/>"), "")).await;
    assert!(world.store.rooms().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_session_that_ends_leaves_its_rooms() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    create(&mut romeo, ROOM, "R").await;
    // The connection is gone.
    let mut juliet = world.login("juliet@example.net/b").await;
    enter(&mut juliet, ROOM, "J").await;
    juliet.close().await;
    see_leave(&mut romeo, ROOM, "J").await;
    // It says goodbye to everybody.
    let mut juliet = world.online("juliet@example.net/b").await;
    enter(&mut juliet, ROOM, "J").await;
    juliet.send("<presence type='unavailable'><status>asleep</status></presence>").await;
    let farewell = see_leave(&mut romeo, ROOM, "J").await;
    assert_eq!(farewell.get_child("status", "jabber:client").unwrap().text(), "asleep");
    // Another login takes its resource.
    juliet.send("<presence/>").await;
    enter(&mut juliet, ROOM, "J").await;
    let mut again = world.login("juliet@example.net/b").await;
    see_leave(&mut romeo, ROOM, "J").await;
    // The operator ends it.
    enter(&mut again, ROOM, "J2").await;
    assert!(again.service.kick(&again.jid, "out").await);
    see_leave(&mut romeo, ROOM, "J2").await;
    all_see(&world, ROOM, &["R"]).await;
}

#[tokio::test]
async fn presence_of_occupants_is_nothing_of_the_roster() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    create(&mut romeo, ROOM, "R").await;
    // The second look of an initial presence comes a second later, and must not take occupants for contacts.
    let mut juliet = world.online("juliet@example.net/b").await;
    enter(&mut juliet, ROOM, "J").await;
    eventually("second look", || !world.nodes[0].tasks.running().contains_key("settle presence")).await;
    juliet.expect_nothing().await;
}

#[tokio::test]
async fn invitations_and_questions_reach_accounts() {
    let world = World::single().await;
    world.store.set_vcard("juliet", Some("<vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard>")).await.unwrap();
    let mut romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.online("juliet@example.net/b").await;
    create(&mut romeo, ROOM, "R").await;
    romeo
        .send(&format!(
            "<message to='{ROOM}'><x xmlns='{USER}'><invite to='juliet@example.net'><reason>come</reason></invite></x>\
             </message>"
        ))
        .await;
    let invitation = until(&mut juliet, |stanza| stanza.name() == "message").await;
    let invite = invitation.get_child("x", USER).unwrap().get_child("invite", USER).unwrap();
    assert_eq!(invite.get_child("reason", USER).unwrap().text(), "come");
    enter(&mut juliet, ROOM, "J").await;
    romeo.send(&format!("<iq type='get' id='card' to='{ROOM}/J'><vCard xmlns='vcard-temp'/></iq>")).await;
    let card = until(&mut romeo, |stanza| stanza.attr("id") == Some("card")).await;
    assert_eq!(card.attr("from"), Some(&*format!("{ROOM}/J")));
    let name = card.get_child("vCard", "vcard-temp").and_then(|card| card.get_child("FN", "vcard-temp"));
    assert_eq!(name.unwrap().text(), "Juliet");
    // A private message finds its way, and one for nobody comes back.
    romeo.send(&format!("<message to='{ROOM}/J' type='chat'><body>psst</body></message>")).await;
    hear(&mut juliet, ROOM, "R", "psst").await;
    romeo.send(&format!("<message to='{ROOM}/N' type='chat' id='no'><body>psst</body></message>")).await;
    let error = until(&mut romeo, |stanza| stanza.attr("id") == Some("no")).await;
    assert_eq!(error.attr("type"), Some("error"));
}

#[tokio::test]
async fn many_rooms_and_many_stanzas_keep_their_order() {
    let world = World::single().await;
    let mut romeo = world.login_with_queue(0, "romeo@example.net/a", 4096).await;
    for room in 0..5 {
        create(&mut romeo, &format!("r{room}@conference.example.net"), "R").await;
    }
    for number in 0..200 {
        say(&romeo, &format!("r{}@conference.example.net", number % 5), &number.to_string()).await;
    }
    let mut heard = [0; 5];
    for _ in 0..200 {
        let message = until(&mut romeo, |stanza| stanza.name() == "message").await;
        let number: usize = message.get_child("body", "jabber:client").unwrap().text().parse().unwrap();
        assert_eq!(number / 5, heard[number % 5], "in order within its room");
        heard[number % 5] += 1;
    }
}

#[tokio::test]
async fn what_a_room_cannot_take_from_another_member_comes_back() {
    use cobnut_model::limits::ROOM_QUEUE_MAX;
    let world = World::single().await;
    let mut romeo = world.login_with_queue(0, "romeo@example.net/a", 4 * ROOM_QUEUE_MAX).await;
    create(&mut romeo, ROOM, "R").await;
    let stanza = format!(
        "<message from='romeo@example.net/a' to='{ROOM}' type='groupchat' id='m'><body>hi</body></message>"
    );
    let payload = super::super::wire::Wire::Stanza { hops: 1, stanza: stanza.into() }.encode();
    // The room has no time in between.
    for _ in 0..ROOM_QUEUE_MAX + 10 {
        romeo.service.receive_about_rooms(romeo.service.node(), &payload);
    }
    let (mut heard, mut refused) = (0, 0);
    while heard + refused < ROOM_QUEUE_MAX + 10 {
        let message = until(&mut romeo, |stanza| stanza.attr("id") == Some("m")).await;
        if message.attr("type") == Some("groupchat") {
            heard += 1;
        } else {
            let error = message.get_child("error", "jabber:client").unwrap();
            assert_eq!(error.attr("type"), Some("wait"));
            refused += 1;
        }
    }
    assert_eq!((heard, refused), (ROOM_QUEUE_MAX, 10));
    // Rubbish does no harm.
    for payload in [&b""[..], b"\xff", b"\x00\x00\x02<a", b"\x01\x00\x01\x02ab"] {
        romeo.service.receive_about_rooms(romeo.service.node(), payload);
    }
    say(&romeo, ROOM, "fine").await;
    hear(&mut romeo, ROOM, "R", "fine").await;
}

#[tokio::test]
async fn who_enters_a_crowd_has_time_to_read_who_is_there() {
    use cobnut_model::limits::{CLIENT_QUEUE_STANZAS_MAX, ROOM_BURST};
    use cobnut_xmpp_proto::muc::{Affiliation, OccupantRecord, Role};
    let crowd = CLIENT_QUEUE_STANZAS_MAX + ROOM_BURST / 2;
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    create(&mut romeo, ROOM, "R").await;
    configure(&mut romeo, ROOM, &[("muc#roomconfig_maxusers", "0")]).await;
    let service = &world.nodes[0].service;
    let entry = service.muc.rooms.get(&ROOM.to_owned()).unwrap();
    let occupant = |number: usize| OccupantRecord {
        nick: format!("n{number}"),
        jid: format!("nobody@example.net/{number}").parse().unwrap(),
        affiliation: Affiliation::None,
        role: Role::Participant,
        presence: bytes::Bytes::from_static(b"<presence xmlns='jabber:client'/>"),
        stamp: cobnut_model::UnixMillis(1),
    };
    let room = "crowd@conference.example.net";
    let mut record = entry.value().record.clone().unwrap();
    record.room = room.parse().unwrap();
    let occupants = (0..crowd).map(occupant).collect();
    let parts =
        cobnut_xmpp_proto::muc::RoomParts { record, occupants, history: Vec::new(), is_destroyed: false };
    service.carry_on(super::super::wire::Moved { term: 1, parts }, std::sync::Arc::default());
    let mut juliet = world.login_with_queue(0, "juliet@example.net/b", CLIENT_QUEUE_STANZAS_MAX).await;
    juliet.send(&format!("<presence to='{room}/J'><x xmlns='{MUC}'/></presence>")).await;
    for _ in 0..crowd {
        let presence = until(&mut juliet, |stanza| stanza.name() == "presence").await;
        assert_eq!(presence.attr("type"), None);
    }
    until(&mut juliet, is_subject).await;
    // Nobody has ever seen a session of the others: they are put out, as gently.
    for _ in 0..crowd {
        until(&mut juliet, |stanza| stanza.attr("type") == Some("unavailable")).await;
    }
    all_see(&world, room, &["J"]).await;
}
