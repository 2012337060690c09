//! Privacy lists and blocking: what clients may do with their lists, and what passes.

use super::fixture::{Client, World};

const ROMEO: &str = "romeo@example.net/a";
const JULIET: &str = "juliet@example.net/b";
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// Sends a request to the own account.
async fn request(client: &mut Client, kind: &str, payload: &str, answer: &str) {
    let jid = client.jid.clone();
    let result = format!("<iq type='result' id='q' from='{}' to='{jid}'>{answer}</iq>", jid.to_bare());
    client.ask(&format!("<iq type='{kind}' id='q'>{payload}</iq>"), &result).await;
}

async fn refused(client: &mut Client, kind: &str, payload: &str, error: &str, condition: &str) {
    let jid = client.jid.clone();
    let error = format!(
        "<iq type='error' id='q' from='{}' to='{jid}'><error type='{error}'><{condition} xmlns='{STANZAS}'/></error></iq>",
        jid.to_bare()
    );
    client.ask(&format!("<iq type='{kind}' id='q'>{payload}</iq>"), &error).await;
}

fn query(inner: &str) -> String {
    format!("<query xmlns='jabber:iq:privacy'>{inner}</query>")
}

fn pushed(client: &Client, payload: &str) -> String {
    format!("<iq type='set' id='*' from='{}' to='{}'>{payload}</iq>", client.jid.to_bare(), client.jid)
}

/// Stores a list; its client is told of it before the answer.
async fn put(client: &mut Client, name: &str, items: &str) {
    client
        .send(&format!(
            "<iq type='set' id='q'>{}</iq>",
            query(&format!("<list name='{name}'>{items}</list>"))
        ))
        .await;
    client.expect(&pushed(client, &query(&format!("<list name='{name}'/>")))).await;
    let jid = client.jid.clone();
    client.expect(&format!("<iq type='result' id='q' from='{}' to='{jid}'/>", jid.to_bare())).await;
}

async fn choose(client: &mut Client, name: &str) {
    request(client, "set", &query(&format!("<active name='{name}'/>")), "").await;
}

async fn block(client: &mut Client, command: &str, jid: &str) {
    let payload = format!("<{command} xmlns='urn:xmpp:blocking'><item jid='{jid}'/></{command}>");
    request(client, "set", &payload, "").await;
}

/// Romeo and Juliet, contacts of each other and online, on members 0 and `node`.
async fn couple(world: &World, node: usize) -> (Client, Client) {
    world.befriend("romeo", "juliet").await;
    let mut romeo = world.online_at(0, ROMEO).await;
    let is_available =
        |record: Option<&cobnut_model::SessionRecord>| record.is_some_and(|record| record.presence.is_some());
    world.until_known(ROMEO, is_available).await;
    let mut juliet = world.online_at(node, JULIET).await;
    juliet.expect(&format!("<presence from='{ROMEO}' to='{JULIET}'/>")).await;
    romeo.expect(&format!("<presence from='{JULIET}' to='{ROMEO}'/>")).await;
    world.until_known(JULIET, is_available).await;
    (romeo, juliet)
}

fn message(to: &str) -> String {
    format!("<message to='{to}' id='m' type='chat'><body>hi</body></message>")
}

fn message_refused(from: &str, to: &str, error: &str, condition: &str) -> String {
    format!(
        "<message type='error' id='m' from='{from}' to='{to}'><body>hi</body><error type='{error}'>\
         <{condition} xmlns='{STANZAS}'/></error></message>"
    )
}

#[tokio::test]
async fn lists_are_kept_chosen_and_removed() {
    let world = World::single().await;
    let mut romeo = world.login(ROMEO).await;
    request(&mut romeo, "get", &query(""), &query("")).await;
    let item = "<item type='jid' value='tybalt@example.net' action='deny' order='1'/>";
    put(&mut romeo, "foes", item).await;
    put(&mut romeo, "quiet", "<item action='deny' order='1'><presence-out/></item>").await;
    choose(&mut romeo, "quiet").await;
    request(&mut romeo, "set", &query("<default name='foes'/>"), "").await;
    let names = "<active name='quiet'/><default name='foes'/><list name='foes'/><list name='quiet'/>";
    request(&mut romeo, "get", &query(""), &query(names)).await;
    let asked = query("<list name='foes'/>");
    request(&mut romeo, "get", &asked, &query(&format!("<list name='foes'>{item}</list>"))).await;
    // They are there for the next session, which has chosen none.
    romeo.close().await;
    let mut romeo = world.login(ROMEO).await;
    let names = "<default name='foes'/><list name='foes'/><list name='quiet'/>";
    request(&mut romeo, "get", &query(""), &query(names)).await;
    request(&mut romeo, "set", &query("<default/>"), "").await;
    put(&mut romeo, "foes", "").await;
    request(&mut romeo, "get", &query(""), &query("<list name='quiet'/>")).await;
}

#[tokio::test]
async fn what_a_client_asks_wrongly_is_refused() {
    let world = World::single().await;
    let mut romeo = world.login(ROMEO).await;
    for (kind, inner, error, condition) in [
        ("get", "<list name='a'/><list name='b'/>", "modify", "bad-request"),
        ("get", "<list/>", "modify", "bad-request"),
        ("get", "<list name='none'/>", "cancel", "item-not-found"),
        ("set", "", "modify", "bad-request"),
        ("set", "<active name='none'/>", "cancel", "item-not-found"),
        ("set", "<default name='none'/>", "cancel", "item-not-found"),
        ("set", "<list name='none'/>", "cancel", "item-not-found"),
        ("set", "<list name='a'><item order='1'/></list>", "modify", "bad-request"),
        ("set", "<list name='a'/><list name='b'/>", "modify", "bad-request"),
        ("set", "<fence/>", "modify", "bad-request"),
    ] {
        refused(&mut romeo, kind, &query(inner), error, condition).await;
    }
    let blocking = |name: &str, inner: &str| format!("<{name} xmlns='urn:xmpp:blocking'>{inner}</{name}>");
    refused(&mut romeo, "set", &blocking("block", ""), "modify", "bad-request").await;
    refused(&mut romeo, "set", &blocking("block", "<item jid='@'/>"), "modify", "jid-malformed").await;
    refused(&mut romeo, "get", &blocking("block", "<item jid='a@b'/>"), "modify", "bad-request").await;
    romeo
        .ask(
            &format!("<iq type='get' id='q' to='juliet@example.net'>{}</iq>", query("")),
            &format!(
                "<iq type='error' id='q' from='juliet@example.net' to='{ROMEO}'><error type='auth'>\
                 <forbidden xmlns='{STANZAS}'/></error></iq>"
            ),
        )
        .await;
}

#[tokio::test]
async fn a_default_list_that_another_resource_goes_by_is_not_changed() {
    let world = World::single().await;
    let mut romeo = world.login(ROMEO).await;
    put(&mut romeo, "foes", "<item type='jid' value='tybalt@example.net' action='deny' order='1'/>").await;
    let mut other = world.login("romeo@example.net/c").await;
    refused(&mut romeo, "set", &query("<default name='foes'/>"), "cancel", "conflict").await;
    choose(&mut other, "foes").await;
    request(&mut romeo, "set", &query("<default name='foes'/>"), "").await;
    refused(&mut romeo, "set", &query("<list name='foes'/>"), "cancel", "conflict").await;
    other.close().await;
    romeo.send(&format!("<iq type='set' id='q'>{}</iq>", query("<list name='foes'/>"))).await;
    romeo.expect(&pushed(&romeo, &query("<list name='foes'/>"))).await;
    romeo.expect("<iq type='result' id='q' from='romeo@example.net' to='romeo@example.net/a'/>").await;
    request(&mut romeo, "get", &query(""), &query("")).await;
}

#[tokio::test]
async fn whom_a_list_denies_finds_nobody() {
    let world = World::single().await;
    let (mut romeo, mut juliet) = couple(&world, 0).await;
    put(&mut juliet, "alone", "<item type='jid' value='romeo@example.net' action='deny' order='1'><message/><iq/><presence-in/></item>")
        .await;
    choose(&mut juliet, "alone").await;
    for to in ["juliet@example.net", JULIET] {
        romeo.ask(&message(to), &message_refused(to, ROMEO, "cancel", "service-unavailable")).await;
    }
    romeo.send(&format!("<iq type='get' id='v' to='{JULIET}'><query xmlns='jabber:iq:version'/></iq>")).await;
    romeo
        .expect(&format!(
            "<iq type='error' id='v' from='{JULIET}' to='{ROMEO}'><error type='cancel'>\
             <service-unavailable xmlns='{STANZAS}'/></error></iq>"
        ))
        .await;
    romeo.send("<presence><show>dnd</show></presence>").await;
    romeo.expect(&format!("<presence from='{ROMEO}' to='{ROMEO}'><show>dnd</show></presence>")).await;
    juliet.expect_nothing().await;
    // What the list says nothing of passes: her own presence.
    juliet.send("<presence><show>away</show></presence>").await;
    romeo.expect(&format!("<presence from='{JULIET}' to='{ROMEO}'><show>away</show></presence>")).await;
    juliet.expect(&format!("<presence from='{JULIET}' to='{JULIET}'><show>away</show></presence>")).await;
    // As soon as she declines the list she learns what was kept from her.
    juliet.send(&format!("<iq type='set' id='q'>{}</iq>", query("<active/>"))).await;
    juliet.expect(&format!("<presence from='{ROMEO}' to='{JULIET}'><show>dnd</show></presence>")).await;
    juliet.expect("<iq type='result' id='q' from='juliet@example.net' to='juliet@example.net/b'/>").await;
    romeo.send(&message(JULIET)).await;
    juliet
        .expect(&format!(
            "<message from='{ROMEO}' to='{JULIET}' id='m' type='chat'><body>hi</body></message>"
        ))
        .await;
}

#[tokio::test]
async fn who_blocks_cannot_write_either_and_is_told_why() {
    let world = World::single().await;
    let (mut romeo, mut juliet) = couple(&world, 0).await;
    block(&mut juliet, "block", "romeo@example.net").await;
    romeo.expect(&format!("<presence type='unavailable' from='{JULIET}' to='{ROMEO}'/>")).await;
    juliet
        .ask(
            &message(ROMEO),
            &format!(
                "<message type='error' id='m' from='{ROMEO}' to='{JULIET}'><body>hi</body><error type='modify'>\
                 <not-acceptable xmlns='{STANZAS}'/><blocked xmlns='urn:xmpp:blocking:errors'/></error></message>"
            ),
        )
        .await;
    juliet.send(&format!("<presence to='{ROMEO}'/>")).await;
    juliet.send("<presence><show>away</show></presence>").await;
    juliet.expect(&format!("<presence from='{JULIET}' to='{JULIET}'><show>away</show></presence>")).await;
    romeo.expect_nothing().await;
    // Her account says nothing to him, and no request reaches it.
    romeo
        .ask(
            "<iq type='get' id='l' to='juliet@example.net'><query xmlns='jabber:iq:last'/></iq>",
            &format!(
                "<iq type='error' id='l' from='juliet@example.net' to='{ROMEO}'><error type='cancel'>\
                 <service-unavailable xmlns='{STANZAS}'/></error></iq>"
            ),
        )
        .await;
}

#[tokio::test]
async fn what_an_account_blocks_is_not_stored_and_not_asked() {
    let world = World::single().await;
    let mut juliet = world.login(JULIET).await;
    block(&mut juliet, "block", "tybalt@example.net").await;
    juliet.close().await;
    let mut tybalt = world.online("tybalt@example.net/t").await;
    let to = "juliet@example.net";
    let tybalt_jid = "tybalt@example.net/t";
    tybalt.ask(&message(to), &message_refused(to, tybalt_jid, "cancel", "service-unavailable")).await;
    tybalt.send(&format!("<presence to='{to}' type='subscribe'/>")).await;
    let mut juliet = world.online(JULIET).await;
    juliet.expect_nothing().await;
    assert!(world.store.roster("juliet").await.expect("roster").is_empty());
    let listed = "<blocklist xmlns='urn:xmpp:blocking'><item jid='tybalt@example.net'/></blocklist>";
    request(&mut juliet, "get", "<blocklist xmlns='urn:xmpp:blocking'/>", listed).await;
}

#[tokio::test]
async fn blocking_holds_on_all_members_and_ends_on_all() {
    let world = World::clustered(2).await;
    let (mut romeo, mut juliet) = couple(&world, 1).await;
    // Her other client is where he is.
    let mut phone = world.login_at(0, "juliet@example.net/phone").await;
    world.until_known("juliet@example.net/phone", |record| record.is_some()).await;
    request(
        &mut phone,
        "get",
        "<blocklist xmlns='urn:xmpp:blocking'/>",
        "<blocklist xmlns='urn:xmpp:blocking'/>",
    )
    .await;

    block(&mut juliet, "block", "romeo@example.net").await;
    let item = "<item jid='romeo@example.net'/>";
    phone.expect(&pushed(&phone, &format!("<block xmlns='urn:xmpp:blocking'>{item}</block>"))).await;
    romeo.expect(&format!("<presence type='unavailable' from='{JULIET}' to='{ROMEO}'/>")).await;
    for to in ["juliet@example.net", JULIET, "juliet@example.net/phone"] {
        romeo.ask(&message(to), &message_refused(to, ROMEO, "cancel", "service-unavailable")).await;
    }
    // He comes again and does not see her; she does not see him.
    romeo.send("<presence type='unavailable'/>").await;
    romeo.expect(&format!("<presence type='unavailable' from='{ROMEO}' to='{ROMEO}'/>")).await;
    romeo.send("<presence/>").await;
    romeo.expect(&format!("<presence from='{ROMEO}' to='{ROMEO}'/>")).await;
    juliet.expect_nothing().await;
    romeo.expect_nothing().await;

    let unblock = format!("<unblock xmlns='urn:xmpp:blocking'>{item}</unblock>");
    phone.send(&format!("<iq type='set' id='q'>{unblock}</iq>")).await;
    phone.expect(&pushed(&phone, &unblock)).await;
    phone.expect("<iq type='result' id='q' from='juliet@example.net' to='juliet@example.net/phone'/>").await;
    juliet.expect(&format!("<presence from='{ROMEO}' to='{JULIET}'/>")).await;
    romeo.expect(&format!("<presence from='{JULIET}' to='{ROMEO}'/>")).await;
    romeo.send(&message(JULIET)).await;
    juliet
        .expect(&format!(
            "<message from='{ROMEO}' to='{JULIET}' id='m' type='chat'><body>hi</body></message>"
        ))
        .await;
}

/// As Spark does it: the list first, then the presence.
#[tokio::test]
async fn who_is_invisible_is_seen_on_no_member_and_can_be_written_to() {
    let world = World::clustered(2).await;
    let (mut romeo, mut juliet) = couple(&world, 1).await;
    put(&mut juliet, "invisible", "<item action='deny' order='1'><presence-out/></item>").await;
    choose(&mut juliet, "invisible").await;
    romeo.expect(&format!("<presence type='unavailable' from='{JULIET}' to='{ROMEO}'/>")).await;
    juliet.send("<presence><priority>1</priority></presence>").await;
    juliet
        .expect(&format!("<presence from='{JULIET}' to='{JULIET}'><priority>1</priority></presence>"))
        .await;
    world.until_known(JULIET, |record| record.is_some_and(|record| record.hides_presence)).await;

    // Neither a new session on the other member nor a probe sees her.
    let mut again = world.online_at(0, "romeo@example.net/new").await;
    again.expect(&format!("<presence from='{ROMEO}' to='romeo@example.net/new'/>")).await;
    romeo.expect(&format!("<presence from='romeo@example.net/new' to='{ROMEO}'/>")).await;
    juliet.expect("<presence from='romeo@example.net/new' to='juliet@example.net/b'/>").await;
    again.send("<presence to='juliet@example.net' type='probe'/>").await;
    again
        .ask(
            "<iq type='get' id='i' to='juliet@example.net'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
            "<iq type='result' id='i' from='juliet@example.net' to='romeo@example.net/new'>\
             <query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
        )
        .await;
    romeo.send(&message("juliet@example.net")).await;
    juliet
        .expect(&format!(
            "<message from='{ROMEO}' to='juliet@example.net' id='m' type='chat'><body>hi</body></message>"
        ))
        .await;

    choose(&mut juliet, "").await;
    let seen = |to: &str| format!("<presence from='{JULIET}' to='{to}'><priority>1</priority></presence>");
    romeo.expect(&seen(ROMEO)).await;
    again.expect(&seen("romeo@example.net/new")).await;
}

#[tokio::test]
async fn a_list_that_hides_from_some_lets_the_others_see_on_all_members() {
    let world = World::clustered(2).await;
    let (mut romeo, mut juliet) = couple(&world, 1).await;
    world.befriend("nurse", "juliet").await;
    block(&mut juliet, "block", "romeo@example.net").await;
    romeo.expect(&format!("<presence type='unavailable' from='{JULIET}' to='{ROMEO}'/>")).await;
    world.until_known(JULIET, |record| record.is_some_and(|record| record.hides_presence)).await;
    let mut nurse = world.online_at(0, "nurse@example.net/n").await;
    nurse.expect(&format!("<presence from='{JULIET}' to='nurse@example.net/n'/>")).await;
}

#[tokio::test]
async fn a_blocked_message_is_not_copied() {
    let world = World::single().await;
    let (mut romeo, mut juliet) = couple(&world, 0).await;
    let mut phone = world.login("juliet@example.net/phone").await;
    request(&mut phone, "set", "<enable xmlns='urn:xmpp:carbons:2'/>", "").await;
    block(&mut juliet, "block", "romeo@example.net").await;
    romeo.expect(&format!("<presence type='unavailable' from='{JULIET}' to='{ROMEO}'/>")).await;
    romeo.ask(&message(JULIET), &message_refused(JULIET, ROMEO, "cancel", "service-unavailable")).await;
    phone.expect_nothing().await;
}
