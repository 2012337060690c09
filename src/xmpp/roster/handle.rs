//! Roster requests of clients (RFC 6121 §2.1.3 to §2.5).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use cobnut_mesh::Envelope;
use cobnut_model::{RosterItem, limits};
use cobnut_store::StoreError;
use cobnut_xmpp_proto::roster::{RosterSet, apply_removal, item_element, parse_set, roster_version};
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use jid::BareJid;
use minidom::Element;
use tracing::{debug, warn};
use xmpp_parsers::ns;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Service, store_failure};

/// Answers a request in `jabber:iq:roster`.
pub(crate) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    if matches!(request.target, Target::Account(_)) {
        return Err(Condition::Forbidden);
    }
    if request.payload.name() != "query" {
        return Err(Condition::BadRequest);
    }
    if !request.is_set {
        return get(service, request).await;
    }
    match parse_set(request.payload)? {
        RosterSet::Put { contact, name, groups } => put(service, request, &contact, name, groups).await,
        RosterSet::Remove { contact } => remove(service, request, &contact).await,
    }
}

async fn get(service: &Service, request: &IqRequest<'_>) -> Answer {
    // First interested, then the roster: a change in between is pushed rather than lost.
    service.cluster.update(request.from, |record| record.is_interested = true);
    let roster = service.roster(&request.account()).await.map_err(|err| store_failure(&err))?;
    let mut query = Element::bare("query", ns::ROSTER);
    let asked = request.payload.attr("ver").filter(|_| service.policy.has_roster_versions);
    if let (Some(asked), Some(session)) = (asked, service.local.get(request.from)) {
        session.keeps_roster.store(true, Ordering::Relaxed);
        let version = roster_version(&roster);
        if asked == version {
            // RFC 6121 §2.6.3: what has changed is pushed, and nothing has.
            return Ok(None);
        }
        query.put_attr("ver", version);
    }
    for item in roster.iter().filter(|item| item.is_visible) {
        query = query.with_child(item_element(item));
    }
    Ok(Some(query))
}

async fn put(
    service: &Service,
    request: &IqRequest<'_>,
    contact: &BareJid,
    name: Option<String>,
    groups: Vec<String>,
) -> Answer {
    let account = request.account();
    if *contact == account {
        return Err(Condition::NotAllowed);
    }
    if !service.has_roster_room(&account, contact).await {
        return Err(Condition::ResourceConstraint);
    }
    // Clients send all groups of an item. Those that follow from shared groups are not stored.
    let shared = service.shared_groups().await;
    let shared = shared.names_of_contact(&account, contact);
    let groups: Vec<String> = groups.into_iter().filter(|group| !shared.contains(group.as_str())).collect();
    service
        .change_roster_item(&account, contact, |item| {
            let mut item = item.unwrap_or_else(|| new_item(contact));
            item.name.clone_from(&name);
            item.groups.clone_from(&groups);
            item.is_visible = true;
            (Some(item), ())
        })
        .await
        .map_err(|err| store_failure(&err))?;
    service.push_change(&account, contact).await;
    Ok(None)
}

fn new_item(contact: &BareJid) -> RosterItem {
    RosterItem {
        jid: contact.clone(),
        name: None,
        groups: Vec::new(),
        subscription: cobnut_model::Subscription::None,
        ask: cobnut_model::Ask::None,
        pending_in: None,
        is_visible: false,
    }
}

async fn remove(service: &Service, request: &IqRequest<'_>, contact: &BareJid) -> Answer {
    let account = request.account();
    // As Openfire says it: the administrator put it there.
    if service.shared_groups().await.sees(&account, contact) {
        return Err(Condition::NotAcceptable);
    }
    let removed = service
        .change_roster_item(&account, contact, |item| match item {
            Some(item) if item.is_visible => (None, Some(item)),
            other => (other, None),
        })
        .await
        .map_err(|err| store_failure(&err))?
        .ok_or(Condition::ItemNotFound)?;
    service.push_change(&account, contact).await;
    for stanza in apply_removal(&removed) {
        if let Err(err) = service.subscription_on_behalf(&account, contact, stanza).await {
            warn!(%err, jid = %contact, "contact not told of its removal");
        }
    }
    Ok(None)
}

impl Service {
    /// Whether a contact is on the roster already or can be added.
    pub(crate) async fn has_roster_room(&self, account: &BareJid, contact: &BareJid) -> bool {
        match self.store.roster(Self::username(account)).await {
            Ok(roster) => {
                roster.len() < limits::ROSTER_ITEMS_MAX || roster.iter().any(|item| item.jid == *contact)
            }
            Err(err) => {
                store_failure(&err);
                false
            }
        }
    }

    /// The roster of an account with what shared groups put there, invisible items included. While the database is away: as
    /// last read, if it was.
    pub(crate) async fn roster(&self, account: &BareJid) -> Result<Arc<Vec<RosterItem>>, StoreError> {
        let before = self.rosters.before_read();
        let groups = self.shared_groups().await;
        match self.store.roster(Self::username(account)).await {
            Ok(roster) => {
                let roster = if self.is_anonymous(account) { roster } else { groups.roster(account, roster) };
                let roster = Arc::new(roster);
                let sessions = self.cluster.sessions().of(account);
                if sessions.iter().any(|entry| entry.member == self.node()) {
                    self.rosters.remember(account, &roster, &before);
                }
                Ok(roster)
            }
            Err(err) => self.rosters.last(account).ok_or(err),
        }
    }

    /// Changes a roster item as [`Store::update_roster_item`](cobnut_store::Store::update_roster_item) does. Every member
    /// with a session of the account reads the roster again before its next decision about presence.
    pub(crate) async fn change_roster_item<R, F>(
        &self,
        account: &BareJid,
        contact: &BareJid,
        change: F,
    ) -> Result<R, StoreError>
    where
        F: Fn(Option<RosterItem>) -> (Option<RosterItem>, R) + Send + Sync,
        R: Send,
    {
        let result = self.store.update_roster_item(Self::username(account), contact, change).await;
        // After a failure, too: the database may have done it and the answer got lost.
        self.rosters.outdate(account);
        let mut members: Vec<_> =
            self.cluster.sessions().of(account).into_iter().map(|entry| entry.member).collect();
        members.sort_unstable();
        members.dedup();
        for member in members.into_iter().filter(|member| *member != self.node()) {
            let told = self.cluster.send(member, Envelope::RosterChanged { account: account.clone() }).await;
            if let Err(err) = told {
                debug!(%member, jid = %account, %err, "member not told of a changed roster");
            }
        }
        result
    }
}
