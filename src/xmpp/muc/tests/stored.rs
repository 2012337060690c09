//! Rooms in the database.

use super::*;

const PERSISTENT: &[(&str, &str)] = &[
    ("muc#roomconfig_persistentroom", "1"),
    ("muc#roomconfig_roomname", "The Lounge"),
    ("muc#roomconfig_roomdesc", "To sit in"),
];

/// Two nodes on one database that do not know each other: what one wrote the other one reads.
async fn twice() -> World {
    World::strangers(2).await
}

#[tokio::test]
async fn a_persistent_room_is_read_again_as_it_was() {
    let world = twice().await;
    let mut romeo = world.login_at(0, "romeo@example.net/a").await;
    create(&mut romeo, ROOM, "R").await;
    configure(&mut romeo, ROOM, PERSISTENT).await;
    let stored = world.store.rooms().await.unwrap();
    assert_eq!(stored.len(), 1, "written before the owner is answered");
    assert_eq!((stored[0].natural_name.as_str(), stored[0].name.as_str()), ("The Lounge", "lounge"));
    romeo
        .send(&format!(
            "<iq type='set' id='ban' to='{ROOM}'><query xmlns='http://jabber.org/protocol/muc#admin'>\
             <item affiliation='outcast' jid='tybalt@example.net'/></query></iq>"
        ))
        .await;
    until(&mut romeo, |stanza| stanza.attr("id") == Some("ban")).await;
    romeo.send(&format!("<message to='{ROOM}' type='groupchat'><subject>Balcony</subject></message>")).await;
    until(&mut romeo, is_subject).await;
    for number in 0..30 {
        say(&romeo, ROOM, &format!("line {number}")).await;
    }
    hear(&mut romeo, ROOM, "R", "line 29").await;
    written(&world, ROOM).await;

    let mut juliet = world.login_at(1, "juliet@example.net/b").await;
    let ask = format!("<iq type='get' id='2' to='conference.example.net'><query xmlns='{ITEMS}'/></iq>");
    juliet
        .ask(
            &ask,
            &format!(
                "<iq type='result' id='2' from='conference.example.net' to='juliet@example.net/b'>\
                 <query xmlns='{ITEMS}'><item jid='{ROOM}' name='The Lounge'/></query></iq>"
            ),
        )
        .await;
    juliet.send(&format!("<presence to='{ROOM}/J'><x xmlns='{MUC}'/></presence>")).await;
    let mut lines = Vec::new();
    let subject = loop {
        let stanza = juliet.receive().await;
        if is_subject(&stanza) {
            break stanza;
        }
        lines.extend(stanza.get_child("body", "jabber:client").map(Element::text));
    };
    assert_eq!(subject.get_child("subject", "jabber:client").unwrap().text(), "Balcony");
    assert_eq!((lines.len(), lines[0].as_str(), lines[24].as_str()), (25, "line 5", "line 29"));
    let mut tybalt = world.login_at(1, "tybalt@example.net/t").await;
    tybalt.send(&format!("<presence to='{ROOM}/T'><x xmlns='{MUC}'/></presence>")).await;
    let error = tybalt.receive().await.get_child("error", "jabber:client").cloned().unwrap();
    assert!(error.has_child("forbidden", "urn:ietf:params:xml:ns:xmpp-stanzas"));
}

#[tokio::test]
async fn a_destroyed_room_is_gone_from_the_database() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    create(&mut romeo, ROOM, "R").await;
    configure(&mut romeo, ROOM, PERSISTENT).await;
    assert_eq!(world.store.rooms().await.unwrap().len(), 1);
    romeo
        .send(&format!(
            "<iq type='set' id='end' to='{ROOM}'><query xmlns='{OWNER}'><destroy><reason>over</reason></destroy></query></iq>"
        ))
        .await;
    until(&mut romeo, |stanza| stanza.attr("id") == Some("end")).await;
    written(&world, ROOM).await;
    assert!(world.store.rooms().await.unwrap().is_empty());
    eventually("room over", || world.nodes[0].service.muc.hosted.len() == 0).await;
    // A new one of that name knows nothing of it.
    create(&mut romeo, ROOM, "R").await;
}

#[tokio::test]
async fn a_room_goes_on_while_the_database_is_away() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    create(&mut romeo, ROOM, "R").await;
    configure(&mut romeo, ROOM, PERSISTENT).await;
    world.store.close().await;
    say(&romeo, ROOM, "still here").await;
    hear(&mut romeo, ROOM, "R", "still here").await;
    // A room that would have to be looked for is not made twice: try again later.
    romeo.send("<presence to='other@conference.example.net/R'><x xmlns='http://jabber.org/protocol/muc'/></presence>").await;
    let error = romeo.receive().await.get_child("error", "jabber:client").cloned().unwrap();
    assert_eq!(error.attr("type"), Some("wait"));
}

#[tokio::test]
async fn the_operator_says_who_makes_rooms_and_which_are_listed() {
    let world = World::single().await;
    for sql in [
        "INSERT INTO ofMucServiceProp (serviceID, name, propValue) VALUES (1, 'create.anyone', 'true')",
        "INSERT INTO ofMucServiceProp (serviceID, name, propValue) VALUES (1, 'create.jid', 'romeo@example.net')",
        "INSERT INTO ofMucServiceProp (serviceID, name, propValue) VALUES (1, 'sysadmin.jid', 'nurse@example.net')",
        "INSERT INTO ofMucService (serviceID, subdomain, description, isHidden) VALUES (2, 'halls', 'Halls', 0)",
        "INSERT INTO ofMucService (serviceID, subdomain, isHidden) VALUES (3, 'back', 1)",
    ] {
        world.execute(sql).await;
    }
    let mut romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.login("juliet@example.net/b").await;
    juliet.send(&format!("<presence to='{ROOM}/J'><x xmlns='{MUC}'/></presence>")).await;
    let error = juliet.receive().await.get_child("error", "jabber:client").cloned().unwrap();
    assert!(error.has_child("not-allowed", "urn:ietf:params:xml:ns:xmpp-stanzas"));
    create(&mut juliet, "any@halls.example.net", "J").await;
    create(&mut romeo, ROOM, "R").await;
    configure(&mut romeo, ROOM, &[("muc#roomconfig_publicroom", "0")]).await;
    juliet.send(&format!("<iq type='get' id='d' to='example.net'><query xmlns='{ITEMS}'/></iq>")).await;
    let items = until(&mut juliet, |stanza| stanza.attr("id") == Some("d")).await;
    let items = items.get_child("query", ITEMS).unwrap();
    let names: Vec<_> = items.children().filter_map(|item| item.attr("jid")).collect();
    assert_eq!(
        names,
        ["search.example.net", "pubsub.example.net", "conference.example.net", "halls.example.net"]
    );
    // A hidden room is shown to those who belong to it, and to administrators of the service.
    let mut nurse = world.login("nurse@example.net/n").await;
    for (client, count) in [(&mut romeo, 1), (&mut juliet, 0), (&mut nurse, 1)] {
        client
            .send(&format!("<iq type='get' id='l' to='conference.example.net'><query xmlns='{ITEMS}'/></iq>"))
            .await;
        let list = until(client, |stanza| stanza.attr("id") == Some("l")).await;
        assert_eq!(list.get_child("query", ITEMS).unwrap().children().count(), count, "{}", client.jid);
    }
}

#[tokio::test]
async fn groups_on_the_lists_of_a_room_count() {
    let world = World::single().await;
    for sql in [
        "INSERT INTO ofGroup (groupName) VALUES ('foobar')",
        "INSERT INTO ofGroupUser (groupName, username, administrator) VALUES ('foobar', 'juliet', 0)",
        "INSERT INTO ofMucRoom (serviceID, roomID, creationDate, modificationDate, name, naturalName, description, \
         lockedDate, canChangeSubject, maxUsers, publicRoom, moderated, membersOnly, canInvite, canDiscoverJID, \
         logEnabled, retireOnDeletion, preserveHistOnDel, rolesToBroadcast, useReservedNick, canChangeNick, \
         canRegister, allowpm) VALUES (1, 77, '001600000000000', '001600000000000', 'lounge', 'Old', '', \
         '000000000000000', 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 7, 0, 1, 1, 0)",
        "INSERT INTO ofMucMember (roomID, jid) VALUES (77, 'cpnmuoj1e8@example.net/3858f62230ac3c915f300c664312c63f')",
    ] {
        world.execute(sql).await;
    }
    let mut juliet = world.login("juliet@example.net/b").await;
    let mut romeo = world.login("romeo@example.net/a").await;
    enter(&mut juliet, ROOM, "J").await;
    romeo.send(&format!("<presence to='{ROOM}/R'><x xmlns='{MUC}'/></presence>")).await;
    let error = romeo.receive().await.get_child("error", "jabber:client").cloned().unwrap();
    assert!(error.has_child("registration-required", "urn:ietf:params:xml:ns:xmpp-stanzas"));
}
