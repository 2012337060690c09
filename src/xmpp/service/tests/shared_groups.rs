//! Groups that an administrator puts on rosters.

use super::fixture::{Client, World};

const ROMEO: &str = "romeo@example.net/a";
const JULIET: &str = "juliet@example.net/b";
const NURSE: &str = "nurse@example.net/c";
const ROSTER: &str = "jabber:iq:roster";

/// Romeo and Juliet are in a group that its members see, the nurse in one that everybody sees.
async fn with_groups(world: &World) {
    for sql in [
        "INSERT INTO ofGroup (groupName, description) VALUES ('lovers', ''), ('help', '')",
        "INSERT INTO ofGroupUser (groupName, username, administrator) VALUES ('lovers', 'romeo', 0), ('lovers', 'juliet', 0), ('help', 'nurse', 0)",
        "INSERT INTO ofGroupProp (groupName, name, propValue) VALUES \
         ('lovers', 'sharedRoster.showInRoster', 'onlyGroup'), ('lovers', 'sharedRoster.displayName', 'Lovers'), \
         ('help', 'sharedRoster.showInRoster', 'everybody'), ('help', 'sharedRoster.displayName', 'Helpdesk')",
        "UPDATE ofUser SET name = 'The Nurse' WHERE username = 'nurse'",
    ] {
        world.execute(sql).await;
    }
    for node in &world.nodes {
        node.service.groups.outdate();
    }
}

async fn roster(client: &mut Client) -> Vec<String> {
    client.send(&format!("<iq type='get' id='r'><query xmlns='{ROSTER}'/></iq>")).await;
    let answer = client.receive().await;
    let query = answer.get_child("query", ROSTER).unwrap();
    let row = |item: &minidom::Element| {
        let groups: Vec<String> = item.children().map(minidom::Element::text).collect();
        format!(
            "{} {} {} {}",
            item.attr("jid").unwrap().split('@').next().unwrap(),
            item.attr("subscription").unwrap(),
            item.attr("name").unwrap_or("-"),
            groups.join("+")
        )
    };
    query.children().map(row).collect()
}

async fn refused(client: &mut Client, payload: &str, kind: &str, condition: &str) {
    let jid = client.jid.clone();
    client
        .ask(
            &format!("<iq type='set' id='q'>{payload}</iq>"),
            &format!(
                "<iq type='error' id='q' from='{}' to='{jid}'><error type='{kind}'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
                jid.to_bare()
            ),
        )
        .await;
}

#[tokio::test]
async fn members_see_each_other_on_all_nodes_without_asking() {
    let world = World::clustered(2).await;
    with_groups(&world).await;
    let mut nurse = world.online_at(1, NURSE).await;
    let mut romeo = world.login_at(0, ROMEO).await;
    assert_eq!(roster(&mut romeo).await, ["juliet both - Lovers", "nurse to The Nurse Helpdesk"]);
    world.until_known(NURSE, |record| record.is_some_and(|record| record.presence.is_some())).await;
    romeo.send("<presence/>").await;
    romeo.expect(&format!("<presence from='{ROMEO}' to='{ROMEO}'/>")).await;
    romeo.expect(&format!("<presence from='{NURSE}' to='{ROMEO}'/>")).await;
    let mut juliet = world.login_at(1, JULIET).await;
    juliet.send("<presence/>").await;
    juliet
        .expect_all(&[
            &format!("<presence from='{JULIET}' to='{JULIET}'/>"),
            &format!("<presence from='{ROMEO}' to='{JULIET}'/>"),
            &format!("<presence from='{NURSE}' to='{JULIET}'/>"),
        ])
        .await;
    romeo.expect(&format!("<presence from='{JULIET}' to='{ROMEO}'/>")).await;
    // Whom everybody sees is seen to leave by everybody; the nurse sees nobody.
    nurse.expect_nothing().await;
    nurse.close().await;
    for client in [&mut romeo, &mut juliet] {
        let to = client.jid.clone();
        client.expect(&format!("<presence type='unavailable' from='{NURSE}' to='{to}'/>")).await;
    }
    // Who is in no group sees what everybody sees.
    let mut tybalt = world.login_at(0, "tybalt@example.net/t").await;
    assert_eq!(roster(&mut tybalt).await, ["nurse to The Nurse Helpdesk"]);
}

#[tokio::test]
async fn spark_learns_which_groups_it_cannot_edit() {
    let world = World::single().await;
    with_groups(&world).await;
    let mut romeo = world.login(ROMEO).await;
    let ns = "http://www.jivesoftware.org/protocol/sharedgroup";
    romeo
        .ask(
            &format!("<iq id='1' type='get'><sharedgroup xmlns='{ns}'/></iq>"),
            &format!(
                "<iq id='1' type='result' from='romeo@example.net' to='{ROMEO}'><sharedgroup xmlns='{ns}'>\
                 <group>Helpdesk</group><group>Lovers</group></sharedgroup></iq>"
            ),
        )
        .await;
}

#[tokio::test]
async fn a_shared_contact_can_be_renamed_and_not_removed() {
    let world = World::single().await;
    with_groups(&world).await;
    let mut romeo = world.login(ROMEO).await;
    roster(&mut romeo).await;
    let item = |inner: &str| format!("<query xmlns='{ROSTER}'><item jid='juliet@example.net'{inner}</query>");
    refused(&mut romeo, &item(" subscription='remove'/>"), "modify", "not-acceptable").await;
    let put = item(" name='Love'><group>Lovers</group><group>Verona</group></item>");
    romeo.send(&format!("<iq type='set' id='q'>{put}</iq>")).await;
    romeo
        .expect_all(&[
            &format!("<iq type='result' id='q' from='romeo@example.net' to='{ROMEO}'/>"),
            &format!(
                "<iq type='set' id='*' from='romeo@example.net' to='{ROMEO}'>{}</iq>",
                item(" name='Love' subscription='both'><group>Verona</group><group>Lovers</group></item>")
            ),
        ])
        .await;
    let stored = world.store.roster("romeo").await.unwrap();
    assert_eq!(stored[0].groups, ["Verona"]);
    assert_eq!(stored[0].subscription, cobnut_model::Subscription::None);
    // Nobody has to be asked.
    romeo.send("<presence type='subscribe' to='juliet@example.net'/>").await;
    romeo.expect_nothing().await;
}

#[tokio::test]
async fn changes_reach_those_who_are_online() {
    let world = World::single().await;
    with_groups(&world).await;
    let mut juliet = world.online(JULIET).await;
    let mut tybalt = world.login("tybalt@example.net/t").await;
    roster(&mut tybalt).await;
    tybalt.send("<presence/>").await;
    tybalt.receive().await;
    let change = async |sql: &'static str| {
        world.execute(sql).await;
        let service = &world.nodes[0].service;
        service.groups.outdate();
        service.shared_groups().await;
    };
    change("INSERT INTO ofGroupUser (groupName, username, administrator) VALUES ('lovers', 'tybalt', 0)")
        .await;
    let pushed = |name: &str, inner: &str| {
        format!(
            "<iq type='set' id='*' from='tybalt@example.net' to='tybalt@example.net/t'><query xmlns='{ROSTER}'>\
             <item jid='{name}@example.net' {inner}</query></iq>"
        )
    };
    tybalt
        .expect_all(&[
            &pushed("juliet", "subscription='both'><group>Lovers</group></item>"),
            &pushed("romeo", "subscription='both'><group>Lovers</group></item>"),
            &format!("<presence from='{JULIET}' to='tybalt@example.net/t'/>"),
        ])
        .await;
    juliet.expect("<presence from='tybalt@example.net/t' to='juliet@example.net/b'/>").await;
    change("DELETE FROM ofGroupUser WHERE groupName = 'lovers' AND username = 'tybalt'").await;
    tybalt
        .expect_all(&[
            &pushed("juliet", "subscription='remove'/>"),
            &pushed("romeo", "subscription='remove'/>"),
            &format!("<presence type='unavailable' from='{JULIET}' to='tybalt@example.net/t'/>"),
        ])
        .await;
    juliet
        .expect("<presence type='unavailable' from='tybalt@example.net/t' to='juliet@example.net/b'/>")
        .await;
}
