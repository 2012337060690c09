//! XEP-0175: Best Practices for Use of SASL ANONYMOUS: who has no account leaves nothing behind.
//!
//! What is not known to store nothing is refused, so that a feature which is added later stores nothing either.

use jid::FullJid;
use minidom::Element;
use xmpp_parsers::ns;

use super::xep_0313_archive;
use crate::iq::{IqRequest, Target};
use crate::service::Service;

/// Requests of type `set` that change nothing but the session.
const HARMLESS: [&str; 5] =
    [ns::CARBONS, ns::BIND, cobnut_xmpp_proto::xml::ns::SESSION, xep_0313_archive::NS, ns::PING];

/// Whether a request would make the server keep something for nobody's account.
pub(super) fn is_denied(service: &Service, request: &IqRequest<'_>) -> bool {
    // What these two are told is forgotten.
    let may_keep = !matches!(request.target, Target::Search | Target::Proxy);
    let namespace = request.payload.ns();
    // Who may not change a password is not shown the form for it.
    let stores = request.is_set && !HARMLESS.contains(&namespace.as_str()) || namespace == ns::REGISTER;
    may_keep && stores && service.is_anonymous(&request.account())
}

/// The same for a request to a room: it may be changed by whom its owner lets, but keeps no nickname.
pub(crate) fn is_denied_by_rooms(service: &Service, from: &FullJid, iq: &Element) -> bool {
    iq.attr("type") == Some("set")
        && iq.has_child("query", ns::REGISTER)
        && service.is_anonymous(&from.to_bare())
}

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::World;

    const NOBODY: &str = "0123456789abcdef@example.net/a";

    #[tokio::test]
    async fn who_has_no_account_leaves_nothing_behind() {
        let world = World::clustered(2).await;
        let mut nobody = world.anonymous_at(1, NOBODY).await;
        for payload in [
            "<query xmlns='jabber:iq:roster'><item jid='romeo@example.net'/></query>",
            "<vCard xmlns='vcard-temp'><FN>Nobody</FN></vCard>",
            "<query xmlns='jabber:iq:private'><x xmlns='y'/></query>",
            "<query xmlns='jabber:iq:privacy'><list name='x'/></query>",
            "<block xmlns='urn:xmpp:blocking'><item jid='romeo@example.net'/></block>",
            "<query xmlns='jabber:iq:register'><username>new</username><password>x</password></query>",
            "<query xmlns='jabber:iq:register'><remove/></query>",
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='x'/></pubsub>",
        ] {
            nobody.send(&format!("<iq id='1' type='set'>{payload}</iq>")).await;
            let answer = nobody.receive().await;
            assert_eq!(answer.attr("type"), Some("error"), "{payload}");
            assert!(String::from(&answer).contains("not-allowed"), "{answer:?}");
        }
        let create = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><create node='x'/></pubsub>";
        nobody.send(&format!("<iq id='1' type='set' to='pubsub.example.net'>{create}</iq>")).await;
        assert!(String::from(&nobody.receive().await).contains("not-allowed"));
        nobody.send("<presence to='romeo@example.net' type='subscribe'/>").await;
        assert!(String::from(&nobody.receive().await).contains("not-allowed"));
        nobody.send("<iq id='2' type='get'><query xmlns='jabber:iq:roster'/></iq>").await;
        let roster = nobody.receive().await;
        assert_eq!(roster.attr("type"), Some("result"));
        assert_eq!(roster.children().next().expect("roster").children().count(), 0);

        // Both ways between people with and without accounts, on two members.
        let mut romeo = world.online("romeo@example.net/a").await;
        nobody.send("<presence/>").await;
        nobody.receive().await;
        nobody.send("<message to='romeo@example.net' type='chat'><body>hello</body></message>").await;
        assert_eq!(romeo.receive().await.attr("from"), Some(NOBODY));
        let reply = format!("<message to='{NOBODY}' type='chat'><body>who?</body></message>");
        romeo.send(&reply).await;
        assert!(String::from(&nobody.receive().await).contains("who?"));

        nobody.close().await;
        romeo.send(&reply).await;
        assert_eq!(romeo.receive().await.attr("type"), Some("error"), "nothing waits for nobody");
        let name = "0123456789abcdef";
        assert!(world.store.last_presence(name).await.expect("store").is_none());
        assert!(world.store.roster(name).await.expect("store").is_empty());
        assert!(world.store.offline(name).await.expect("store").is_empty());
    }

    #[tokio::test]
    async fn discovery_says_what_kind_of_account_it_is() {
        let world = World::single().await;
        let mut nobody = world.anonymous_at(0, NOBODY).await;
        nobody
            .send("<iq id='1' type='get'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
            .await;
        let answer = String::from(&nobody.receive().await);
        assert!(answer.contains("anonymous") && !answer.contains("registered"), "{answer}");
    }
}
