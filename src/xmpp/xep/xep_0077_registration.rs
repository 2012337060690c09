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
