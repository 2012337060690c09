//! Two people who know each other: what every scenario checks before and after something breaks.

use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{XmppClient, attribute};

/// How long a stanza may take between nodes; far above what it takes, so that only a loss fails.
pub(crate) const ARRIVAL_LIMIT: Duration = Duration::from_secs(10);

/// Brings two people online who subscribe to each other's presence (unless they did before), and waits until each
/// sees the other.
pub(crate) fn befriend(one: &mut XmppClient, other: &mut XmppClient) -> Result<()> {
    let roster = one.fetch_roster()?;
    other.fetch_roster()?;
    for client in [&mut *one, &mut *other] {
        client.go_online()?;
        client.sync()?;
    }
    if !roster.contains(other.bare_jid()) {
        ask_and_allow(one, other)?;
        ask_and_allow(other, one)?;
    }
    wait_for_presence(one, other.jid(), None)?;
    wait_for_presence(other, one.jid(), None)?;
    settle(&mut [one, other])
}

fn ask_and_allow(asking: &mut XmppClient, asked: &mut XmppClient) -> Result<()> {
    let (from, to) = (asking.bare_jid().to_owned(), asked.bare_jid().to_owned());
    asking.send(&format!("<presence type='subscribe' to='{to}'/>"))?;
    asked.wait_for("a subscription request", ARRIVAL_LIMIT, |stanza| {
        is_presence(stanza, &from, Some("subscribe"))
    })?;
    asked.send(&format!("<presence type='subscribed' to='{from}'/>"))?;
    asking.wait_for("an allowed subscription", ARRIVAL_LIMIT, |stanza| {
        is_presence(stanza, &to, Some("subscribed"))
    })?;
    Ok(())
}

/// Waits for a presence of this type (`None`: available) from this JID.
pub(crate) fn wait_for_presence(watcher: &mut XmppClient, from: &str, kind: Option<&str>) -> Result<String> {
    let what = format!("presence {kind:?} of {from}");
    watcher.wait_for(&what, ARRIVAL_LIMIT, |stanza| is_presence(stanza, from, kind))
}

fn is_presence(stanza: &str, from: &str, kind: Option<&str>) -> bool {
    stanza.starts_with("<presence")
        && attribute(stanza, "from") == Some(from)
        && attribute(stanza, "type") == kind
}

/// How many unavailable presences of this JID are among these stanzas.
pub(crate) fn unavailable_count(stanzas: &[String], from: &str) -> usize {
    stanzas.iter().filter(|stanza| is_presence(stanza, from, Some("unavailable"))).count()
}

/// Sends a message each way and waits for both.
pub(crate) fn chat(one: &mut XmppClient, other: &mut XmppClient, topic: &str) -> Result<()> {
    let there = format!("{topic}, there");
    let back = format!("{topic}, back");
    one.message(other.jid(), &there)?;
    let arrived = other.wait_for_message(&there, ARRIVAL_LIMIT)?;
    ensure!(attribute(&arrived, "from") == Some(one.jid()), "the sender is stamped: {arrived}");
    other.message(one.jid(), &back)?;
    one.wait_for_message(&back, ARRIVAL_LIMIT)?;
    Ok(())
}

/// Lets everything under way arrive and forgets it, so that the next count starts from nothing.
pub(crate) fn settle(clients: &mut [&mut XmppClient]) -> Result<()> {
    for client in clients.iter_mut() {
        client.sync()?;
        client.take_all(Duration::from_millis(300))?;
    }
    Ok(())
}
