//! Shared groups as this member knows them: read from the database from time to time, and what changes is told to the sessions
//! here. Each member does so for its own sessions, so all of them see the same within [`limits::SHARED_GROUPS_FRESH_TIME`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cobnut_model::{RosterItem, limits};
use cobnut_store::{Group, StoreError};
use cobnut_xmpp_proto::roster::{Audience, SharedGroup, SharedGroups};
use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::BareJid;
use minidom::Element;
use tokio::time::Instant;
use tracing::{info, warn};
use xmpp_parsers::ns;

use crate::service::{Recipients, Service};

/// The groups as they were last read.
#[derive(Debug, Default)]
pub(crate) struct GroupsCache {
    last: Mutex<Option<Read>>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Read {
    groups: Arc<SharedGroups>,
    /// When; `None` if they are known to have changed.
    at: Option<Instant>,
}

impl GroupsCache {
    /// What decisions that cannot wait go by.
    pub(crate) fn last(&self) -> Arc<SharedGroups> {
        self.lock().as_ref().map(|read| Arc::clone(&read.groups)).unwrap_or_default()
    }

    fn fresh(&self) -> Option<Arc<SharedGroups>> {
        let last = self.lock();
        let read = last.as_ref()?;
        let is_fresh = read.at.is_some_and(|at| at.elapsed() < limits::SHARED_GROUPS_FRESH_TIME);
        is_fresh.then(|| Arc::clone(&read.groups))
    }

    /// They are read again before they are used next.
    pub(crate) fn outdate(&self) {
        if let Some(read) = self.lock().as_mut() {
            read.at = None;
        }
    }

    /// Returns what was known before, if anything was.
    fn remember(&self, groups: Arc<SharedGroups>) -> Option<Arc<SharedGroups>> {
        let read = Read { groups, at: Some(Instant::now()) };
        self.lock().replace(read).map(|before| before.groups)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Read>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks after the groups as long as the service lives.
pub(crate) fn start(service: &Arc<Service>) {
    let token = service.tasks.token().clone();
    let weak = Arc::downgrade(service);
    service.tasks.spawn("look after shared groups", async move {
        loop {
            tokio::select! {
                () = token.cancelled() => return,
                () = tokio::time::sleep(limits::SHARED_GROUPS_FRESH_TIME) => {}
            }
            let Some(service) = weak.upgrade() else { return };
            service.shared_groups().await;
        }
    });
}

impl Service {
    /// The groups, read again if that was a while ago. If the database does not answer, as they were.
    pub(crate) async fn shared_groups(&self) -> Arc<SharedGroups> {
        if let Some(groups) = self.groups.fresh() {
            return groups;
        }
        let _turn = self.groups.turn.lock().await;
        if let Some(groups) = self.groups.fresh() {
            return groups;
        }
        let groups = match self.read_groups().await {
            Ok(groups) => Arc::new(groups),
            Err(err) => {
                warn!(%err, "shared groups not read; rosters go by what was known of them");
                self.groups.last()
            }
        };
        let before = self.groups.remember(Arc::clone(&groups));
        if let Some(before) = before.filter(|before| *before != groups) {
            self.tell_later(before, Arc::clone(&groups));
        }
        groups
    }

    async fn read_groups(&self) -> Result<SharedGroups, StoreError> {
        let groups = self.store.groups_if_shared().await?;
        if groups.is_empty() {
            return Ok(SharedGroups::default());
        }
        let names = self.store.names_of_group_members().await?;
        let names = names.into_iter().filter_map(|(username, name)| Some((self.member(&username)?, name)));
        Ok(SharedGroups::new(self.shared_among(&groups), names.collect()))
    }

    /// The groups that are shown to somebody. Openfire does not show a group without a name for rosters.
    fn shared_among(&self, groups: &[Group]) -> Vec<SharedGroup> {
        let members = |group: &Group| -> Vec<BareJid> {
            group.members.iter().filter_map(|member| self.member(&member.address)).collect()
        };
        let by_name: BTreeMap<&str, &Group> =
            groups.iter().map(|group| (group.name.as_str(), group)).collect();
        let shared = groups.iter().filter_map(|group| {
            let property = |name: &str| group.properties.get(name).map_or("", |value| value.trim());
            let audience = match property("sharedRoster.showInRoster") {
                "everybody" => Audience::Everybody,
                "onlyGroup" => {
                    let listed = property("sharedRoster.groupList").split(',').map(str::trim);
                    let listed = listed.filter_map(|name| by_name.get(name));
                    Audience::Members(listed.flat_map(|group| members(group)).collect())
                }
                _ => return None,
            };
            let display_name = Some(property("sharedRoster.displayName")).filter(|name| !name.is_empty())?;
            Some(SharedGroup { display_name: display_name.to_owned(), members: members(group), audience })
        });
        shared.collect()
    }

    /// The address of a member: a user name, or an address of any domain.
    fn member(&self, address: &str) -> Option<BareJid> {
        let address =
            if address.contains('@') { address.to_owned() } else { format!("{address}@{}", self.domain) };
        BareJid::new(&address).ok()
    }

    fn tell_later(&self, before: Arc<SharedGroups>, after: Arc<SharedGroups>) {
        let Some(service) = self.handle_for_task() else { return };
        self.tasks.spawn("tell of changed groups", async move {
            let accounts: BTreeSet<BareJid> = service.local.jids().iter().map(|jid| jid.to_bare()).collect();
            info!(accounts = accounts.len(), "shared groups have changed, sessions here are told");
            for account in accounts {
                service.tell_of_groups(&account, &before, &after).await;
            }
        });
    }

    /// Tells the sessions of an account here what has become of its roster, and who is online that it sees now.
    async fn tell_of_groups(&self, account: &BareJid, before: &SharedGroups, after: &SharedGroups) {
        if self.is_anonymous(account) {
            return;
        }
        let items = |groups: &SharedGroups| -> HashMap<BareJid, RosterItem> {
            groups.roster(account, Vec::new()).into_iter().map(|item| (item.jid.clone(), item)).collect()
        };
        let (old, new) = (items(before), items(after));
        let both: BTreeSet<&BareJid> = old.keys().chain(new.keys()).collect();
        let changed: Vec<&BareJid> =
            both.into_iter().filter(|contact| old.get(*contact) != new.get(*contact)).collect();
        if changed.is_empty() {
            return;
        }
        self.rosters.outdate(account);
        if changed.len() > limits::SHARED_GROUP_PUSHES_MAX {
            info!(%account, contacts = changed.len(), "too many changes to tell; seen at the next login");
            return;
        }
        for contact in changed {
            self.push_here(account, contact).await;
            match (before.sees(account, contact), after.sees(account, contact)) {
                (false, true) => self.show_contact(account, contact).await,
                (true, false) => self.hide_contact(account, contact).await,
                _ => {}
            }
        }
    }

    async fn show_contact(&self, account: &BareJid, contact: &BareJid) {
        let mut observers = self.available_sessions(account);
        observers.retain(|entry| entry.member == self.node());
        for entry in self.available_sessions(contact) {
            self.show_presence(&entry, observers.clone()).await;
        }
    }

    async fn hide_contact(&self, account: &BareJid, contact: &BareJid) {
        // The user's own item may go on to show the contact.
        if self.may_see(account, contact).await {
            return;
        }
        for entry in self.available_sessions(contact) {
            let mut recipients = Recipients::new();
            recipients.add(self.available_sessions(account));
            recipients.retain_member(self.node());
            let unavailable = Element::bare("presence", ns::JABBER_CLIENT)
                .with_attr("type", "unavailable")
                .with_attr("from", entry.record.jid.to_string());
            self.fan_out(recipients, &stanza_bytes(&unavailable)).await;
        }
    }
}
