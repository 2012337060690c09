//! Logins by every mechanism, over STARTTLS, direct TLS and in clear.

use std::time::Duration;

use cobnut_model::ScramMechanism;
use cobnut_model::limits::LOGIN_FAILURES_MAX;
use cobnut_xmpp::{TlsPolicy, XmppSettings};
use cobnut_xmpp_proto::sasl::derive;

use crate::client::{Client, OPEN};
use crate::server::Server;

#[tokio::test]
async fn every_mechanism_logs_in_after_starttls() {
    let server = Server::start().await;
    for mechanism in ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"] {
        let mut client = Client::connect(&server).await;
        let features = client.open().await;
        assert!(features.contains("<starttls xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"/>"), "{features}");
        let mut client = client.start_tls().await;
        let features = client.open().await;
        assert!(features.contains(&format!("<mechanism>{mechanism}</mechanism>")), "{features}");
        assert!(!features.contains("starttls"), "{features}");
        let end = match mechanism {
            "PLAIN" => client.plain("Alice@example.org", "secret").await,
            _ => client.scram(mechanism, "alice", "secret").await,
        };
        assert!(end.contains("<success"), "{mechanism}: {end}");
        let features = client.open().await;
        assert!(features.contains("<bind ") && features.contains("<optional/>"), "{features}");
        let answer = client.bind(mechanism).await;
        assert!(answer.contains(&format!("<jid>alice@example.org/{mechanism}</jid>")), "{answer}");
        let session = client
            .ask("<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", "/>")
            .await;
        assert!(session.contains("type=\"result\""), "{session}");
        // Compat: Smack throws an answer away that does not come from whom it asked.
        let session = client
            .ask(
                "<iq type='set' id='t' to='example.org'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
                "/>",
            )
            .await;
        assert!(session.contains("type=\"result\"") && session.contains("from=\"example.org\""), "{session}");
        client.ping("p1").await;
    }
    assert_eq!(server.metric("cobnut_client_logins_total{result=\"ok\"}"), Some(4));
    server.stop().await;
}

#[tokio::test]
async fn direct_tls_never_offers_starttls() {
    let server = Server::start().await;
    let mut client = Client::connect_tls(&server).await;
    let features = client.open().await;
    assert!(!features.contains("starttls"), "{features}");
    assert!(client.scram("SCRAM-SHA-1", "alice", "secret").await.contains("<success"));
    client.open().await;
    assert!(client.bind("Spark").await.contains("<jid>alice@example.org/Spark</jid>"));
    server.stop().await;
}

#[tokio::test]
async fn a_login_is_bound_to_its_connection() {
    let server = Server::start().await;
    let mut client = Client::connect(&server).await;
    assert!(!client.open().await.contains("-PLUS"), "there is nothing to bind to");
    let (tls12, tls13) = (&rustls::version::TLS12, &rustls::version::TLS13);
    for (version, kind, is_known) in [
        (tls13, "tls-exporter", true),
        (tls13, "tls-server-end-point", true),
        (tls12, "tls-server-end-point", true),
        (tls12, "tls-exporter", false),
        (tls13, "tls-unique", false),
    ] {
        for mechanism in ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS"] {
            let mut client = Client::connect_tls_with(&server, version).await;
            let features = client.open().await;
            assert!(features.contains(&format!("<mechanism>{mechanism}</mechanism>")), "{features}");
            let told = format!("<channel-binding type=\"{kind}\"/>");
            assert_eq!(features.contains(&told), is_known, "{features}");
            let answer = client.scram_bound(mechanism, kind, "alice", "secret").await;
            assert!(answer.contains(if is_known { "<success" } else { "<invalid-mechanism/>" }), "{answer}");
        }
    }
    // STARTTLS, too; a connection is not another one, and a wrong password stays one.
    let mut client = Client::connect(&server).await;
    client.open().await;
    let mut client = client.start_tls().await;
    client.open().await;
    let wrong = client.scram_bound("SCRAM-SHA-1-PLUS", "tls-exporter", "alice", "wrong").await;
    assert!(wrong.contains("<not-authorized/>"), "{wrong}");
    let other = Client::connect_tls(&server).await;
    let own = std::mem::replace(&mut client.bindings, other.bindings.clone());
    let elsewhere = client.scram_bound("SCRAM-SHA-1-PLUS", "tls-exporter", "alice", "secret").await;
    assert!(elsewhere.contains("<not-authorized/>"), "{elsewhere}");
    client.bindings = own;
    let right = client.scram_bound("SCRAM-SHA-1-PLUS", "tls-exporter", "alice", "secret").await;
    assert!(right.contains("<success"), "{right}");
    server.stop().await;
}

#[tokio::test]
async fn the_tls_policy_decides_about_logins_in_clear() {
    let optional = Server::start().await;
    let mut client = Client::connect(&optional).await;
    client.open().await;
    assert!(client.plain("alice", "secret").await.contains("<success"));
    optional.stop().await;

    let required = Server::with(|settings| settings.tls_policy = TlsPolicy::Required).await;
    let mut client = Client::connect(&required).await;
    let features = client.open().await;
    assert!(features.contains("<required/>") && !features.contains("mechanism"), "{features}");
    assert!(client.plain("alice", "secret").await.contains("<encryption-required/>"));
    Client::login(&required, "alice", "Spark").await;
    required.stop().await;

    let disabled = Server::with(|settings| settings.tls_policy = TlsPolicy::Disabled).await;
    let mut client = Client::connect(&disabled).await;
    assert!(!client.open().await.contains("starttls"));
    assert!(client.scram("SCRAM-SHA-256", "alice", "secret").await.contains("<success"));
    disabled.stop().await;
}

#[tokio::test]
async fn wrong_passwords_and_unknown_users_look_alike_and_the_third_closes() {
    let server = Server::start().await;
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    let wrong = client.plain("alice", "wrong").await;
    let unknown = client.plain("nobody", "wrong").await;
    assert_eq!(wrong, unknown);
    assert!(wrong.contains("<not-authorized/>"), "{wrong}");
    assert!(client.scram("SCRAM-SHA-1", "nobody", "wrong").await.contains("<not-authorized/>"));
    let end = client.until_closed().await;
    assert!(end.contains("<policy-violation ") && end.ends_with("</stream:error></stream:stream>"), "{end}");
    assert_eq!(server.metric("cobnut_client_logins_total{result=\"not-authorized\"}"), Some(3));
    server.stop().await;
}

#[tokio::test]
async fn guessing_is_stopped_even_with_the_right_password() {
    let server = Server::with(|settings| settings.limits.sasl_attempts = 100).await;
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    for _ in 0..LOGIN_FAILURES_MAX {
        assert!(client.plain("alice", "guess").await.contains("<not-authorized/>"));
    }
    assert!(client.plain("alice", "secret").await.contains("<temporary-auth-failure/>"));
    assert!(client.plain("bob", "secret").await.contains("<success"), "other accounts are not concerned");
    server.stop().await;
}

#[tokio::test]
async fn guessing_at_two_members_is_stopped_on_both() {
    let [one, two] = Server::pair_with(|settings| settings.limits.sasl_attempts = 100).await;
    for (server, guesses) in
        [(&one, LOGIN_FAILURES_MAX / 2), (&two, LOGIN_FAILURES_MAX - LOGIN_FAILURES_MAX / 2)]
    {
        let mut client = Client::connect_tls(server).await;
        client.open().await;
        for _ in 0..guesses {
            assert!(client.plain("alice", "guess").await.contains("<not-authorized/>"));
        }
    }
    for server in [&one, &two] {
        let refused = async {
            let mut client = Client::connect_tls(server).await;
            client.open().await;
            // A guess that is not refused yet counts, too; the right password would let the attacker off.
            while !client.plain("alice", "guess").await.contains("<temporary-auth-failure/>") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert!(client.plain("alice", "secret").await.contains("<temporary-auth-failure/>"));
            assert!(client.plain("bob", "secret").await.contains("<success"));
        };
        refused.await;
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn one_address_guesses_at_so_many_accounts_and_no_more_wherever_it_asks() {
    let few = |settings: &mut XmppSettings| {
        settings.policy.logins.failures_per_address = 4;
        settings.limits.sasl_attempts = 100;
    };
    let [one, two] = Server::pair_with(few).await;
    let mut client = Client::connect_tls(&one).await;
    client.open().await;
    for index in 0..4 {
        assert!(client.plain(&format!("user{index}"), "guess").await.contains("<not-authorized/>"));
    }
    assert!(client.plain("bob", "secret").await.contains("<temporary-auth-failure/>"));
    let mut client = Client::connect_tls(&two).await;
    client.open().await;
    // Unknown accounts are asked for until the other member has been told.
    let mut index = 0;
    while !client.plain(&format!("other{index}"), "guess").await.contains("<temporary-auth-failure/>") {
        index += 1;
        assert!(index < 4, "more guesses than one member alone allows");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(client.plain("bob", "secret").await.contains("<temporary-auth-failure/>"));
    one.stop().await;
    two.stop().await;
}

/// Compat: Openfire keeps keys for SHA-1 only, and aioxmpp gives up after `not-authorized`.
#[tokio::test]
async fn an_account_of_openfire_is_led_to_the_mechanism_it_has() {
    let server = Server::start().await;
    server.add_user("old", &[derive("secret", ScramMechanism::Sha1, b"salt of openfire", 4096)]).await;
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    assert!(client.scram("SCRAM-SHA-256", "old", "secret").await.contains("<invalid-mechanism/>"));
    assert!(client.scram("SCRAM-SHA-1", "old", "secret").await.contains("<success"));

    // From now on this answer must not tell who has an account.
    let mut told = [0, 0];
    for index in 0..24 {
        let mut client = Client::connect_tls(&server).await;
        client.open().await;
        let answer = client.scram("SCRAM-SHA-256", &format!("nobody{index}"), "secret").await;
        told[usize::from(answer.contains("<invalid-mechanism/>"))] += 1;
    }
    assert!(told[0] > 0 && told[1] > 0, "{told:?}");
    server.stop().await;
}

#[tokio::test]
async fn stronger_keys_are_made_when_the_password_is_known() {
    let server = Server::start().await;
    let sha1 = [derive("secret", ScramMechanism::Sha1, b"salt of openfire", 4096)];
    server.add_user("old", &sha1).await;
    let keys_of =
        async |name: &str| server.store.credentials(name).await.expect("store").expect("account").keys;
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    assert!(client.plain("old", "wrong").await.contains("<not-authorized/>"));
    assert_eq!(keys_of("old").await.len(), 1);
    assert!(client.plain("old", "secret").await.contains("<success"));
    let kept = keys_of("old").await;
    assert_eq!((kept.len(), &kept[..1]), (3, &sha1[..]), "what Openfire has is as it was");
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    assert!(client.scram("SCRAM-SHA-512", "old", "secret").await.contains("<success"));

    // A password that Openfire keeps readable will do, if it is the one of the keys.
    for (name, readable, is_made) in [("readable", "secret", true), ("reset", "other", false)] {
        server.add_user(name, &sha1).await;
        server.set_plain_password(name, readable).await;
        let mut client = Client::connect_tls(&server).await;
        client.open().await;
        let answer = client.scram("SCRAM-SHA-512", name, "secret").await;
        assert_eq!(answer.contains("<success"), is_made, "{name}: {answer}");
        assert_eq!(keys_of(name).await.len(), if is_made { 3 } else { 1 });
    }
    server.stop().await;
}

#[tokio::test]
async fn what_most_accounts_cannot_use_is_not_offered() {
    let server = Server::on_openfire(
        "INSERT INTO ofUser (username, creationDate, modificationDate) VALUES ('a', '0', '0'), ('b', '0', '0')",
    )
    .await;
    let mut client = Client::connect_tls(&server).await;
    let features = client.open().await;
    assert!(features.contains("<mechanism>SCRAM-SHA-1</mechanism>"), "{features}");
    assert!(!features.contains("SCRAM-SHA-256") && !features.contains("SCRAM-SHA-512"), "{features}");
    server.stop().await;
}

#[tokio::test]
async fn an_account_from_before_scram_gets_keys_at_its_first_login() {
    let server = Server::start().await;
    server.add_user("older", &[]).await;
    server.set_plain_password("older", "secret").await;
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    assert!(client.scram("SCRAM-SHA-256", "older", "secret").await.contains("<success"));
    let kept = server.store.credentials("older").await.expect("store").expect("account");
    assert_eq!((kept.keys.len(), kept.plain_password), (3, None));
    server.stop().await;
}

/// erik has nothing but an encrypted password, paula a clear one.
const OPENFIRE: &str = "INSERT INTO ofProperty (name, propValue) VALUES ('passwordKey', 'YJ1nKWyrMeGvTKu');
    INSERT INTO ofUser (username, encryptedPassword, creationDate, modificationDate) VALUES
        ('erik', 'd8835ca5c85385d31b06e30d0479559f241d3c6c9bfe37b5a2ee228a258a73b8', '0', '0'),
        ('ernst', 'd8835ca5c85385d31b06e30d0479559f241d3c6c9bfe37b5a2ee228a258a73b8', '0', '0'),
        ('broken', 'd8835ca5c85385d3', '0', '0');
    INSERT INTO ofUser (username, plainPassword, creationDate, modificationDate) VALUES ('paula', 'password', '0', '0')";

#[tokio::test]
async fn accounts_of_openfire_log_in_with_what_it_left_of_their_passwords() {
    let server = Server::on_openfire(OPENFIRE).await;
    for (name, mechanism) in
        [("erik", "PLAIN"), ("ernst", "SCRAM-SHA-1"), ("paula", "PLAIN"), ("erik", "SCRAM-SHA-256")]
    {
        for (password, is_right) in [("wrong", false), ("password", true)] {
            let mut client = Client::connect_tls(&server).await;
            client.open().await;
            let answer = match mechanism {
                "PLAIN" => client.plain(name, password).await,
                _ => client.scram(mechanism, name, password).await,
            };
            assert_eq!(answer.contains("<success"), is_right, "{name} {mechanism}: {answer}");
        }
        let kept = server.store.credentials(name).await.expect("store").expect("account");
        assert_eq!((kept.keys.len(), &kept.plain_password), (3, &None), "{name}");
        assert_eq!(server.store.readable_passwords(&kept).await.expect("store"), ["password"], "{name}");
    }
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    assert!(client.plain("broken", "password").await.contains("<not-authorized/>"));
    server.stop().await;
}

#[tokio::test]
async fn a_password_that_an_operator_wrote_into_the_table_counts() {
    let server = Server::on_openfire(OPENFIRE).await;
    server.set_plain_password("alice", "reset").await;
    for (password, is_right) in [("secret", true), ("reset", true), ("secret", false), ("reset", true)] {
        let mut client = Client::connect_tls(&server).await;
        client.open().await;
        let answer = client.plain("alice", password).await;
        assert_eq!(answer.contains("<success"), is_right, "{password}: {answer}");
    }
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    assert!(client.scram("SCRAM-SHA-1", "alice", "reset").await.contains("<success"));
    server.stop().await;
}

#[tokio::test]
async fn a_readable_password_goes_at_the_next_login_if_the_operator_wants_that() {
    let server = Server::on_openfire(OPENFIRE).await;
    server.set_plain_password("alice", "secret").await;
    server.store.set_property("user.scramHashedPasswordOnly", Some("true")).await.expect("set");
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    assert!(client.plain("alice", "secret").await.contains("<success"));
    let kept = server.store.credentials("alice").await.expect("store").expect("account");
    assert!(kept.keys.len() == 3 && !kept.has_readable_password());
    server.stop().await;
}

#[tokio::test]
async fn a_store_that_is_away_is_a_temporary_failure_and_ends_no_session() {
    let server = Server::start().await;
    let mut session = Client::login(&server, "alice", "Spark").await;
    server.store.close().await;
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    assert!(client.plain("bob", "secret").await.contains("<temporary-auth-failure/>"));
    session.ping("still-there").await;
    server.stop().await;
}

#[tokio::test]
async fn who_has_no_account_gets_a_name_until_the_connection_ends() {
    let server = Server::with(|settings| settings.anonymous.is_on = true).await;
    let mut bob = Client::login(&server, "bob", "Spark").await;
    bob.send("<presence/>").await;
    bob.until("<presence").await;
    let mut names = Vec::new();
    for _ in 0..2 {
        let mut client = Client::connect_tls(&server).await;
        let features = client.open().await;
        assert!(features.contains("<mechanism>PLAIN</mechanism><mechanism>ANONYMOUS</mechanism>"));
        assert!(client.anonymous().await.contains("<success"));
        assert!(!client.open().await.contains("<sm "));
        let answer = client.bind("guest").await;
        let jid = answer.split(['<', '>']).find(|part| part.ends_with("/guest")).expect("jid").to_owned();
        assert_eq!(server.cluster.sessions().len(), 2, "it is listed");
        client.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>").await;
        client.until("<feature-not-implemented ").await;
        client.send("<message to='bob@example.org' type='chat'><body>hi</body></message>").await;
        assert!(bob.until("hi</body>").await.contains(&format!("from=\"{jid}\"")));
        drop(client);
        while server.cluster.sessions().len() > 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        names.push(jid);
    }
    assert_ne!(names[0], names[1]);
    server.stop().await;

    let closed = Server::start().await;
    let mut client = Client::connect_tls(&closed).await;
    assert!(!client.open().await.contains("ANONYMOUS"), "not unless the operator says so");
    assert!(client.anonymous().await.contains("<invalid-mechanism/>"));
    closed.stop().await;
}

#[tokio::test]
async fn a_second_login_takes_the_resource() {
    let server = Server::start().await;
    let mut first = Client::login(&server, "alice", "Spark").await;
    let mut second = Client::login(&server, "alice", "Spark").await;
    let end = first.until_closed().await;
    assert!(end.contains("<stream:error><conflict ") && end.ends_with("</stream:stream>"), "{end}");
    second.ping("p").await;
    server.stop().await;
}

#[tokio::test]
async fn a_slow_login_ends_at_the_deadline() {
    let server =
        Server::with(|settings| settings.limits.negotiation_timeout = Duration::from_millis(300)).await;
    let mut silent = Client::connect(&server).await;
    let end = silent.until_closed().await;
    assert!(end.starts_with("<?xml") && end.contains("<connection-timeout "), "{end}");
    let mut half = Client::connect(&server).await;
    half.send(&OPEN[..30]).await;
    assert!(half.until_closed().await.contains("<connection-timeout "));
    // Half a TLS handshake, on either port.
    let mut client = Client::connect(&server).await;
    client.open().await;
    client.ask("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed").await;
    client.send("\u{16}\u{3}\u{1}").await;
    client.until_closed().await;
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_tls_on_the_tls_port_is_hung_up_on() {
    let server =
        Server::with(|settings| settings.limits.negotiation_timeout = Duration::from_millis(300)).await;
    for sent in [OPEN, "\u{0}\u{1}\u{2}", "GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}", ""] {
        let mut client = Client::connect_to(server.c2s_tls()).await;
        client.send(sent).await;
        client.until_closed().await;
    }
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    assert!(client.scram("SCRAM-SHA-1", "alice", "secret").await.contains("<success"));
    server.stop().await;
}

#[tokio::test]
async fn what_follows_starttls_in_clear_is_refused() {
    let server = Server::start().await;
    let mut client = Client::connect(&server).await;
    client.open().await;
    client.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message/>").await;
    let end = client.until_closed().await;
    assert!(end.contains("<policy-violation "), "{end}");
    server.stop().await;
}
