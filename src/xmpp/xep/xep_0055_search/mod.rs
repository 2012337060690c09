//! XEP-0055: Jabber Search, as Openfire's search plugin does it at `search.DOMAIN`: with its data form (Smack knows no
//! other way) and with the fields from before data forms.
//!
//! The form has one text and a switch for each field. Compat: Spark reads the columns of the result by their order.

mod answer;
mod gate;
mod request;
#[cfg(test)]
mod tests;

use cobnut_store::{DirectoryPage, DirectoryQuery};
use cobnut_xmpp_proto::stanza::Condition;
use jid::Jid;
use xmpp_parsers::ns;
use xmpp_parsers::rsm::SetQuery;

use self::gate::Gate;
use self::request::Wanted;
use super::{xep_0030_disco, xep_0059_result_sets};
use crate::iq::{Answer, IqRequest};
use crate::service::{Service, store_failure};
use crate::settings::SearchPolicy;
use cobnut_model::limits;

/// The namespace.
const NS: &str = "jabber:iq:search";
/// What `disco` calls the service.
pub(super) const NAME: &str = "User Search";
/// What it can.
pub(super) const FEATURES: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS, NS, ns::RSM];

/// The user search of one node.
#[derive(Debug, Default)]
pub(crate) struct Search {
    gate: Gate,
}

/// Where the service is.
pub(super) fn address(service: &Service) -> String {
    format!("{}.{}", service.policy.search.service_name, service.domain)
}

/// Whether something is for the service.
pub(crate) fn is_at(service: &Service, to: &Jid) -> bool {
    let host = to.domain().as_str().strip_suffix(service.domain_str());
    let label = host.and_then(|host| host.strip_suffix('.'));
    label == Some(service.policy.search.service_name.as_str()) && to.node().is_none()
}

/// Answers a request to the service.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    match request.payload.ns().as_str() {
        ns::DISCO_INFO => xep_0030_disco::answer_info(service, request).await,
        ns::DISCO_ITEMS => xep_0030_disco::answer_items(service, request).await,
        NS if request.payload.name() == "query" => search(service, request).await,
        NS => Err(Condition::BadRequest),
        _ => Err(Condition::FeatureNotImplemented),
    }
}

async fn search(service: &Service, request: &IqRequest<'_>) -> Answer {
    let policy = &service.policy.search;
    if !policy.is_on {
        return Ok(Some(answer::switched_off()));
    }
    if !request.is_set {
        return Ok(Some(answer::form(&policy.fields)));
    }
    let Some(wanted) = request::read(request.payload, &policy.fields)? else { return Ok(None) };
    let page = xep_0059_result_sets::requested(request.payload)?;
    let query = directory_query(policy, request, &wanted, page.as_ref());
    let account = request.account();
    let _turn = service.search.gate.enter(&account).await.ok_or(Condition::ResourceConstraint)?;
    let found = service.store.search_directory(&query).await.map_err(|err| store_failure(&err))?;
    let mut result = answer::results(&wanted, &found.entries, &policy.fields, service.domain_str());
    if page.is_some() {
        let ends = found.entries.first().zip(found.entries.last());
        let ends = ends.map(|(first, last)| (first.username.as_str(), last.username.as_str()));
        result.append_child(xep_0059_result_sets::described(found.total, found.first, ends));
    }
    Ok(Some(result))
}

fn directory_query(
    policy: &SearchPolicy,
    request: &IqRequest<'_>,
    wanted: &Wanted,
    page: Option<&SetQuery>,
) -> DirectoryQuery {
    let account = request.account();
    DirectoryQuery {
        username: wanted.username.clone(),
        name: wanted.name.clone(),
        email: wanted.email.clone(),
        in_groups_of: policy.is_within_groups.then(|| Service::username(&account).to_owned()),
        page: page.map(page_of).unwrap_or_default(),
        limit: page
            .and_then(|page| page.max)
            .and_then(|max| u32::try_from(max).ok())
            .map_or(limits::SEARCH_RESULTS_MAX, |max| max.min(limits::SEARCH_RESULTS_MAX)),
    }
}

fn page_of(page: &SetQuery) -> DirectoryPage {
    match (&page.after, &page.before, page.index) {
        (Some(after), ..) => DirectoryPage::After(after.clone()),
        (None, Some(before), _) if before.is_empty() => DirectoryPage::Last,
        (None, Some(before), _) => DirectoryPage::Before(before.clone()),
        (None, None, index) => {
            DirectoryPage::At(index.map_or(0, |index| u32::try_from(index).unwrap_or(u32::MAX)))
        }
    }
}
