//! Accounts that clients make themselves (XEP-0077).

use cobnut_xmpp::XmppSettings;

use crate::client::Client;
use crate::server::Server;

fn make(name: &str) -> String {
    format!(
        "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{name}</username>\
         <password>secret</password><name>New</name><email>new@example.com</email></query></iq>"
    )
}

async fn ask(client: &mut Client, iq: &str) -> String {
    client.send(iq).await;
    let answer = client.until(">").await;
    if answer.ends_with("/>") { answer } else { answer + &client.until("</iq>").await }
}

fn open(settings: &mut XmppSettings) {
    settings.limits.registrations.is_open = true;
    settings.limits.registrations.per_address = 3;
}

#[tokio::test]
async fn a_client_makes_an_account_and_logs_in() {
    let server = Server::with(open).await;
    let mut client = Client::connect(&server).await;
    client.open().await;
    assert_eq!(ask(&mut client, &make("New")).await, r#"<iq from="example.org" id="r" type="result"/>"#);
    let user = server.store.user("new").await.expect("store").expect("the account");
    assert_eq!((user.name.as_deref(), user.email.as_deref()), (Some("New"), Some("new@example.com")));
    Client::login(&server, "new", "a").await;
    for (name, condition) in [("new", "conflict"), ("a b", "jid-malformed"), ("", "not-acceptable")] {
        let answer = ask(&mut client, &make(name)).await;
        assert!(answer.contains(condition), "{name}: {answer}");
    }
    // What is refused unread is not counted.
    assert!(ask(&mut client, &make("third")).await.contains("result"));
    let answer = ask(&mut client, &make("fourth")).await;
    assert!(answer.contains("resource-constraint"), "{answer}");
    assert!(server.store.user("fourth").await.expect("store").is_none());
    // The stream is still good for a login.
    let mut client = client.start_tls().await;
    client.open().await;
    assert!(client.plain("third", "secret").await.contains("<success"));
}

#[tokio::test]
async fn nobody_makes_accounts_unless_the_operator_says_so() {
    let server = Server::start().await;
    let mut client = Client::connect(&server).await;
    client.open().await;
    assert!(ask(&mut client, &make("new")).await.contains("forbidden"));
    assert!(server.store.user("new").await.expect("store").is_none());
}
