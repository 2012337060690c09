//! XEP-0191: Blocking Command. A view of the default privacy list, as with Openfire: what one client blocks is blocked for
//! all that have chosen no other list.

use cobnut_xmpp_proto::privacy::{NS_BLOCKING as NS, addresses_of};
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use minidom::Element;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Service, store_failure};

/// What `disco#info` calls it.
pub(super) const FEATURE: &str = NS;

/// Answers a request about the addresses that the sender blocks.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    if matches!(request.target, Target::Account(_)) {
        return Err(Condition::Forbidden);
    }
    match (request.payload.name(), request.is_set) {
        ("blocklist", false) => block_list(service, request).await,
        ("block", true) => block(service, request).await,
        ("unblock", true) => unblock(service, request).await,
        _ => Err(Condition::BadRequest),
    }
}

/// §3.2. Who asks is told of changes from now on.
async fn block_list(service: &Service, request: &IqRequest<'_>) -> Answer {
    if let Some(session) = service.local.get(request.from) {
        session.privacy.follow_blocking();
    }
    let lists = service.stored_privacy_lists(&request.account()).await.map_err(|err| store_failure(&err))?;
    let mut answer = Element::bare("blocklist", NS);
    for address in lists.blocked() {
        answer.append_child(Element::bare("item", NS).with_attr("jid", address.to_string()));
    }
    Ok(Some(answer))
}

/// §3.3
async fn block(service: &Service, request: &IqRequest<'_>) -> Answer {
    let addresses = addresses_of(request.payload)?;
    if addresses.is_empty() {
        return Err(Condition::BadRequest);
    }
    let push = Some(request.payload.clone());
    service.change_privacy(&request.account(), push, |lists| lists.block(&addresses)).await?;
    Ok(None)
}

/// §3.4, §3.5
async fn unblock(service: &Service, request: &IqRequest<'_>) -> Answer {
    let addresses = addresses_of(request.payload)?;
    let push = Some(request.payload.clone());
    service.change_privacy(&request.account(), push, |lists| lists.unblock(&addresses)).await?;
    Ok(None)
}
