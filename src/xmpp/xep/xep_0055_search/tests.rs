//! The service as clients see it.

use cobnut_model::{UnixMillis, User};

use crate::service::tests::fixture::{Client, World};
use crate::settings::{SearchField, SearchPolicy, ServicePolicy};

async fn name(world: &World, username: &str, name: &str, email: &str) {
    let is_there = world.store.update_user(username, Some(name), Some(email)).await.unwrap();
    assert!(is_there);
}

async fn world_with(search: SearchPolicy) -> (World, Client) {
    let world = World::with_policy(ServicePolicy { search, ..ServicePolicy::default() }).await;
    name(&world, "juliet", "Juliet Capulet", "jc@example.org").await;
    name(&world, "nurse", "Nurse", "nurse@example.org").await;
    name(&world, "tybalt", "Tybalt Capulet", "tybalt@example.org").await;
    let romeo = world.login("romeo@example.net/a").await;
    (world, romeo)
}

fn set(payload: &str) -> String {
    format!(
        "<iq id='1' type='set' to='search.example.net'><query xmlns='jabber:iq:search'>{payload}</query></iq>"
    )
}

fn result(payload: &str) -> String {
    format!("<iq id='1' type='result' from='search.example.net' to='romeo@example.net/a'>{payload}</iq>")
}

fn form(fields: &[(&str, &str)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>"))
        .collect();
    let fields = fields.concat();
    format!("<x xmlns='jabber:x:data' type='submit'>{fields}</x>")
}

const REPORTED: &str = "<field var='FORM_TYPE' type='hidden'><value>jabber:iq:search</value></field>\
     <reported><field var='jid' type='jid-single' label='JID'/>\
     <field var='Username' type='text-single' label='Username'/>\
     <field var='Name' type='text-single' label='Name'/>\
     <field var='Email' type='text-single' label='Email'/></reported>";

fn item(username: &str, name: &str, email: &str) -> String {
    let value =
        |text: &str| if text.is_empty() { "<value/>".to_owned() } else { format!("<value>{text}</value>") };
    format!(
        "<item><field var='jid'>{}</field><field var='Username'>{}</field>\
         <field var='Name'>{}</field><field var='Email'>{}</field></item>",
        value(&format!("{username}@example.net")),
        value(username),
        value(name),
        value(email)
    )
}

fn found(items: &[String]) -> String {
    result(&format!(
        "<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='result'>{REPORTED}{}</x></query>",
        items.concat()
    ))
}

#[tokio::test]
async fn the_service_is_found_and_offers_its_form() {
    let (_world, mut romeo) = world_with(SearchPolicy::default()).await;
    romeo
        .ask(
            "<iq id='1' type='get' to='search.example.net'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
            &result(
                "<query xmlns='http://jabber.org/protocol/disco#info'>\
                 <identity category='directory' type='user' name='User Search'/>\
                 <feature var='http://jabber.org/protocol/disco#info'/>\
                 <feature var='http://jabber.org/protocol/disco#items'/>\
                 <feature var='jabber:iq:search'/><feature var='http://jabber.org/protocol/rsm'/></query>",
            ),
        )
        .await;
    romeo
        .ask(
            "<iq id='1' type='get' to='search.example.net'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
            &result("<query xmlns='http://jabber.org/protocol/disco#items'/>"),
        )
        .await;
    romeo
        .ask(
            "<iq id='1' type='get' to='search.example.net'><query xmlns='jabber:iq:search'/></iq>",
            &result(
                "<query xmlns='jabber:iq:search'><instructions>*</instructions><first/><last/><nick/><email/>\
                 <x xmlns='jabber:x:data' type='form'><title>*</title><instructions>*</instructions>\
                 <field var='FORM_TYPE' type='hidden'><value>jabber:iq:search</value></field>\
                 <field var='search' type='text-single' label='Search'><required/></field>\
                 <field var='Username' type='boolean' label='Username'><value>1</value></field>\
                 <field var='Name' type='boolean' label='Name'><value>1</value></field>\
                 <field var='Email' type='boolean' label='Email'><value>1</value></field></x></query>",
            ),
        )
        .await;
}

#[tokio::test]
async fn people_are_found_by_the_form() {
    let (_world, mut romeo) = world_with(SearchPolicy::default()).await;
    let juliet = item("juliet", "Juliet Capulet", "jc@example.org");
    let tybalt = item("tybalt", "Tybalt Capulet", "tybalt@example.org");
    let type_field = ("FORM_TYPE", "jabber:iq:search");
    for (fields, people) in [
        (vec![type_field, ("search", "capulet"), ("Name", "1")], vec![juliet.clone(), tybalt.clone()]),
        (vec![type_field, ("search", "capulet"), ("Username", "1")], vec![]),
        (vec![type_field, ("search", "J*t"), ("Username", "1"), ("Name", "1")], vec![juliet.clone()]),
        (vec![type_field, ("search", "jc@")], vec![juliet.clone()]),
        (vec![("search", ""), ("Name", "1")], vec![]),
        (vec![("search", "%"), ("Name", "1"), ("Username", "1"), ("Email", "1")], vec![]),
    ] {
        romeo.ask(&set(&form(&fields)), &found(&people)).await;
    }
    // Who has no name is found all the same.
    romeo.ask(&set(&form(&[("search", "romeo")])), &found(&[item("romeo", "", "")])).await;
}

#[tokio::test]
async fn people_are_found_by_the_fields_from_before_forms() {
    let (_world, mut romeo) = world_with(SearchPolicy::default()).await;
    romeo
        .ask(
            &set("<first>juliet</first><last>cap</last><email/>"),
            &result(
                "<query xmlns='jabber:iq:search'><item jid='juliet@example.net'><first>Juliet Capulet</first>\
                 <last>Juliet Capulet</last><email>jc@example.org</email></item></query>",
            ),
        )
        .await;
    romeo.ask(&set("<nick>nobody</nick>"), &result("<query xmlns='jabber:iq:search'/>")).await;
    for (payload, kind, condition) in
        [("", "modify", "bad-request"), ("<phone>1</phone>", "modify", "bad-request")]
    {
        let error = format!(
            "<iq id='1' type='error' from='search.example.net' to='romeo@example.net/a'><error type='{kind}'>\
             <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        );
        romeo.ask(&set(payload), &error).await;
    }
}

#[tokio::test]
async fn results_come_in_pages() {
    let (world, mut romeo) = world_with(SearchPolicy::default()).await;
    for number in 0..7 {
        let username = format!("guest{number}");
        let user =
            User { username, name: None, email: None, created_at: UnixMillis(0), modified_at: UnixMillis(0) };
        world.store.create_user(&user, &[]).await.unwrap();
    }
    let guest = |number: u32| {
        format!("<item jid='guest{number}@example.net'><username>guest{number}</username></item>")
    };
    for (page, people, described) in [
        ("<max>3</max>", 0..3, "<first index='0'>guest0</first><last>guest2</last><count>7</count>"),
        (
            "<max>3</max><after>guest2</after>",
            3..6,
            "<first index='3'>guest3</first><last>guest5</last><count>7</count>",
        ),
        (
            "<max>3</max><after>guest5</after>",
            6..7,
            "<first index='6'>guest6</first><last>guest6</last><count>7</count>",
        ),
        ("<max>2</max><before/>", 5..7, "<first index='5'>guest5</first><last>guest6</last><count>7</count>"),
        (
            "<max>2</max><before>guest1</before>",
            0..1,
            "<first index='0'>guest0</first><last>guest0</last><count>7</count>",
        ),
        (
            "<max>2</max><index>4</index>",
            4..6,
            "<first index='4'>guest4</first><last>guest5</last><count>7</count>",
        ),
        ("<max>0</max>", 0..0, "<count>7</count>"),
    ] {
        let people = people.map(guest).collect::<Vec<_>>().concat();
        romeo
            .ask(
                &set(&format!(
                    "<username>guest</username><set xmlns='http://jabber.org/protocol/rsm'>{page}</set>"
                )),
                &result(&format!(
                    "<query xmlns='jabber:iq:search'>{people}\
                     <set xmlns='http://jabber.org/protocol/rsm'>{described}</set></query>"
                )),
            )
            .await;
    }
}

#[tokio::test]
async fn the_operator_decides_what_can_be_found() {
    let off = SearchPolicy { is_on: false, service_name: "people".to_owned(), ..SearchPolicy::default() };
    let (_world, mut romeo) = world_with(off).await;
    romeo
        .ask(
            "<iq id='1' type='get' to='people.example.net'><query xmlns='jabber:iq:search'/></iq>",
            "<iq id='1' type='result' from='people.example.net' to='romeo@example.net/a'>\
             <query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='cancel'><title>*</title>\
             <instructions>*</instructions></x></query></iq>",
        )
        .await;
    let no_addresses =
        SearchPolicy { fields: vec![SearchField::Username, SearchField::Name], ..SearchPolicy::default() };
    let (_world, mut romeo) = world_with(no_addresses).await;
    romeo.send(&set(&form(&[("search", "example.org"), ("Email", "1")]))).await;
    let answer = String::from(&romeo.receive().await);
    assert!(!answer.contains("Email") && !answer.contains("<item"), "{answer}");
}

#[tokio::test]
async fn who_asks_too_often_has_to_wait() {
    let (_world, mut romeo) = world_with(SearchPolicy::default()).await;
    for _ in 0..cobnut_model::limits::SEARCHES_PER_ACCOUNT_MAX {
        romeo.ask(&set("<nick>x</nick>"), &result("<query xmlns='jabber:iq:search'/>")).await;
    }
    romeo
        .ask(
            &set("<nick>x</nick>"),
            "<iq id='1' type='error' from='search.example.net' to='romeo@example.net/a'><error type='wait'>\
             <resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        )
        .await;
}
