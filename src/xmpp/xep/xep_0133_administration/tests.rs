use super::FEATURE;
use crate::service::tests::fixture::{Client, World};
use crate::settings::ServicePolicy;

const ADMIN: &str = "nurse@example.net/n";

async fn world() -> World {
    World::with_policy(ServicePolicy { admins: vec!["nurse".to_owned()], ..ServicePolicy::default() }).await
}

fn command(name: &str, attributes: &str, inner: &str) -> String {
    format!(
        "<iq type='set' id='c' to='example.net'><command xmlns='{FEATURE}' \
         node='http://jabber.org/protocol/admin#{name}' {attributes}>{inner}</command></iq>"
    )
}

fn form(fields: &[(&str, &str)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>"))
        .collect();
    format!("<x xmlns='jabber:x:data' type='submit'>{}</x>", fields.concat())
}

fn answered(client: &Client, name: &str, status: &str, inner: &str) -> String {
    format!(
        "<iq type='result' id='c' from='example.net' to='{}'><command xmlns='{FEATURE}' \
         node='http://jabber.org/protocol/admin#{name}' sessionid='*' status='{status}'>{inner}</command></iq>",
        client.jid
    )
}

fn results(fields: &str) -> String {
    format!(
        "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>\
         <value>http://jabber.org/protocol/admin</value></field>{fields}</x>"
    )
}

/// Fills in the form of a command and gets the result.
async fn run(client: &mut Client, name: &str, fields: &[(&str, &str)], result: &str) {
    let answer = answered(client, name, "completed", result);
    client.ask(&command(name, "sessionid='s'", &form(fields)), &answer).await;
}

async fn refused(client: &mut Client, request: &str, kind: &str, condition: &str) {
    let error = format!(
        "<iq type='error' id='c' from='example.net' to='{}'><error type='{kind}'>\
         <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        client.jid
    );
    client.ask(request, &error).await;
}

#[tokio::test]
async fn commands_are_for_administrators_and_shown_to_them_alone() {
    let world = world().await;
    let mut nurse = world.login(ADMIN).await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let items = format!(
        "<iq type='get' id='i' to='example.net'><query xmlns='http://jabber.org/protocol/disco#items' node='{FEATURE}'/></iq>"
    );
    let listed = |client: &Client, inner: &str| {
        format!(
            "<iq type='result' id='i' from='example.net' to='{}'>\
             <query xmlns='http://jabber.org/protocol/disco#items' node='{FEATURE}'>{inner}</query></iq>",
            client.jid
        )
    };
    let empty = listed(&romeo, "");
    romeo.ask(&items, &empty).await;
    nurse.send(&items).await;
    let answer = String::from(&nurse.receive().await);
    assert_eq!(
        answer.matches("<item ").count(),
        cobnut_xmpp_proto::commands::AdminCommand::all().count(),
        "{answer}"
    );
    refused(&mut romeo, &command("announce", "action='execute'", ""), "auth", "forbidden").await;
    refused(&mut nurse, &command("fly", "action='execute'", ""), "cancel", "item-not-found").await;
    refused(&mut nurse, &command("announce", "action='prev'", ""), "modify", "bad-request").await;
    let canceled = answered(&nurse, "announce", "canceled", "");
    nurse.ask(&command("announce", "action='cancel' sessionid='s'", ""), &canceled).await;
    let info = "<iq type='get' id='i' to='example.net'><query xmlns='http://jabber.org/protocol/disco#info' \
                node='http://jabber.org/protocol/admin#announce'/></iq>";
    nurse.send(info).await;
    let answer = String::from(&nurse.receive().await);
    assert!(answer.contains("command-node") && answer.contains("jabber:x:data"), "{answer}");
}

#[tokio::test]
async fn an_account_is_made_locked_and_deleted() {
    let world = world().await;
    let mut nurse = world.login(ADMIN).await;
    nurse.send(&command("add-user", "action='execute'", "")).await;
    let asked = String::from(&nurse.receive().await);
    assert!(asked.contains("status='executing'") && asked.contains("password-verify"), "{asked}");
    let benvolio = "benvolio@example.net";
    let new =
        [("accountjid", benvolio), ("password", "pw"), ("password-verify", "pw"), ("given_name", "Ben")];
    run(&mut nurse, "add-user", &new, "").await;
    let user = world.store.user("benvolio").await.unwrap().unwrap();
    assert_eq!(user.name.as_deref(), Some("Ben"));
    refused(&mut nurse, &command("add-user", "", &form(&new)), "cancel", "conflict").await;
    let elsewhere = form(&[("accountjid", "b@elsewhere"), ("password", "pw")]);
    refused(&mut nurse, &command("add-user", "", &elsewhere), "modify", "jid-malformed").await;

    let mut session = world.online("benvolio@example.net/b").await;
    run(&mut nurse, "disable-user", &[("accountjids", benvolio)], "").await;
    session.expect_close("not-authorized").await;
    assert!(world.store.credentials("benvolio").await.unwrap().unwrap().is_locked_out);
    let locked =
        results("<field var='disableduserjids' type='jid-multi'><value>benvolio@example.net</value></field>");
    run(&mut nurse, "get-disabled-users-list", &[("max_items", "none")], &locked).await;
    run(&mut nurse, "reenable-user", &[("accountjids", benvolio)], "").await;
    assert!(!world.store.credentials("benvolio").await.unwrap().unwrap().is_locked_out);

    run(&mut nurse, "delete-user", &[("accountjids", benvolio)], "").await;
    assert!(world.store.user("benvolio").await.unwrap().is_none());
    for name in ["delete-user", "disable-user", "end-user-session"] {
        let gone = form(&[("accountjids", benvolio)]);
        refused(&mut nurse, &command(name, "", &gone), "cancel", "item-not-found").await;
    }
    for name in ["user-stats", "get-user-roster", "get-user-lastlogin"] {
        refused(
            &mut nurse,
            &command(name, "", &form(&[("accountjid", benvolio)])),
            "cancel",
            "item-not-found",
        )
        .await;
    }
}

#[tokio::test]
async fn administrators_learn_who_is_there() {
    let world = world().await;
    world.befriend("romeo", "juliet").await;
    let mut nurse = world.login(ADMIN).await;
    let _romeo = world.online("romeo@example.net/a").await;
    let number = |var: &str, number: &str| {
        results(&format!("<field var='{var}' type='text-single'><value>{number}</value></field>"))
    };
    for (name, var, count) in [
        ("get-registered-users-num", "registeredusersnum", "4"),
        ("get-disabled-users-num", "disabledusersnum", "0"),
        ("get-online-users-num", "onlineusersnum", "1"),
    ] {
        let answer = answered(&nurse, name, "completed", &number(var, count));
        nurse.ask(&command(name, "action='execute'", ""), &answer).await;
    }
    let online =
        results("<field var='onlineuserjids' type='jid-multi'><value>romeo@example.net</value></field>");
    run(&mut nurse, "get-online-users-list", &[], &online).await;
    let one =
        results("<field var='registereduserjids' type='jid-multi'><value>juliet@example.net</value></field>");
    run(&mut nurse, "get-registered-users-list", &[("max_items", "1")], &one).await;
    let stats = results(
        "<field var='accountjid' type='text-single'><value>romeo@example.net</value></field>\
         <field var='ipaddresses' type='text-single'><value>127.0.0.1</value></field>\
         <field var='rostersize' type='text-single'><value>1</value></field>\
         <field var='onlineresources' type='text-single'><value>a</value></field>",
    );
    run(&mut nurse, "user-stats", &[("accountjid", "romeo@example.net")], &stats).await;
    let seen = results(
        "<field var='accountjid' type='text-single'><value>romeo@example.net</value></field>\
         <field var='lastlogin' type='text-single'><value>*</value></field>",
    );
    run(&mut nurse, "get-user-lastlogin", &[("accountjid", "romeo@example.net")], &seen).await;
    nurse.send(&command("get-user-roster", "", &form(&[("accountjid", "romeo@example.net")]))).await;
    let roster = String::from(&nurse.receive().await);
    assert!(roster.contains("jabber:iq:roster") && roster.contains("juliet@example.net"), "{roster}");
}

#[tokio::test]
async fn everybody_who_is_online_hears_an_announcement_on_all_members() {
    let world = World::clustered(2).await;
    let mut romeo = world.online_at(0, "romeo@example.net/a").await;
    let mut juliet = world.online_at(1, "juliet@example.net/b").await;
    let is_available =
        |record: Option<&cobnut_model::SessionRecord>| record.is_some_and(|record| record.presence.is_some());
    world.until_known("juliet@example.net/b", is_available).await;
    world.nodes[0].service.announce_to_all(Some("Tonight"), "No chat from 8 to 9").await;
    for client in [&mut romeo, &mut juliet] {
        let to = client.jid.clone();
        client
            .expect(&format!(
                "<message type='headline' from='example.net' to='{to}'><subject>Tonight</subject>\
                 <body>No chat from 8 to 9</body></message>"
            ))
            .await;
    }
}

#[tokio::test]
async fn the_message_of_the_day_is_told_to_whoever_comes_online() {
    let world = world().await;
    let mut nurse = world.online(ADMIN).await;
    run(&mut nurse, "edit-motd", &[("motd", "Be kind")], "").await;
    let told = |jid: &str| {
        format!("<message type='headline' from='example.net' to='{jid}'><body>Be kind</body></message>")
    };
    let mut romeo = world.online("romeo@example.net/a").await;
    romeo.expect(&told("romeo@example.net/a")).await;
    // Once for each session, not for each presence.
    romeo.send("<presence><show>away</show></presence>").await;
    romeo
        .expect("<presence from='romeo@example.net/a' to='romeo@example.net/a'><show>away</show></presence>")
        .await;
    romeo.expect_nothing().await;
    nurse.send(&command("set-motd", "", &form(&[("motd", "Be kind")]))).await;
    romeo.expect(&told("romeo@example.net/a")).await;
    nurse.expect(&told(ADMIN)).await;
    let done = answered(&nurse, "set-motd", "completed", "");
    nurse.expect(&done).await;
    let done = answered(&nurse, "delete-motd", "completed", "");
    nurse.ask(&command("delete-motd", "action='execute'", ""), &done).await;
    let mut juliet = world.online("juliet@example.net/b").await;
    juliet.expect_nothing().await;
}
