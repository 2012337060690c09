//! Conversations with the service and with accounts.

mod eventing;
mod interest;
mod service;

use crate::service::tests::fixture::{Client, World};

const ROMEO: &str = "romeo@example.net/a";
const JULIET: &str = "juliet@example.net/b";
const NURSE: &str = "nurse@example.net/c";
const MOOD: &str = "http://jabber.org/protocol/mood";
const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// Asks and checks the answer. `to` is empty for the own account.
async fn ask(client: &mut Client, kind: &str, to: &str, payload: &str, answer: &str) {
    let request = request(kind, to, payload);
    let jid = client.jid.clone();
    let from = if to.is_empty() { jid.to_bare().to_string() } else { to.to_owned() };
    client.ask(&request, &format!("<iq type='result' id='q' from='{from}' to='{jid}'>{answer}</iq>")).await;
}

fn request(kind: &str, to: &str, payload: &str) -> String {
    let to = if to.is_empty() { String::new() } else { format!(" to='{to}'") };
    format!("<iq type='{kind}' id='q'{to}>{payload}</iq>")
}

/// Asks and checks the error: its type, its condition, and what publish-subscribe says beside it.
async fn refused(client: &mut Client, kind: &str, to: &str, payload: &str, error: [&str; 3]) {
    let request = request(kind, to, payload);
    let jid = client.jid.clone();
    let from = if to.is_empty() { jid.to_bare().to_string() } else { to.to_owned() };
    let [kind, condition, detail] = error;
    let detail = if detail.is_empty() {
        String::new()
    } else {
        format!("<{detail} xmlns='http://jabber.org/protocol/pubsub#errors'/>")
    };
    client
        .ask(
            &request,
            &format!(
                "<iq type='error' id='q' from='{from}' to='{jid}'><error type='{kind}'>\
                 <{condition} xmlns='{STANZAS}'/>{detail}</error></iq>"
            ),
        )
        .await;
}

fn pubsub(inner: &str) -> String {
    format!("<pubsub xmlns='{PUBSUB}'>{inner}</pubsub>")
}

fn owner(inner: &str) -> String {
    format!("<pubsub xmlns='{PUBSUB}#owner'>{inner}</pubsub>")
}

fn publish(node: &str, id: &str, payload: &str) -> String {
    pubsub(&format!("<publish node='{node}'><item id='{id}'>{payload}</item></publish>"))
}

fn published(node: &str, id: &str) -> String {
    pubsub(&format!("<publish node='{node}'><item id='{id}'/></publish>"))
}

fn mood(kind: &str) -> String {
    format!("<mood xmlns='{MOOD}'><{kind}/></mood>")
}

/// An event as a session gets it; what comes late has a stamp.
fn event(from: &str, to: &str, inner: &str, is_late: bool) -> String {
    let delay = if is_late {
        format!("<delay xmlns='urn:xmpp:delay' from='{from}' stamp='*'/>")
    } else {
        String::new()
    };
    format!(
        "<message type='headline' from='{from}' to='{to}'><event xmlns='{PUBSUB}#event'>{inner}</event>{delay}</message>"
    )
}

fn items(node: &str, id: &str, payload: &str) -> String {
    format!("<items node='{node}'><item id='{id}'>{payload}</item></items>")
}

/// The capabilities of a client whose hash nobody can check.
const C: &str = "<c xmlns='http://jabber.org/protocol/caps' node='http://psi' ver='1.0'/>";

/// Comes online and says that it wants to know of moods.
async fn online_with_interest(world: &World, node: usize, jid: &str) -> Client {
    let mut client = world.login_at(node, jid).await;
    come_online(&mut client).await;
    client
}

async fn come_online(client: &mut Client) {
    let jid = client.jid.clone();
    client.send(&format!("<presence>{C}</presence>")).await;
    client.expect(&format!("<presence from='{jid}' to='{jid}'>{C}</presence>")).await;
    answer_caps(client, &["x", &format!("{MOOD}+notify")]).await;
}

/// Answers the server's question for what its capabilities stand for.
async fn answer_caps(client: &mut Client, features: &[&str]) {
    let question = loop {
        let stanza = client.receive().await;
        if stanza.name() == "iq" {
            break stanza;
        }
        assert_eq!(stanza.name(), "presence", "of contacts who are online");
    };
    let query = question.children().next().unwrap();
    assert_eq!((question.attr("type"), question.attr("from")), (Some("get"), Some("example.net")));
    let node = query.attr("node").unwrap();
    let features: Vec<String> = features.iter().map(|var| format!("<feature var='{var}'/>")).collect();
    client
        .send(&format!(
            "<iq type='result' id='{}' to='example.net'><query xmlns='http://jabber.org/protocol/disco#info' node='{node}'>{}</query></iq>",
            question.attr("id").unwrap(),
            features.concat()
        ))
        .await;
}
