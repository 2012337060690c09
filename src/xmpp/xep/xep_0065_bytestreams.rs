//! XEP-0065: SOCKS5 Bytestreams, the stanzas of the proxy at `proxy.DOMAIN`. Bytes go their way in `crate::bytestreams`.

use cobnut_model::limits;
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use jid::Jid;
use minidom::Element;
use xmpp_parsers::ns;

use super::xep_0030_disco;
use crate::bytestreams::{NotActivated, StreamHash};
use crate::iq::{Answer, IqRequest};
use crate::service::Service;

/// The namespace.
const NS: &str = "http://jabber.org/protocol/bytestreams";
/// What `disco` calls the proxy.
pub(super) const NAME: &str = "File Transfer Proxy";
/// What it can.
pub(super) const FEATURES: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS, NS];

/// Where the proxy is.
pub(super) fn address(service: &Service) -> String {
    format!("{}.{}", service.policy.proxy.service_name, service.domain)
}

/// Whether clients can use it.
pub(super) fn is_served(service: &Service) -> bool {
    service.has_any_proxy()
}

/// Whether something is for the proxy.
pub(crate) fn is_at(service: &Service, to: &Jid) -> bool {
    let host = to.domain().as_str().strip_suffix(service.domain_str());
    let label = host.and_then(|host| host.strip_suffix('.'));
    let is_named = label == Some(service.policy.proxy.service_name.as_str()) && to.node().is_none();
    is_named && is_served(service)
}

/// Answers a request to the proxy.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    match request.payload.ns().as_str() {
        ns::DISCO_INFO => xep_0030_disco::answer_info(service, request).await,
        ns::DISCO_ITEMS => xep_0030_disco::answer_items(service, request).await,
        NS if request.payload.name() != "query" => Err(Condition::BadRequest),
        NS if request.is_set => activate(service, request).await,
        NS => tell_address(service, request),
        _ => Err(Condition::FeatureNotImplemented),
    }
}

fn tell_address(service: &Service, request: &IqRequest<'_>) -> Answer {
    let (host, port) = service.proxy_for(request.from).ok_or(Condition::ServiceUnavailable)?;
    let host = Element::bare("streamhost", NS)
        .with_attr("jid", address(service))
        .with_attr("host", host)
        .with_attr("port", port.to_string());
    Ok(Some(Element::bare("query", NS).with_child(host)))
}

/// Only the requester of a stream can name it: its own address, which the server knows, is part of the hash.
async fn activate(service: &Service, request: &IqRequest<'_>) -> Answer {
    let sid = request.payload.attr("sid").ok_or(Condition::BadRequest)?;
    let target = request.payload.get_child("activate", NS).ok_or(Condition::BadRequest)?.text();
    let target = target.trim();
    if sid.is_empty() || sid.chars().count() > limits::BYTESTREAM_SID_CHARS_MAX {
        return Err(Condition::BadRequest);
    }
    let prepared = Jid::new(target).map_err(|_| Condition::JidMalformed)?;
    let requester = request.from.as_str();
    let mut outcome = service.activate_bytestream(StreamHash::of(sid, requester, prepared.as_str())).await;
    // Both ends hash the target's address as they write it.
    if outcome == Err(NotActivated::Unknown) && prepared.as_str() != target {
        outcome = service.activate_bytestream(StreamHash::of(sid, requester, target)).await;
    }
    // XEP-0065 §6.3.5.
    match outcome {
        Ok(()) => Ok(None),
        Err(NotActivated::Unknown) => Err(Condition::ItemNotFound),
        Err(NotActivated::OneSide) => Err(Condition::NotAllowed),
        Err(NotActivated::Silent) => Err(Condition::InternalServerError),
    }
}
