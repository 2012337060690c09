//! Rooms of a cluster outlive the node that has them: killed, or stopped in order.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, ClusterOptions, DOMAIN, XmppClient, attribute, record_timing};

/// Rooms: chance puts all of them on one node in one of a thousand runs, and then nothing is tested.
const ROOMS: usize = 10;
/// How long anything may take on a slow machine.
const LIMIT: Duration = Duration::from_secs(40);

fn room(number: usize) -> String {
    format!("room{number}@conference.{DOMAIN}")
}

fn enter(client: &mut XmppClient, number: usize, nick: &str) -> Result<()> {
    let room = room(number);
    client.send(&format!(
        "<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    ))?;
    let is_subject = |element: &str| {
        element.contains("<subject") && attribute(element, "from").is_some_and(|from| from.starts_with(&room))
    };
    client.wait_for("the end of an entry", LIMIT, is_subject).map(|_| ())
}

/// Makes a room that stays, with the settings of the service otherwise.
fn create(client: &mut XmppClient, number: usize, nick: &str) -> Result<()> {
    enter(client, number, nick)?;
    let id = format!("form{number}");
    let form = format!(
        "<iq type='set' id='{id}' to='{}'><query xmlns='http://jabber.org/protocol/muc#owner'>\
         <x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>\
         <value>http://jabber.org/protocol/muc#roomconfig</value></field>\
         <field var='muc#roomconfig_persistentroom'><value>1</value></field></x></query></iq>",
        room(number)
    );
    let answer = client.request(&form, &id)?;
    ensure!(attribute(&answer, "type") == Some("result"), "the settings of {}: {answer}", room(number));
    Ok(())
}

/// Somebody says something in each room, and all hear it.
fn chat(clients: &mut [&mut XmppClient], topic: &str) -> Result<()> {
    for number in 0..ROOMS {
        for speaker in 0..clients.len() {
            let text = format!("{topic}, {speaker} in {number}");
            let message =
                format!("<message type='groupchat' to='{}'><body>{text}</body></message>", room(number));
            clients.get_mut(speaker).context("a client")?.send(&message)?;
            for client in &mut *clients {
                client.wait_for_message(&text, LIMIT)?;
            }
        }
    }
    Ok(())
}

fn see_all_leave(client: &mut XmppClient, nick: &str) -> Result<()> {
    for number in 0..ROOMS {
        let from = format!("{}/{nick}", room(number));
        client.wait_for(&format!("{from} leaving"), LIMIT, |element| {
            element.starts_with("<presence")
                && attribute(element, "from") == Some(&from)
                && attribute(element, "type") == Some("unavailable")
        })?;
    }
    Ok(())
}

#[test]
fn rooms_outlive_their_node() -> Result<()> {
    let test = "rooms_outlive_their_node";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    for number in 0..ROOMS {
        create(&mut one, number, "one")?;
        enter(&mut two, number, "two")?;
    }
    chat(&mut [&mut one, &mut two], "at first")?;
    let hosted = |node: usize| cluster.nodes[node].metric("cobnut_rooms_active");
    let (here, there) = (hosted(0)?, hosted(1)?);
    ensure!(here > 0.0 && there > 0.0, "{here} rooms on one node, {there} on the other");

    let killed = std::time::Instant::now();
    cluster.nodes[1].kill()?;
    see_all_leave(&mut one, "two")?;
    record_timing("group chat: rooms of a killed node", killed.elapsed());
    chat(&mut [&mut one], "alone")?;
    let adopted = cluster.nodes[0].metric("cobnut_rooms_adopted_total")?;
    ensure!(adopted >= there, "{adopted} rooms carried on of {there}");

    cluster.nodes[1].start()?;
    cluster.wait_until_formed()?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    for number in 0..ROOMS {
        enter(&mut two, number, "two")?;
    }
    chat(&mut [&mut one, &mut two], "together again")?;

    // A node that stops in order hands its rooms over; the one on the other node stays in all of them.
    cluster.nodes[0].stop()?;
    see_all_leave(&mut two, "one")?;
    chat(&mut [&mut two], "after the stop")?;
    let active = cluster.nodes[1].metric("cobnut_rooms_active")?;
    ensure!((active - f64::from(u32::try_from(ROOMS)?)).abs() < 0.5, "{active} rooms of {ROOMS}");
    Ok(())
}
