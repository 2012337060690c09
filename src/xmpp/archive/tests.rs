//! Conversations and what is read of them later, on one member and on several.

use std::time::Duration;

use cobnut_model::{UnixMillis, limits};
use cobnut_store::{ArchiveRow, ArchiveSpan};
use cobnut_xmpp_proto::mam::numbers_at;
use minidom::Element;

use crate::service::now;
use crate::service::tests::fixture::{Client, World};
use crate::settings::{ArchivePolicy, ServicePolicy};

const MAM: &str = "urn:xmpp:mam:2";
const SID: &str = "urn:xmpp:sid:0";
const CLIENT: &str = "jabber:client";

fn policy() -> ServicePolicy {
    let archive = ArchivePolicy { is_on: true, ..ArchivePolicy::default() };
    ServicePolicy { archive, ..ServicePolicy::default() }
}

async fn world(members: usize) -> World {
    let world = World::strangers_with(members, policy()).await;
    world.join().await;
    world
}

/// What an archive answered: identifiers and messages, and the end of the answer or an error.
struct Answer {
    messages: Vec<(String, Element)>,
    end: Element,
}

impl Answer {
    fn bodies(&self) -> Vec<String> {
        self.messages.iter().map(|(_, said)| body(said)).collect()
    }

    fn ids(&self) -> Vec<&str> {
        self.messages.iter().map(|(id, _)| id.as_str()).collect()
    }

    fn is_complete(&self) -> bool {
        self.end.get_child("fin", MAM).unwrap().attr("complete") == Some("true")
    }

    fn error(&self) -> Vec<&str> {
        let error = self.end.get_child("error", CLIENT);
        error.into_iter().flat_map(Element::children).map(Element::name).collect()
    }
}

fn body(message: &Element) -> String {
    message.get_child("body", CLIENT).map(Element::text).unwrap_or_default()
}

/// The identifiers that a message has in somebody's archive.
fn ids(message: &Element, by: &str) -> Vec<String> {
    let ids = message.children().filter(|child| child.is("stanza-id", SID) && child.attr("by") == Some(by));
    ids.filter_map(|id| id.attr("id").map(str::to_owned)).collect()
}

async fn request(client: &mut Client, to: &str, kind: &str, payload: &str) -> Answer {
    client.send(&format!("<iq type='{kind}' id='mam' {to}>{payload}</iq>")).await;
    let mut messages = Vec::new();
    loop {
        let stanza = client.receive().await;
        if stanza.attr("id") == Some("mam") {
            return Answer { messages, end: stanza };
        }
        let Some(result) = stanza.get_child("result", MAM) else { continue };
        assert_eq!(stanza.attr("from"), Some(client.jid.to_bare().as_str()));
        let said = result.children().next().unwrap().get_child("message", CLIENT).unwrap().clone();
        let id = result.attr("id").unwrap().to_owned();
        assert_eq!(ids(&said, client.jid.to_bare().as_str()), [id.as_str()]);
        messages.push((id, said));
    }
}

async fn ask(client: &mut Client, inner: &str) -> Answer {
    request(client, "", "set", &format!("<query xmlns='{MAM}'>{inner}</query>")).await
}

fn form(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| format!("<field var='{name}'><value>{value}</value></field>");
    let fields: String = fields.iter().map(field).collect();
    format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{MAM}</value></field>{fields}</x>"
    )
}

fn set(inner: &str) -> String {
    format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>")
}

async fn send(client: &Client, to: &str, payload: &str) {
    client.send(&format!("<message to='{to}' type='chat'>{payload}</message>")).await;
}

/// Reads until a message with a body.
async fn hear(client: &mut Client) -> Element {
    loop {
        let stanza = client.receive().await;
        if stanza.name() == "message" {
            return stanza;
        }
    }
}

#[tokio::test]
async fn what_is_said_on_one_member_is_read_on_another() {
    let world = world(2).await;
    let mut romeo = world.online_at(0, "romeo@example.net/a").await;
    let mut juliet = world.online_at(1, "juliet@example.net/b").await;
    let mut told = Vec::new();
    for number in 0..5 {
        send(&romeo, "juliet@example.net", &format!("<body>{number}</body>")).await;
        let heard = hear(&mut juliet).await;
        told.extend(ids(&heard, "juliet@example.net"));
        assert_eq!(ids(&heard, "romeo@example.net"), [""; 0], "nobody else's business");
    }
    send(&juliet, "romeo@example.net/a", "<body>5</body>").await;
    told.extend(ids(&hear(&mut romeo).await, "romeo@example.net"));
    // At once, on the member that wrote none of them but the last.
    let page = ask(&mut juliet, "").await;
    assert_eq!(page.bodies(), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(page.ids()[..5], told[..5]);
    assert_eq!(page.messages[0].1.attr("from"), Some("romeo@example.net/a"));
    assert_eq!(page.messages[0].1.attr("to"), Some("juliet@example.net"));
    assert!(page.is_complete());
    let page = ask(&mut romeo, "").await;
    assert_eq!(page.bodies(), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(page.ids()[5], told[5]);
    for (with, count) in [
        ("juliet@example.net", 6),
        ("juliet@example.net/b", 1),
        ("nurse@example.net", 0),
        ("romeo@example.net", 0),
    ] {
        assert_eq!(ask(&mut romeo, &form(&[("with", with)])).await.bodies().len(), count, "{with}");
    }
}

#[tokio::test]
async fn pages_are_turned_in_both_directions() {
    let world = world(1).await;
    let mut romeo = world.online("romeo@example.net/a").await;
    for number in 0..11 {
        send(&romeo, "juliet@example.net", &format!("<body>{number}</body>")).await;
    }
    let all = ask(&mut romeo, "").await;
    let want: Vec<String> = (0..11).map(|number: i32| number.to_string()).collect();
    assert_eq!(all.bodies(), want);
    let (mut forwards, mut after) = (Vec::new(), String::new());
    loop {
        let page = ask(&mut romeo, &set(&format!("<max>4</max>{after}"))).await;
        after = format!("<after>{}</after>", page.ids().last().unwrap());
        forwards.extend(page.bodies());
        if page.is_complete() {
            break;
        }
    }
    assert_eq!(forwards, want);
    let (mut backwards, mut before) = (Vec::new(), "<before/>".to_owned());
    loop {
        let page = ask(&mut romeo, &set(&format!("<max>3</max>{before}"))).await;
        before = format!("<before>{}</before>", page.ids()[0]);
        backwards.splice(0..0, page.bodies());
        if page.is_complete() {
            break;
        }
    }
    assert_eq!(backwards, want);
    let ids = all.ids();
    let page = ask(&mut romeo, &form(&[("after-id", ids[2]), ("before-id", ids[6])])).await;
    assert_eq!(page.bodies(), ["3", "4", "5"]);
    assert_eq!(ask(&mut romeo, &form(&[("ids", ids[9])])).await.bodies(), ["9"]);
    let flipped = ask(&mut romeo, &(set("<max>2</max><before/>") + "<flip-page/>")).await;
    assert_eq!(flipped.bodies(), ["10", "9"]);
    assert_eq!(ask(&mut romeo, &form(&[("end", "2020-01-02T00:00:00Z")])).await.bodies(), [""; 0]);
    assert_eq!(ask(&mut romeo, &form(&[("start", "2020-01-02T00:00:00Z")])).await.bodies().len(), 11);
    let ends = request(&mut romeo, "", "get", &format!("<metadata xmlns='{MAM}'/>")).await.end;
    let ends: Vec<_> = ends.children().next().unwrap().children().filter_map(|end| end.attr("id")).collect();
    assert_eq!(ends, [ids[0], ids[10]]);
}

#[tokio::test]
async fn bad_questions_and_those_of_others_are_refused() {
    let world = world(1).await;
    let mut romeo = world.online("romeo@example.net/a").await;
    for (inner, error) in [
        (form(&[("colour", "red")]), "feature-not-implemented"),
        (form(&[("start", "soon")]), "bad-request"),
        (form(&[("with", "@")]), "jid-malformed"),
        (form(&[("ids", "7")]), "item-not-found"),
        (form(&[("after-id", "0000000000000007")]), "item-not-found"),
        (set("<after>0000000000000007</after>"), "item-not-found"),
        (set("<max>few</max>"), "bad-request"),
    ] {
        assert_eq!(ask(&mut romeo, &inner).await.error(), [error], "{inner}");
    }
    let query = format!("<query xmlns='{MAM}'/>");
    for (to, error) in [
        ("to='juliet@example.net'", "forbidden"),
        ("to='nobody@example.net'", "forbidden"),
        ("to='example.net'", "service-unavailable"),
    ] {
        assert_eq!(request(&mut romeo, to, "set", &query).await.error(), [error], "{to}");
    }
    let prefs = format!("<prefs xmlns='{MAM}' default='never'><always/><never/></prefs>");
    let answer = request(&mut romeo, "", "set", &prefs).await.end;
    assert_eq!(answer.get_child("prefs", MAM).unwrap().attr("default"), Some("always"));
    let answer = request(&mut romeo, "", "set", &format!("<prefs xmlns='{MAM}'/>")).await;
    assert_eq!(answer.error(), ["bad-request"]);
    let fields = request(&mut romeo, "", "get", &query).await.end;
    assert!(fields.get_child("query", MAM).unwrap().has_child("x", "jabber:x:data"));
    world.store.close().await;
    assert_eq!(ask(&mut romeo, "").await.error(), ["resource-constraint"]);
}

#[tokio::test]
async fn copies_and_stored_messages_say_what_the_own_archive_calls_them() {
    let world = world(1).await;
    let enable = "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>";
    let romeo = world.online("romeo@example.net/a").await;
    let mut other = world.login("romeo@example.net/b").await;
    let result = "<iq type='result' id='c' from='romeo@example.net' to='romeo@example.net/b'/>";
    other.ask(enable, result).await;
    let forged = format!(
        "<body>hi</body><stanza-id xmlns='{SID}' by='juliet@example.net' id='forged'/>\
         <stanza-id xmlns='{SID}' by='romeo@example.net' id='forged'/><stanza-id xmlns='{SID}' by='else' id='kept'/>"
    );
    // She is not there: it is stored.
    send(&romeo, "juliet@example.net", &forged).await;
    let copy = hear(&mut other).await;
    let sent = copy.get_child("sent", "urn:xmpp:carbons:2").unwrap().children().next().unwrap();
    let sent = sent.get_child("message", CLIENT).unwrap();
    let own = ids(sent, "romeo@example.net");
    assert_eq!(ids(sent, "juliet@example.net"), [""; 0]);
    assert_eq!(ask(&mut other, "").await.ids(), own);
    let mut juliet = world.login("juliet@example.net/c").await;
    juliet.send("<presence/>").await;
    let handed_over = hear(&mut juliet).await;
    assert_eq!(body(&handed_over), "hi");
    assert_eq!(ids(&handed_over, "else"), ["kept"]);
    let archived = ask(&mut juliet, "").await;
    assert_eq!(archived.ids(), ids(&handed_over, "juliet@example.net"));
    assert_eq!(ids(&archived.messages[0].1, "romeo@example.net"), [""; 0]);
    // A note to oneself is there once.
    send(&juliet, "juliet@example.net", "<body>note</body>").await;
    assert_eq!(ask(&mut juliet, "").await.bodies(), ["hi", "note"]);
}

#[tokio::test]
async fn only_what_lasts_is_kept_and_nothing_where_archives_are_off() {
    let world = world(1).await;
    let mut romeo = world.online("romeo@example.net/a").await;
    for payload in [
        "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
        "<body>secret</body><no-store xmlns='urn:xmpp:hints'/>",
        "<body>kept</body>",
        "<received xmlns='urn:xmpp:receipts' id='1'/>",
    ] {
        send(&romeo, "juliet@example.net", payload).await;
    }
    send(&romeo, "nobody@example.net", "<body>to nobody</body>").await;
    assert_eq!(ask(&mut romeo, "").await.bodies(), ["kept", "", "to nobody"]);
    let span = |owner: &str| ArchiveSpan {
        owner: owner.to_owned(),
        with: None,
        after: 0,
        before: i64::MAX,
        is_newest_first: false,
        limit: 10,
    };
    assert_eq!(world.store.archived(&span("nobody")).await.unwrap(), []);
    assert_eq!(world.nodes[0].service.archive.metrics.dropped.get(), 0);
    let info = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    let features = |answer: &Answer| {
        let query = answer.end.children().next().unwrap();
        query.children().filter_map(|child| child.attr("var").map(str::to_owned)).collect::<Vec<_>>()
    };
    let told = features(&request(&mut romeo, "", "get", info).await);
    assert!(told.iter().any(|feature| feature == MAM) && told.iter().any(|feature| feature == SID));

    let off = World::single().await;
    let mut romeo = off.online("romeo@example.net/a").await;
    let mut juliet = off.online("juliet@example.net/b").await;
    send(&romeo, "juliet@example.net", "<body>hi</body>").await;
    assert_eq!(ids(&hear(&mut juliet).await, "juliet@example.net"), [""; 0]);
    assert_eq!(ask(&mut romeo, "").await.error(), ["service-unavailable"]);
    let told = features(&request(&mut romeo, "", "get", info).await);
    assert!(!told.iter().any(|feature| feature == MAM));
    assert_eq!(off.store.archived(&span("romeo")).await.unwrap(), []);
}

#[tokio::test]
async fn what_was_sent_outlives_the_member_that_wrote_it() {
    let mut world = world(2).await;
    let romeo = world.online_at(1, "romeo@example.net/a").await;
    for number in 0..50 {
        send(&romeo, "juliet@example.net", &format!("<body>{number}</body>")).await;
    }
    // Nothing has waited for the database; the end of the member does.
    let lost = world.nodes.remove(1);
    assert!(lost.tasks.shut_down(Duration::from_secs(30)).await);
    drop(romeo);
    let mut juliet = world.login_at(0, "juliet@example.net/b").await;
    let want: Vec<String> = (0..50).map(|number: i32| number.to_string()).collect();
    assert_eq!(ask(&mut juliet, "").await.bodies(), want);
}

#[tokio::test]
async fn who_is_blocked_is_not_in_the_archive_either() {
    let world = world(2).await;
    let mut romeo = world.online_at(0, "romeo@example.net/a").await;
    let mut juliet = world.online_at(1, "juliet@example.net/b").await;
    send(&romeo, "juliet@example.net", "<body>before</body>").await;
    let block = "<block xmlns='urn:xmpp:blocking'><item jid='romeo@example.net'/></block>";
    request(&mut juliet, "", "set", block).await;
    send(&romeo, "juliet@example.net", "<body>unwanted</body>").await;
    assert_eq!(ask(&mut juliet, "").await.bodies(), ["before"]);
    assert_eq!(ask(&mut romeo, "").await.bodies(), ["before", "unwanted"]);
}

#[tokio::test]
async fn what_finds_no_place_is_counted() {
    let world = world(1).await;
    let archive = &world.nodes[0].service.archive;
    let row = || super::writer::Row {
        owner: "romeo@example.net".parse().unwrap(),
        number: 1,
        other: "juliet@example.net".parse().unwrap(),
        is_received: false,
        stanza: bytes::Bytes::from(vec![b'x'; limits::ARCHIVE_WRITES_BYTES_MAX / 2]),
    };
    // The writer has no time in between.
    for _ in 0..3 {
        archive.writer.put(row());
    }
    assert_eq!(archive.metrics.dropped.get(), 1);
}

#[tokio::test]
async fn old_messages_go_and_what_is_too_old_is_not_told() {
    let day = Duration::from_hours(24);
    let archive = ArchivePolicy { is_on: true, keep: Some(30 * day), retrievable: Some(7 * day) };
    let world = World::with_policy(ServicePolicy { archive, ..ServicePolicy::default() }).await;
    let ago = |days: u64| UnixMillis(now().0 - days * 24 * 3600 * 1000);
    let rows = [40, 31, 29, 8, 6, 1].map(|days| ArchiveRow {
        owner: "romeo".to_owned(),
        number: numbers_at(ago(days)) + 1,
        peer: "juliet@example.net".to_owned(),
        resource: String::new(),
        stanza: format!("<message xmlns='jabber:client'><body>{days}</body></message>"),
    });
    world.store.add_to_archives(&rows).await.unwrap();
    world.nodes[0].service.clean_archives();
    let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
    for _ in 0..2000 {
        if world.store.archived_numbered("romeo", &numbers).await.unwrap().len() == 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut romeo = world.login("romeo@example.net/a").await;
    assert_eq!(ask(&mut romeo, "").await.bodies(), ["6", "1"]);
    let left = world.store.archived_numbered("romeo", &numbers).await.unwrap();
    assert_eq!(left.iter().map(|row| row.number).collect::<Vec<_>>(), numbers[2..]);
}
