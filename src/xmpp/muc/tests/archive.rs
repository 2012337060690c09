//! Questions to the archive of a room, on one member and on several.

use super::*;

const MAM: &str = "urn:xmpp:mam:2";
const LOGGED: &[(&str, &str)] =
    &[("muc#roomconfig_persistentroom", "1"), ("muc#roomconfig_enablelogging", "1")];

/// What an archive answered: identifiers and texts, and the end of the answer or an error.
struct Answer {
    messages: Vec<(String, String)>,
    end: Element,
}

impl Answer {
    fn bodies(&self) -> Vec<&str> {
        self.messages.iter().map(|(_, body)| body.as_str()).collect()
    }

    fn is_complete(&self) -> bool {
        self.end.get_child("fin", MAM).unwrap().attr("complete") == Some("true")
    }

    fn error(&self) -> Vec<&str> {
        let error = self.end.get_child("error", "jabber:client");
        error.into_iter().flat_map(Element::children).map(Element::name).collect()
    }
}

fn id_of(said: &Element, room: &str) -> Option<String> {
    let mut ids = said.children().filter(|child| child.is("stanza-id", "urn:xmpp:sid:0"));
    ids.find(|id| id.attr("by") == Some(room)).and_then(|id| id.attr("id")).map(str::to_owned)
}

async fn ask(client: &mut Client, room: &str, inner: &str) -> Answer {
    client
        .send(&format!("<iq type='set' id='mam' to='{room}'><query xmlns='{MAM}'>{inner}</query></iq>"))
        .await;
    let mut messages = Vec::new();
    loop {
        let stanza = client.receive().await;
        if stanza.attr("id") == Some("mam") {
            return Answer { messages, end: stanza };
        }
        let Some(result) = stanza.get_child("result", MAM) else { continue };
        let forwarded = result.children().next().unwrap();
        let said = forwarded.get_child("message", "jabber:client").unwrap();
        let id = result.attr("id").unwrap().to_owned();
        assert_eq!(id_of(said, room).as_ref(), Some(&id));
        messages.push((id, said.get_child("body", "jabber:client").unwrap().text()));
    }
}

fn set(inner: &str) -> String {
    format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>")
}

/// Says something, and reads under which identifier everybody got it.
async fn say_and_hear(client: &mut Client, room: &str, text: &str) -> String {
    say(client, room, text).await;
    let said = until(client, |stanza| {
        stanza.get_child("body", "jabber:client").map(Element::text).as_deref() == Some(text)
    });
    id_of(&said.await, room).unwrap()
}

#[tokio::test]
async fn what_was_said_is_read_under_the_identifier_that_was_seen() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    create(&mut romeo, ROOM, "R").await;
    configure(&mut romeo, ROOM, LOGGED).await;
    let mut said = Vec::new();
    for number in 0..7 {
        let text = format!("line {number}");
        said.push((say_and_hear(&mut romeo, ROOM, &text).await, text));
    }
    // Nothing is waited for: what was just said is there.
    let everything = ask(&mut romeo, ROOM, "").await;
    assert_eq!(everything.messages, said);
    assert!(everything.is_complete());
    let page = ask(&mut romeo, ROOM, &set("<max>3</max><before/>")).await;
    assert_eq!(page.bodies(), ["line 4", "line 5", "line 6"]);
    assert!(!page.is_complete());
    let page = ask(&mut romeo, ROOM, &set(&format!("<max>3</max><after>{}</after>", said[4].0))).await;
    assert_eq!(page.bodies(), ["line 5", "line 6"]);
    assert!(page.is_complete());
    let count = page.end.get_child("fin", MAM).unwrap().children().next().unwrap();
    assert_eq!(count.get_child("count", "http://jabber.org/protocol/rsm").unwrap().text(), "7");
    let flipped = ask(&mut romeo, ROOM, &(set("<max>2</max><before/>") + "<flip-page/>")).await;
    assert_eq!(flipped.bodies(), ["line 6", "line 5"]);
    let form = |fields: &str| {
        format!(
            "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{MAM}</value></field>{fields}</x>"
        )
    };
    let ids = format!("<field var='ids'><value>{}</value><value>{}</value></field>", said[5].0, said[1].0);
    assert_eq!(ask(&mut romeo, ROOM, &form(&ids)).await.bodies(), ["line 1", "line 5"]);
    let with = |who: &str| form(&format!("<field var='with'><value>{who}</value></field>"));
    assert_eq!(ask(&mut romeo, ROOM, &with(&format!("{ROOM}/R"))).await.bodies().len(), 7);
    assert!(ask(&mut romeo, ROOM, &with("juliet@example.net")).await.bodies().is_empty());
    for (inner, error) in [
        (form("<field var='colour'><value>red</value></field>"), "feature-not-implemented"),
        (form("<field var='end'><value>soon</value></field>"), "bad-request"),
        (set("<after>1-x</after>"), "item-not-found"),
    ] {
        assert_eq!(ask(&mut romeo, ROOM, &inner).await.error(), [error], "{inner}");
    }
}

#[tokio::test]
async fn only_rooms_that_are_logged_have_an_archive_and_only_those_who_may_enter_read_it() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.login("juliet@example.net/b").await;
    create(&mut romeo, ROOM, "R").await;
    assert_eq!(ask(&mut romeo, ROOM, "").await.error(), ["service-unavailable"], "not stored");
    configure(&mut romeo, ROOM, LOGGED).await;
    say_and_hear(&mut romeo, ROOM, "kept").await;
    assert_eq!(ask(&mut juliet, ROOM, "").await.bodies(), ["kept"]);
    configure(&mut romeo, ROOM, &[("muc#roomconfig_membersonly", "1")]).await;
    assert_eq!(ask(&mut juliet, ROOM, "").await.error(), ["forbidden"]);
    configure(&mut romeo, ROOM, &[("muc#roomconfig_enablelogging", "0")]).await;
    say_and_hear(&mut romeo, ROOM, "not kept").await;
    assert_eq!(ask(&mut romeo, ROOM, "").await.error(), ["service-unavailable"]);
    romeo.send(&format!("<iq type='get' id='d' to='{ROOM}'><query xmlns='{INFO}'/></iq>")).await;
    let info = until(&mut romeo, |stanza| stanza.attr("id") == Some("d")).await;
    let info = info.get_child("query", INFO).unwrap();
    assert!(!info.children().any(|child| child.attr("var") == Some(MAM)));
}

#[tokio::test]
async fn an_archive_that_cannot_be_reached_says_so() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    create(&mut romeo, ROOM, "R").await;
    configure(&mut romeo, ROOM, LOGGED).await;
    say_and_hear(&mut romeo, ROOM, "kept").await;
    world.store.close().await;
    assert_eq!(ask(&mut romeo, ROOM, "").await.error(), ["resource-constraint"]);
}

#[tokio::test]
async fn the_archive_is_whole_wherever_the_room_goes() {
    let mut world = World::clustered(3).await;
    settled(&world).await;
    let room = room_at(&world, 1);
    let mut romeo = world.login_at(0, "romeo@example.net/a").await;
    create(&mut romeo, &room, "R").await;
    configure(&mut romeo, &room, LOGGED).await;
    assert_eq!(host_of(&world, &room), 1);
    let mut said = Vec::new();
    for number in 0..5 {
        let text = format!("before {number}");
        said.push((say_and_hear(&mut romeo, &room, &text).await, text));
    }
    // Said on one member, kept by another one, read on a third.
    let mut juliet = world.login_at(2, "juliet@example.net/b").await;
    assert_eq!(ask(&mut juliet, &room, "").await.messages, said);
    let lost = world.nodes.remove(1);
    assert!(lost.tasks.shut_down(std::time::Duration::from_secs(30)).await);
    all_see(&world, &room, &["R"]).await;
    for number in 0..5 {
        let text = format!("after {number}");
        said.push((say_and_hear(&mut romeo, &room, &text).await, text));
    }
    let mut read = Vec::new();
    let mut after = String::new();
    loop {
        let page = ask(&mut juliet, &room, &set(&format!("<max>4</max>{after}"))).await;
        let is_complete = page.is_complete();
        after = format!("<after>{}</after>", page.messages.last().unwrap().0);
        read.extend(page.messages);
        if is_complete {
            break;
        }
    }
    assert_eq!(read, said);
}
