//! Conversations with rooms, on one node and on several.

mod archive;
mod cluster;
mod one;
mod stored;

use minidom::Element;

use crate::service::tests::fixture::{Client, Node, World, eventually};

const ROOM: &str = "lounge@conference.example.net";
const MUC: &str = "http://jabber.org/protocol/muc";
const OWNER: &str = "http://jabber.org/protocol/muc#owner";
const USER: &str = "http://jabber.org/protocol/muc#user";
const ITEMS: &str = "http://jabber.org/protocol/disco#items";
const INFO: &str = "http://jabber.org/protocol/disco#info";

/// Reads until the stanza that is waited for.
async fn until(client: &mut Client, is_it: impl Fn(&Element) -> bool) -> Element {
    loop {
        let stanza = client.receive().await;
        if is_it(&stanza) {
            return stanza;
        }
    }
}

fn is_subject(stanza: &Element) -> bool {
    stanza.name() == "message" && stanza.has_child("subject", "jabber:client")
}

fn codes(presence: &Element) -> Vec<String> {
    let user = presence.get_child("x", USER);
    let statuses = user.into_iter().flat_map(|user| user.children()).filter(|child| child.name() == "status");
    statuses.filter_map(|status| status.attr("code").map(str::to_owned)).collect()
}

/// Enters, and reads what is told to everybody who does, to the subject at the end.
async fn enter(client: &mut Client, room: &str, nick: &str) {
    client.send(&format!("<presence to='{room}/{nick}'><x xmlns='{MUC}'/></presence>")).await;
    until(client, is_subject).await;
}

/// Makes a room with the settings of the service.
async fn create(client: &mut Client, room: &str, nick: &str) {
    enter(client, room, nick).await;
    configure(client, room, &[]).await;
}

/// Sends the settings of a room, and reads the answer.
async fn configure(client: &mut Client, room: &str, fields: &[(&str, &str)]) {
    let field = |(name, value): &(&str, &str)| format!("<field var='{name}'><value>{value}</value></field>");
    let fields: String = fields.iter().map(field).collect();
    client
        .send(&format!(
            "<iq type='set' id='form' to='{room}'><query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>{fields}\
             </x></query></iq>"
        ))
        .await;
    let answer = until(client, |stanza| stanza.attr("id") == Some("form")).await;
    assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
}

async fn say(client: &Client, room: &str, text: &str) {
    client.send(&format!("<message to='{room}' type='groupchat'><body>{text}</body></message>")).await;
}

/// Reads until somebody says something.
async fn hear(client: &mut Client, room: &str, nick: &str, text: &str) {
    let from = format!("{room}/{nick}");
    until(client, |stanza| {
        let body = stanza.get_child("body", "jabber:client").map(Element::text);
        stanza.attr("from") == Some(&from) && body.as_deref() == Some(text)
    })
    .await;
}

/// Reads until somebody is seen to leave.
async fn see_leave(client: &mut Client, room: &str, nick: &str) -> Element {
    let from = format!("{room}/{nick}");
    until(client, |stanza| stanza.attr("from") == Some(&from) && stanza.attr("type") == Some("unavailable"))
        .await
}

/// Who is in a room as a node tells it, by nickname.
fn occupants(node: &Node, room: &str) -> Vec<String> {
    let muc = &node.service.muc;
    let claims = muc.rooms.all(&room.to_owned());
    let Some(host) = super::maps::winner(&claims).map(|claim| claim.owner) else { return Vec::new() };
    let entries = muc.occupants.in_group(room);
    let own = entries.iter().filter(|entry| entry.owner == host);
    let mut nicks: Vec<String> = own.map(|entry| entry.value().nick.clone()).collect();
    nicks.sort();
    nicks
}

/// Waits until all nodes tell the same of who is in a room.
async fn all_see(world: &World, room: &str, wanted: &[&str]) {
    for node in &world.nodes {
        eventually(&format!("{wanted:?} in {room}"), || occupants(node, room) == wanted).await;
    }
}

/// The place of a room's host among the nodes.
fn host_of(world: &World, room: &str) -> usize {
    let room = room.parse().unwrap();
    let seat = world.nodes[0].service.seat_of(&room);
    world.nodes.iter().position(|node| node.service.node() == seat).unwrap()
}

/// The address of a room whose home is a node.
fn room_at(world: &World, node: usize) -> String {
    let rooms = (0..1000).map(|number| format!("room{number}@conference.example.net"));
    let wanted = world.nodes[node].service.node();
    let is_there = |room: &String| world.nodes.iter().all(|node| node.cluster.home_of(room) == Some(wanted));
    rooms.into_iter().find(is_there).unwrap()
}

/// Waits until all nodes see all others as homes.
async fn settled(world: &World) {
    let ids: Vec<_> = world.nodes.iter().map(|node| node.service.node()).collect();
    for id in &ids {
        for node in &world.nodes {
            eventually("homes", || (0..200).any(|key| node.cluster.home_of(&key.to_string()) == Some(*id)))
                .await;
        }
    }
}

/// Waits until everything about a room is in the database.
async fn written(world: &World, room: &str) {
    for node in &world.nodes {
        let place = super::Place { service_id: 1, room: room.parse().unwrap() };
        assert!(node.service.muc.writer.flushed(&place, std::time::Duration::from_mins(1)).await);
    }
}
