//! XEP-0016: Privacy Lists. The rules are `cobnut_xmpp_proto::privacy`, their effect is in `crate::privacy`.

use cobnut_xmpp_proto::privacy::{NS_PRIVACY as NS, PrivacyList};
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use jid::BareJid;
use minidom::Element;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Service, store_failure};

/// What `disco#info` calls it.
pub(super) const FEATURE: &str = NS;

/// Answers a request about the own lists.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    if matches!(request.target, Target::Account(_)) {
        return Err(Condition::Forbidden);
    }
    if request.payload.name() != "query" {
        return Err(Condition::BadRequest);
    }
    let mut children = request.payload.children();
    let (Some(child), None) = (children.next(), children.next()) else {
        let is_empty = request.payload.children().next().is_none();
        return if is_empty && !request.is_set {
            names(service, request).await
        } else {
            Err(Condition::BadRequest)
        };
    };
    match (child.name(), request.is_set) {
        ("list", false) => list(service, request, child).await,
        ("list", true) => put_or_remove(service, request, child).await,
        ("active", true) => service.choose_privacy_list(request.from, name_of(child)).await.map(|()| None),
        ("default", true) => set_default(service, request, name_of(child)).await,
        _ => Err(Condition::BadRequest),
    }
}

fn name_of(element: &Element) -> Option<&str> {
    element.attr("name").filter(|name| !name.is_empty())
}

/// §2.3: the names of all lists, and which of them count.
async fn names(service: &Service, request: &IqRequest<'_>) -> Answer {
    let lists = service.stored_privacy_lists(&request.account()).await.map_err(|err| store_failure(&err))?;
    let named = |kind: &str, name: &str| Element::bare(kind, NS).with_attr("name", name);
    let mut query = Element::bare("query", NS);
    if let Some(active) = service.local.get(request.from).and_then(|session| session.privacy.active()) {
        query.append_child(named("active", &active));
    }
    if let Some(default) = lists.default_list() {
        query.append_child(named("default", default.name()));
    }
    for name in lists.names() {
        query.append_child(named("list", name));
    }
    Ok(Some(query))
}

/// §2.3: one list with its rules.
async fn list(service: &Service, request: &IqRequest<'_>, asked: &Element) -> Answer {
    let name = name_of(asked).ok_or(Condition::BadRequest)?;
    let lists = service.stored_privacy_lists(&request.account()).await.map_err(|err| store_failure(&err))?;
    let list = lists.get(name).ok_or(Condition::ItemNotFound)?;
    Ok(Some(Element::bare("query", NS).with_child(list.to_element())))
}

/// §2.5: another resource that goes by the default list must not find it changed.
async fn set_default(service: &Service, request: &IqRequest<'_>, name: Option<&str>) -> Answer {
    let account = request.account();
    let lists = service.stored_privacy_lists(&account).await.map_err(|err| store_failure(&err))?;
    let held = lists.default_list().map(|list| list.name());
    if held == name {
        return Ok(None);
    }
    if name.is_some_and(|name| lists.get(name).is_none()) {
        return Err(Condition::ItemNotFound);
    }
    if others_go_by(service, request, None) {
        return Err(Condition::Conflict);
    }
    service.change_privacy(&account, None, |lists| lists.set_default(name)).await?;
    Ok(None)
}

/// §2.6, §2.7: a list without rules is removed.
async fn put_or_remove(service: &Service, request: &IqRequest<'_>, sent: &Element) -> Answer {
    let account = request.account();
    let list = PrivacyList::from_request(sent)?;
    let push = Some(pushed(list.name()));
    if !list.is_empty() {
        service.change_privacy(&account, push, |lists| lists.put(list.clone())).await?;
        return Ok(None);
    }
    let lists = service.stored_privacy_lists(&account).await.map_err(|err| store_failure(&err))?;
    let is_default = lists.default_list().is_some_and(|default| default.name() == list.name());
    if (is_default && others_go_by(service, request, None))
        || others_go_by(service, request, Some(list.name()))
    {
        return Err(Condition::Conflict);
    }
    service.change_privacy(&account, push, |lists| lists.remove(list.name())).await?;
    Ok(None)
}

/// Whether another session of the account goes by a list that it has chosen, or by the default list. What a session on another
/// member has chosen is not known here: it counts as going by the default list.
fn others_go_by(service: &Service, request: &IqRequest<'_>, active: Option<&str>) -> bool {
    let account: BareJid = request.account();
    service.cluster.sessions().of(&account).iter().filter(|entry| entry.record.jid != *request.from).any(
        |entry| {
            let chosen = service.local.get(&entry.record.jid).and_then(|session| session.privacy.active());
            chosen.as_deref() == active
        },
    )
}

/// §2.6: what all resources are told.
fn pushed(name: &str) -> Element {
    Element::bare("query", NS).with_child(Element::bare("list", NS).with_attr("name", name))
}
