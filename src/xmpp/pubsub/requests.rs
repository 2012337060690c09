//! What everybody may ask (XEP-0060 §5–§7).

use cobnut_model::limits;
use cobnut_store::PubsubItem;
use cobnut_xmpp_proto::pubsub::{
    Affiliation, NS_OWNER, NS_PUBSUB, NewNode, OwnerRequest, PubsubError, PubsubRequest, Wanted, answer,
    may_read,
};
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::parse_stanza;
use jid::{BareJid, FullJid};
use minidom::Element;
use rand::RngExt as _;

use super::home::Home;
use super::node::subscription_of;
use crate::iq::IqRequest;
use crate::service::{Service, store_failure};
use crate::xep;

/// What a request is answered with.
pub(super) type Answered = Result<Option<Element>, PubsubError>;

/// Whether a request is for this module.
pub(crate) fn is_about(request: &IqRequest<'_>) -> bool {
    request.payload.name() == "pubsub" && [NS_PUBSUB, NS_OWNER].contains(&request.payload.ns().as_str())
}

/// Answers a request to the service or an account.
pub(crate) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answered {
    let home = Home::of(service, request)?;
    let who = request.account();
    // XEP-0175: who has no account leaves nothing behind.
    if request.is_set && service.is_anonymous(&who) {
        return Err(Condition::NotAllowed.into());
    }
    if request.payload.has_ns(NS_OWNER) {
        let asked = OwnerRequest::of(request.payload, request.is_set)?;
        let changed = asked.changed_node().map(str::to_owned);
        let answered = service.answer_owner(&who, &home, asked).await?;
        follow(service, &who, &home, changed.as_deref()).await;
        return Ok(answered);
    }
    let asked = PubsubRequest::of(request.payload, request.is_set)?;
    let changed = asked.changed_node().map(str::to_owned);
    let answered = answer_everybody(service, request.from, &home, asked).await?;
    follow(service, &who, &home, changed.as_deref()).await;
    Ok(answered)
}

/// What else the account keeps follows its items.
async fn follow(service: &Service, who: &BareJid, home: &Home, changed: Option<&str>) {
    if let Some(node) = changed.filter(|_| home.is_of(who)) {
        xep::follow_own_node(service, who, node).await;
    }
}

async fn answer_everybody(service: &Service, from: &FullJid, home: &Home, asked: PubsubRequest) -> Answered {
    let who = from.to_bare();
    match asked {
        PubsubRequest::Publish { node, item, options } => {
            service.publish(from, home, &node, item, &options).await.map(Some)
        }
        PubsubRequest::Retract { node, id, is_told } => {
            service.retract(&who, home, &node, &id, is_told).await.map(|()| None)
        }
        PubsubRequest::Items { node, wanted } => {
            if home.is_of(&who) {
                xep::xep_0402_bookmarks::fill_items(service, from, &node).await;
            }
            items(service, &who, home, &node, wanted).await
        }
        PubsubRequest::Subscribe { node, jid } => service.subscribe(&who, home, &node, jid).await.map(Some),
        PubsubRequest::Unsubscribe { node, jid } => {
            service.unsubscribe(&who, home, &node, &jid).await.map(|()| None)
        }
        PubsubRequest::Create(new) => create(service, &who, home, &new).await,
        PubsubRequest::Subscriptions(node) => subscriptions(service, &who, home, node.as_deref()).await,
        PubsubRequest::Affiliations(node) => affiliations(service, &who, home, node.as_deref()).await,
    }
}

/// A name that nobody else makes up.
pub(super) fn made_up() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}

async fn create(service: &Service, who: &BareJid, home: &Home, new: &NewNode) -> Answered {
    let may_create = match home {
        Home::Account(account) => account == who,
        Home::Domain => service.policy.pubsub.anyone_creates || service.is_admin(who),
    };
    if !may_create {
        return Err(Condition::Forbidden.into());
    }
    let config = new.config(&home.default_config())?;
    let name = new.node.clone().unwrap_or_else(made_up);
    service.make_pubsub_node(home, &name, who, &config).await?;
    Ok(Some(answer::created(&name)))
}

async fn items(service: &Service, who: &BareJid, home: &Home, node: &str, wanted: Wanted) -> Answered {
    let node = service.pubsub_node(home, node).await?;
    may_read(&node.config, node.asker(who))?;
    let id = home.id(service);
    let mut found = Vec::new();
    match wanted {
        Wanted::Named(names) => {
            for name in names {
                let item = service.store.pubsub_item(&id, &node.name, &name).await;
                found.extend(item.map_err(|err| store_failure(&err))?);
            }
        }
        Wanted::Newest(max) => {
            let max = max.unwrap_or(u32::MAX).min(limits::PUBSUB_ITEMS_MAX);
            let items = service.store.pubsub_items(&id, &node.name, max).await;
            found = items.map_err(|err| store_failure(&err))?;
        }
    }
    let mut room = limits::PUBSUB_ANSWER_BYTES_MAX;
    let fits = |item: &PubsubItem| {
        let bytes = item.payload.as_ref().map_or(0, String::len);
        let is_fitting = bytes <= room;
        room = room.saturating_sub(bytes);
        is_fitting
    };
    let fitting = found.iter().map(fits).take_while(|fits| *fits).count();
    found.truncate(fitting);
    let payloads: Vec<Option<Element>> = found.iter().map(payload_of).collect();
    // The newest were found first, and are told last (XEP-0060 §6.5.7).
    let told = found.iter().zip(&payloads).rev();
    let told = told.map(|(item, payload)| (item.id.as_str(), item.publisher.as_str(), payload.as_ref()));
    Ok(Some(answer::items(&node.name, told)))
}

/// The payload of an item; none where it cannot be read.
pub(super) fn payload_of(item: &PubsubItem) -> Option<Element> {
    item.payload.as_ref().and_then(|payload| parse_stanza(payload.as_bytes()).ok())
}

async fn subscriptions(service: &Service, who: &BareJid, home: &Home, node: Option<&str>) -> Answered {
    let rows = service.store.pubsub_subscriptions_of(&home.id(service), who.as_str()).await;
    let rows = rows.map_err(|err| store_failure(&err))?;
    let is_wanted = |row: &&cobnut_store::PubsubSubscription| node.is_none_or(|node| row.node == node);
    let all: Vec<_> = rows.iter().filter(is_wanted).filter_map(subscription_of).collect();
    Ok(Some(answer::subscriptions(node, &all)))
}

async fn affiliations(service: &Service, who: &BareJid, home: &Home, node: Option<&str>) -> Answered {
    let rows = service.store.pubsub_affiliations_of(&home.id(service), who.as_str()).await;
    let rows = rows.map_err(|err| store_failure(&err))?;
    let all = rows.iter().filter_map(|(name, what)| Some((name.as_str(), Affiliation::from_name(what)?)));
    let all = all.filter(|(name, what)| *what != Affiliation::None && node.is_none_or(|node| *name == node));
    Ok(Some(answer::affiliations(node, all)))
}
