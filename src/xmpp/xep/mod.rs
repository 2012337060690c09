//! The server side of every XEP: one file each. A request is answered by the module of its payload's namespace.

mod shared_groups;
mod xep_0012_last_activity;
mod xep_0013_flexible_offline;
mod xep_0016_privacy_lists;
mod xep_0030_disco;
mod xep_0049_private_storage;
mod xep_0054_vcard_temp;
pub(crate) mod xep_0055_search;
mod xep_0059_result_sets;
pub(crate) mod xep_0065_bytestreams;
mod xep_0077_registration;
mod xep_0092_version;
pub(crate) mod xep_0115_capabilities;
pub(crate) mod xep_0133_administration;
pub(crate) mod xep_0160_offline;
pub(crate) mod xep_0175_anonymous;
mod xep_0191_blocking;
mod xep_0199_ping;
mod xep_0202_time;
pub(crate) mod xep_0203_delay;
mod xep_0280_carbons;
mod xep_0313_archive;
pub(crate) mod xep_0398_avatars;
pub(crate) mod xep_0402_bookmarks;

use cobnut_xmpp_proto::avatar::NS_METADATA;
use cobnut_xmpp_proto::bookmarks::NS_BOOKMARKS;
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::ns as stream_ns;
use jid::BareJid;
use xmpp_parsers::ns;

use crate::iq::{Answer, IqRequest, Target};
use crate::roster;
use crate::service::Service;

/// Answers a request to the server or an account. What nobody knows is `service-unavailable`.
pub(crate) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    if xep_0175_anonymous::is_denied(service, request) {
        return Err(Condition::NotAllowed);
    }
    if request.target == Target::Search {
        return xep_0055_search::answer(service, request).await;
    }
    if request.target == Target::Proxy {
        return xep_0065_bytestreams::answer(service, request).await;
    }
    if request.target == Target::Pubsub {
        return match request.payload.ns().as_str() {
            ns::DISCO_INFO => xep_0030_disco::answer_info(service, request).await,
            ns::DISCO_ITEMS => xep_0030_disco::answer_items(service, request).await,
            _ => Err(Condition::FeatureNotImplemented),
        };
    }
    match request.payload.ns().as_str() {
        ns::ROSTER => roster::answer(service, request).await,
        xep_0012_last_activity::NS => xep_0012_last_activity::answer(service, request).await,
        xep_0016_privacy_lists::FEATURE => xep_0016_privacy_lists::answer(service, request).await,
        xep_0191_blocking::FEATURE => xep_0191_blocking::answer(service, request).await,
        ns::DISCO_INFO => xep_0030_disco::answer_info(service, request).await,
        ns::DISCO_ITEMS => xep_0030_disco::answer_items(service, request).await,
        ns::PRIVATE => xep_0049_private_storage::answer(service, request).await,
        ns::VCARD => xep_0054_vcard_temp::answer(service, request).await,
        ns::REGISTER => xep_0077_registration::answer(service, request).await,
        ns::VERSION => xep_0092_version::answer(service, request),
        ns::PING => xep_0199_ping::answer(request),
        ns::TIME => xep_0202_time::answer(request),
        ns::CARBONS => xep_0280_carbons::answer(service, request),
        xep_0133_administration::FEATURE => xep_0133_administration::answer(service, request).await,
        // Boxed: rare, and large.
        xep_0313_archive::NS => Box::pin(xep_0313_archive::answer(service, request)).await,
        xep_0013_flexible_offline::FEATURE => xep_0013_flexible_offline::answer(service, request).await,
        shared_groups::NS => shared_groups::answer(service, request).await,
        // Compat: clients from before RFC 6121 ask for a session, whatever the features say.
        stream_ns::SESSION if !matches!(request.target, Target::Account(_)) => Ok(None),
        // RFC 6120 §7.7.2.2 allows one resource for each stream.
        ns::BIND => Err(Condition::NotAllowed),
        _ => Err(Condition::ServiceUnavailable),
    }
}

/// What an account keeps in another form, too, follows the items of its node.
pub(crate) async fn follow_own_node(service: &Service, account: &BareJid, node: &str) {
    match node {
        NS_BOOKMARKS => xep_0402_bookmarks::follow_items(service, account).await,
        NS_METADATA => xep_0398_avatars::follow_items(service, account).await,
        _ => {}
    }
}

/// What follows once the answer is queued.
pub(crate) async fn after_answer(service: &Service, request: &IqRequest<'_>) {
    if request.payload.ns() == ns::REGISTER && !xep_0175_anonymous::is_denied(service, request) {
        xep_0077_registration::after_answer(service, request).await;
    }
}

/// Features that `disco#info` of the domain lists.
pub(crate) const SERVER_FEATURES: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::CAPS,
    ns::ROSTER,
    xep_0012_last_activity::NS,
    xep_0016_privacy_lists::FEATURE,
    xep_0191_blocking::FEATURE,
    ns::PRIVATE,
    ns::VCARD,
    ns::REGISTER,
    ns::VERSION,
    ns::PING,
    ns::TIME,
    ns::CARBONS,
    shared_groups::NS,
    xep_0133_administration::FEATURE,
    xep_0013_flexible_offline::FEATURE,
    xep_0160_offline::FEATURE,
];
