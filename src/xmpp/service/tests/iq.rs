//! IQ stanzas: every request gets exactly one answer, from the address that was asked.

use super::fixture::World;

fn error(from: &str, kind: &str, condition: &str) -> String {
    format!(
        "<iq id='1' type='error' from='{from}' to='romeo@example.net/a'><error type='{kind}'>\
         <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
}

#[tokio::test]
async fn what_nobody_knows_is_answered_too() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let unknown = "<query xmlns='urn:example:unknown'/>";
    for (to, kind, condition) in [
        ("example.net", "cancel", "service-unavailable"),
        ("example.net/x", "cancel", "service-unavailable"),
        ("romeo@example.net", "cancel", "service-unavailable"),
        ("juliet@example.net", "cancel", "service-unavailable"),
        ("nobody@example.net", "cancel", "service-unavailable"),
        ("juliet@example.net/gone", "cancel", "service-unavailable"),
        ("elsewhere.example.net", "cancel", "remote-server-not-found"),
        ("a@elsewhere.org/b", "cancel", "remote-server-not-found"),
    ] {
        for request in ["get", "set"] {
            romeo
                .ask(
                    &format!("<iq id='1' type='{request}' to='{to}'>{unknown}</iq>"),
                    &error(to, kind, condition),
                )
                .await;
        }
    }
    romeo
        .ask(
            &format!("<iq id='1' type='get'>{unknown}</iq>"),
            &error("romeo@example.net", "cancel", "service-unavailable"),
        )
        .await;
    romeo
        .ask(
            &format!("<iq id='1' type='get' to='@x'>{unknown}</iq>"),
            &error("example.net", "modify", "jid-malformed"),
        )
        .await;
}

#[tokio::test]
async fn broken_requests_are_refused_and_answers_are_never_answered() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let ping = "<ping xmlns='urn:xmpp:ping'/>";
    for request in [
        "<iq id='1' type='get' to='example.net'/>".to_owned(),
        format!("<iq id='1' type='get' to='example.net'>{ping}{ping}</iq>"),
        format!("<iq id='1' type='query' to='example.net'>{ping}</iq>"),
        format!("<iq id='1' to='example.net'>{ping}</iq>"),
    ] {
        romeo.ask(&request, &error("example.net", "modify", "bad-request")).await;
    }
    for (kind, to) in [
        ("result", "example.net"),
        ("error", "juliet@example.net/gone"),
        ("result", "x@elsewhere.org"),
        ("error", "@"),
    ] {
        romeo.send(&format!("<iq id='1' type='{kind}' to='{to}'/>")).await;
    }
    romeo.send("<iq type='result'/>").await;
    romeo.expect_nothing().await;
}

#[tokio::test]
async fn a_second_bind_is_refused_and_a_session_is_granted() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    romeo
        .ask(
            "<iq id='1' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
            &error("romeo@example.net", "cancel", "not-allowed"),
        )
        .await;
    romeo
        .ask(
            "<iq id='1' type='set'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
            "<iq id='1' type='result' from='romeo@example.net' to='romeo@example.net/a'/>",
        )
        .await;
}

#[tokio::test]
async fn payloads_between_sessions_are_opaque() {
    let world = World::single().await;
    let romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.login("juliet@example.net/b").await;
    let game = "<reversi xmlns='http://example.org/game' a='&lt;&quot;'><move x='1'/>text</reversi>";
    romeo.send(&format!("<iq id='1' type='set' to='juliet@example.net/b'>{game}</iq>")).await;
    juliet
        .expect(&format!(
            "<iq id='1' type='set' from='romeo@example.net/a' to='juliet@example.net/b'>{game}</iq>"
        ))
        .await;
}
