//! Rooms of a cluster: everything works across members, nobody has to enter again whoever ends, and all members tell the
//! same.

use std::time::Duration;

use super::*;

/// Romeo, Juliet and Tybalt on the members in turn, in one room that a member hosts.
async fn scene(members: usize, host: usize) -> (World, String, Vec<Client>) {
    let world = World::clustered(members).await;
    settled(&world).await;
    let room = room_at(&world, host);
    let mut clients = Vec::new();
    for (index, (user, nick)) in [("romeo", "R"), ("juliet", "J"), ("tybalt", "T")].into_iter().enumerate() {
        let mut client = world.login_at(index % members, &format!("{user}@example.net/x")).await;
        if index == 0 {
            create(&mut client, &room, nick).await;
        } else {
            enter(&mut client, &room, nick).await;
        }
        clients.push(client);
    }
    all_see(&world, &room, &["J", "R", "T"]).await;
    assert_eq!(host_of(&world, &room), host);
    (world, room, clients)
}

/// Everybody hears everybody.
async fn chat(clients: &mut [Client], room: &str, nicks: &[&str]) {
    for (speaker, nick) in nicks.iter().enumerate() {
        let text = format!("hear {nick} {}", rand::random::<u32>());
        say(&clients[speaker], room, &text).await;
        for client in &mut *clients {
            hear(client, room, nick, &text).await;
        }
    }
}

async fn end(world: &mut World, node: usize) {
    let lost = world.nodes.remove(node);
    assert!(lost.tasks.shut_down(Duration::from_secs(30)).await);
}

#[tokio::test]
async fn everybody_hears_everybody_wherever_they_are() {
    let (world, room, mut clients) = scene(3, 1).await;
    chat(&mut clients, &room, &["R", "J", "T"]).await;
    // The list is told by every member from its own memory.
    for (index, client) in clients.iter_mut().enumerate() {
        let jid = client.jid.clone();
        client
            .ask(
                &format!("<iq type='get' id='l{index}' to='conference.example.net'><query xmlns='{ITEMS}'/></iq>"),
                &format!(
                    "<iq type='result' id='l{index}' from='conference.example.net' to='{jid}'><query xmlns='{ITEMS}'>\
                     <item jid='{room}' name='*'/></query></iq>"
                ),
            )
            .await;
    }
    clients.remove(2).close().await;
    see_leave(&mut clients[0], &room, "T").await;
    see_leave(&mut clients[1], &room, "T").await;
    all_see(&world, &room, &["J", "R"]).await;
}

#[tokio::test]
async fn the_end_of_the_host_ends_nothing_in_the_room() {
    let (mut world, room, mut clients) = scene(3, 2).await;
    end(&mut world, 2).await;
    let lost = clients.pop();
    all_see(&world, &room, &["J", "R"]).await;
    for client in &mut clients {
        assert!(codes(&see_leave(client, &room, "T").await).contains(&"333".to_owned()));
    }
    chat(&mut clients, &room, &["R", "J"]).await;
    assert_ne!(host_of(&world, &room), 2);
    // Romeo is still its owner.
    configure(&mut clients[0], &room, &[]).await;
    drop(lost);
}

#[tokio::test]
async fn who_was_on_a_lost_member_leaves_the_room() {
    let (mut world, room, mut clients) = scene(3, 0).await;
    end(&mut world, 2).await;
    let lost = clients.pop();
    for client in &mut clients {
        see_leave(client, &room, "T").await;
    }
    all_see(&world, &room, &["J", "R"]).await;
    chat(&mut clients, &room, &["R", "J"]).await;
    drop(lost);
}

#[tokio::test]
async fn a_member_that_drains_hands_its_rooms_over_with_their_history() {
    let (world, room, mut clients) = scene(3, 2).await;
    say(&clients[0], &room, "remember me").await;
    hear(&mut clients[0], &room, "R", "remember me").await;
    clients.pop().unwrap().close().await;
    see_leave(&mut clients[0], &room, "T").await;
    let drained = world.nodes[2].service.drain_clients(Duration::from_secs(30)).await;
    assert!(drained.is_settled);
    eventually("the room moved", || host_of(&world, &room) != 2).await;
    eventually("the old host has nothing", || world.nodes[2].service.muc.hosted.len() == 0).await;
    all_see(&world, &room, &["J", "R"]).await;
    chat(&mut clients, &room, &["R", "J"]).await;
    // Who leaves the cluster without a client leaves the rooms where they are.
    world.nodes[2].cluster.disable().await;
    eventually("out of the cluster", || world.nodes[2].service.muc.rooms.is_empty()).await;
    let mut nurse = world.login_at(1, "nurse@example.net/n").await;
    nurse.send(&format!("<presence to='{room}/N'><x xmlns='{MUC}'/></presence>")).await;
    hear(&mut nurse, &room, "R", "remember me").await;
    assert_eq!(world.nodes[2].service.muc.metrics.adopted.get(), 0);
}

#[tokio::test]
async fn two_halves_of_a_room_become_one() {
    let world = World::strangers(2).await;
    let mut romeo = world.login_at(0, "romeo@example.net/a").await;
    let mut juliet = world.login_at(1, "juliet@example.net/b").await;
    create(&mut romeo, ROOM, "R").await;
    create(&mut juliet, ROOM, "J").await;
    world.join().await;
    all_see(&world, ROOM, &["J", "R"]).await;
    let mut clients = [romeo, juliet];
    chat(&mut clients, ROOM, &["R", "J"]).await;
    eventually("one host", || {
        world.nodes.iter().filter(|node| node.service.muc.hosted.len() == 1).count() == 1
    })
    .await;
}

#[tokio::test]
async fn leaving_the_cluster_and_coming_back_keeps_everybody_in() {
    let (world, room, mut clients) = scene(2, 1).await;
    world.nodes[1].cluster.disable().await;
    // Romeo and Tybalt are on the first member, and have the room to themselves; Juliet has the other half.
    see_leave(&mut clients[0], &room, "J").await;
    see_leave(&mut clients[2], &room, "J").await;
    see_leave(&mut clients[1], &room, "R").await;
    say(&clients[0], &room, "alone").await;
    hear(&mut clients[2], &room, "R", "alone").await;
    say(&clients[1], &room, "alone, too").await;
    hear(&mut clients[1], &room, "J", "alone, too").await;
    world.nodes[1].cluster.enable().await.unwrap();
    all_see(&world, &room, &["J", "R", "T"]).await;
    chat(&mut clients, &room, &["R", "J", "T"]).await;
}

#[tokio::test]
async fn one_member_after_the_other_may_end() {
    let (mut world, room, mut clients) = scene(3, 2).await;
    say(&clients[0], &room, "first").await;
    hear(&mut clients[0], &room, "R", "first").await;
    end(&mut world, 2).await;
    end(&mut world, 1).await;
    all_see(&world, &room, &["R"]).await;
    say(&clients[0], &room, "last").await;
    hear(&mut clients[0], &room, "R", "last").await;
}

#[tokio::test]
async fn a_room_comes_back_from_an_heir_that_is_lost() {
    let world = World::clustered(1).await;
    let mut romeo = world.login("romeo@example.net/a").await;
    create(&mut romeo, ROOM, "R").await;
    let (heir, _events) = world.wedged_member(9).await;
    let room = ROOM.parse().unwrap();
    let id = heir.identity().node_id;
    assert!(world.nodes[0].service.muc.hosted.tell(&room, super::super::host::Input::HandTo(id)));
    say(&romeo, ROOM, "into the void").await;
    heir.disable().await;
    // It was sent after the room, and comes back with it.
    hear(&mut romeo, ROOM, "R", "into the void").await;
    all_see(&world, ROOM, &["R"]).await;
}

#[tokio::test]
async fn a_large_room_is_carried_on_with_the_database() {
    let (mut world, room, mut clients) = scene(2, 1).await;
    configure(&mut clients[0], &room, &[("muc#roomconfig_persistentroom", "1")]).await;
    let item = |number: i32| {
        format!("<item affiliation='member' jid='somebody-with-a-long-name-{number}@example.net'/>")
    };
    let items = (0..2000).map(item).collect::<Vec<_>>().concat();
    clients[0]
        .send(&format!(
            "<iq type='set' id='many' to='{room}'><query xmlns='http://jabber.org/protocol/muc#admin'>{items}</query></iq>"
        ))
        .await;
    let answer = until(&mut clients[0], |stanza| stanza.attr("id") == Some("many")).await;
    assert_eq!(answer.attr("type"), Some("result"));
    written(&world, &room).await;
    eventually("a record too large for every member to keep", || {
        let entry = world.nodes[0].service.muc.rooms.get(&room);
        entry.is_some_and(|entry| entry.value().record.is_none())
    })
    .await;
    let (name, service) = room.split_once('@').unwrap();
    assert_eq!(service, "conference.example.net");
    let stored = world.store.room(1, name).await.unwrap().unwrap();
    assert_eq!(world.store.room_people(stored.id).await.unwrap().len(), 2001);
    end(&mut world, 1).await;
    let lost = clients.remove(1);
    all_see(&world, &room, &["R", "T"]).await;
    chat(&mut clients, &room, &["R", "T"]).await;
    let entry = world.nodes[0].service.muc.hosted.len();
    assert_eq!(entry, 1);
    drop(lost);
}
