//! XEP-0077: In-Band Registration, the part for logged-in users: change of password and removal of the account.

use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use minidom::Element;
use tracing::warn;
use xmpp_parsers::ns;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Service, store_failure};

/// Answers a request.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    if matches!(request.target, Target::Account(_)) {
        return Err(Condition::Forbidden);
    }
    let account = request.account();
    let username = Service::username(&account);
    if !request.is_set {
        return Ok(Some(
            Element::bare("query", ns::REGISTER)
                .with_child(Element::bare("registered", ns::REGISTER))
                .with_child(Element::bare("username", ns::REGISTER).with_text(username))
                .with_child(Element::bare("password", ns::REGISTER)),
        ));
    }
    if is_removal(request) {
        return Ok(None);
    }
    let text = |name| request.payload.get_child(name, ns::REGISTER).map(Element::text);
    let (Some(named), Some(password)) = (text("username"), text("password")) else {
        return Err(Condition::BadRequest);
    };
    if cobnut_xmpp_proto::sasl::prepare_username(&named, service.domain_str()).ok().as_deref()
        != Some(username)
    {
        return Err(Condition::NotAllowed);
    }
    if !service.policy.allows_new_passwords {
        return Err(Condition::NotAllowed);
    }
    if password.is_empty() {
        return Err(Condition::NotAcceptable);
    }
    let is_changed = service.change_password(username, password).await.map_err(|err| store_failure(&err))?;
    if is_changed { Ok(None) } else { Err(Condition::ItemNotFound) }
}

fn is_removal(request: &IqRequest<'_>) -> bool {
    request.is_set && request.payload.has_child("remove", ns::REGISTER)
}

/// Removes the account once the result is queued, as Openfire does.
pub(super) async fn after_answer(service: &Service, request: &IqRequest<'_>) {
    if matches!(request.target, Target::Account(_)) || !is_removal(request) {
        return;
    }
    if let Err(err) = service.delete_account(Service::username(&request.account())).await {
        warn!(%err, "account not removed");
    }
}

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::World;

    use cobnut_xmpp_proto::sasl::verify_password;

    fn set(payload: &str) -> String {
        format!(
            "<iq id='1' type='set' to='example.net'><query xmlns='jabber:iq:register'>{payload}</query></iq>"
        )
    }

    const DONE: &str = "<iq id='1' type='result' from='example.net' to='romeo@example.net/a'/>";

    #[tokio::test]
    async fn a_user_changes_the_own_password_only() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        romeo.ask(&set("<username>romeo</username><password>new</password>"), DONE).await;
        let credentials = world.store.credentials("romeo").await.unwrap().unwrap();
        assert!(!credentials.keys.is_empty());
        assert!(credentials.keys.iter().all(|keys| verify_password("new", keys)));
        for (payload, kind, condition) in [
            ("<username>juliet</username><password>x</password>", "cancel", "not-allowed"),
            ("<username>romeo</username><password/>", "modify", "not-acceptable"),
            ("<username>romeo</username>", "modify", "bad-request"),
        ] {
            let error = format!(
                "<iq id='1' type='error' from='example.net' to='romeo@example.net/a'><error type='{kind}'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            );
            romeo.ask(&set(payload), &error).await;
        }
    }

    #[tokio::test]
    async fn a_user_removes_the_own_account() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        romeo.ask(&set("<remove/>"), DONE).await;
        romeo.expect_close("not-authorized").await;
        assert!(world.store.user("romeo").await.unwrap().is_none());
    }
}
