//! What an operator chose with system properties.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cobnut_model::UnixMillis;
use cobnut_xmpp_proto::routing::Strategy;

use super::fixture::World;
use crate::service::Login;
use crate::settings::{ConflictPolicy, OfflineCleaning, OfflinePolicy, ServicePolicy};

#[tokio::test]
async fn refused_newcomers_leave_the_old_session_alone() {
    for (conflict, refusals) in [(ConflictPolicy::Refuse, None), (ConflictPolicy::RefuseFirst(2), Some(2))] {
        let world = World::with_policy(ServicePolicy { conflict, ..ServicePolicy::default() }).await;
        let mut old = world.login("romeo@example.net/Spark").await;
        let (outbox, _inbox) = tokio::sync::mpsc::channel(8);
        let bind = || {
            let login = Login {
                user: "romeo@example.net".parse().unwrap(),
                resource: Some("Spark".to_owned()),
                remote_ip: [127, 0, 0, 1].into(),
                is_encrypted: true,
                is_anonymous: false,
            };
            world.nodes[0].service.bind(login, outbox.clone())
        };
        for attempt in 0..refusals.unwrap_or(5) {
            assert_eq!(bind().await, Err("conflict"), "{conflict:?}, attempt {attempt}");
        }
        old.expect_nothing().await;
        if refusals.is_some() {
            assert!(bind().await.is_ok(), "{conflict:?}: the next one takes over");
            old.expect_close("conflict").await;
        }
    }
}

#[tokio::test]
async fn messages_reach_as_many_resources_as_the_operator_says() {
    for (routing, gets_low) in [(Strategy::AllOfHighestPriority, false), (Strategy::All, true)] {
        let world = World::with_policy(ServicePolicy { routing, ..ServicePolicy::default() }).await;
        let romeo = world.login("romeo@example.net/a").await;
        let mut resources = Vec::new();
        for (resource, priority) in [("one", 5), ("two", 5), ("low", 0)] {
            let jid = format!("juliet@example.net/{resource}");
            let client = world.login(&jid).await;
            client.send(&format!("<presence><priority>{priority}</priority></presence>")).await;
            resources.push(client);
        }
        romeo.send("<message to='juliet@example.net' type='chat'><body>hi</body></message>").await;
        for (client, is_meant) in resources.iter_mut().zip([true, true, gets_low]) {
            let mut got = false;
            // Presence of the other resources comes before it, the answer to a ping last.
            client.send("<iq type='get' id='sync' to='example.net'><ping xmlns='urn:xmpp:ping'/></iq>").await;
            loop {
                let stanza = client.receive().await;
                if stanza.name() == "iq" {
                    break;
                }
                got |= stanza.name() == "message";
            }
            assert_eq!(got, is_meant, "{routing:?} {}", client.jid);
        }
    }
}

#[tokio::test]
async fn messages_for_absent_users_are_stored_returned_or_dropped() {
    let policy = |stores, bounces, quota, is_limited| OfflinePolicy { stores, bounces, quota, is_limited };
    for (offline, stored, is_told) in [
        (policy(false, true, 1000, true), 0, true),
        (policy(false, false, 1000, true), 0, false),
        (policy(true, true, 10, true), 0, true),
        (policy(true, false, 10, true), 0, false),
        (policy(true, true, 10, false), 1, false),
    ] {
        let world = World::with_policy(ServicePolicy { offline, ..ServicePolicy::default() }).await;
        let mut romeo = world.login("romeo@example.net/a").await;
        romeo
            .send("<message to='juliet@example.net' id='m' type='chat'><body>anybody there?</body></message>")
            .await;
        if is_told {
            assert_eq!(romeo.receive().await.attr("type"), Some("error"), "{offline:?}");
        }
        romeo.expect_nothing().await;
        assert_eq!(world.store.offline("juliet").await.unwrap().len(), stored, "{offline:?}");
    }
}

#[tokio::test]
async fn passwords_stay_where_users_may_not_change_them() {
    let policy = ServicePolicy { allows_new_passwords: false, ..ServicePolicy::default() };
    let world = World::with_policy(policy).await;
    let mut romeo = world.login("romeo@example.net/a").await;
    romeo
        .ask(
            "<iq id='1' type='set' to='example.net'><query xmlns='jabber:iq:register'><username>romeo</username>\
             <password>new</password></query></iq>",
            "<iq id='1' type='error' from='example.net' to='romeo@example.net/a'><error type='cancel'>\
             <not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        )
        .await;
    assert!(world.store.credentials("romeo").await.unwrap().unwrap().keys.is_empty());
}

/// Old messages go, younger ones stay, and accounts do not matter.
#[tokio::test]
async fn messages_that_nobody_fetches_are_deleted_where_the_operator_wants_it() {
    let world = World::with_policy(ServicePolicy::default()).await;
    let service = &world.nodes[0].service;
    let store = |at: u64| world.store.add_offline("juliet", "<message/>", UnixMillis(at), 1000);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = u64::try_from(now.as_millis()).unwrap();
    store(now - 90 * 60 * 1000).await.unwrap();
    store(now - 30 * 60 * 1000).await.unwrap();
    let (every, keep) = (Duration::from_hours(1), Duration::from_hours(1));
    service.clean_offline_messages(OfflineCleaning { is_on: false, every, keep });
    service.clean_offline_messages(OfflineCleaning { is_on: true, every, keep });
    for _ in 0..2000 {
        if world.store.offline("juliet").await.unwrap().len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let left = world.store.offline("juliet").await.unwrap();
    assert_eq!(left.iter().map(|message| message.stored_at.0).collect::<Vec<_>>(), [now - 30 * 60 * 1000]);
}
