//! Which list counts for a session.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cobnut_xmpp_proto::privacy::{PrivacyList, PrivacyLists};

/// A session's choice among the lists of its account. Takes no room on the heap for who has none.
#[derive(Debug, Default)]
pub(crate) struct SessionPrivacy(Mutex<Option<Box<Choice>>>);

#[derive(Debug, Default, Clone)]
struct Choice {
    /// The list that the client chose, by name.
    active: Option<String>,
    /// The list that counts: the active one, else the default of the account.
    list: Option<Arc<PrivacyList>>,
    /// Whether the client has asked for the block list and is told of changes (XEP-0191 §3.2).
    follows_blocking: bool,
}

impl SessionPrivacy {
    /// The list that counts.
    pub(crate) fn list(&self) -> Option<Arc<PrivacyList>> {
        self.held().as_ref()?.list.clone()
    }

    /// The name of the list that the client chose.
    pub(crate) fn active(&self) -> Option<String> {
        self.held().as_ref()?.active.clone()
    }

    /// Whether the client is told of changes of the block list.
    pub(crate) fn follows_blocking(&self) -> bool {
        self.held().as_ref().is_some_and(|choice| choice.follows_blocking)
    }

    /// The client has asked for the block list.
    pub(crate) fn follow_blocking(&self) {
        self.change(|choice| choice.follows_blocking = true);
    }

    /// The client chooses a list of `lists`, or none.
    pub(crate) fn choose(&self, active: Option<String>, lists: &PrivacyLists) {
        self.change(|choice| {
            choice.active = active;
            choice.update(lists);
        });
    }

    /// The lists of the account are these from now on.
    pub(crate) fn update(&self, lists: &PrivacyLists) {
        self.change(|choice| choice.update(lists));
    }

    fn change(&self, change: impl FnOnce(&mut Choice)) {
        let mut held = self.held();
        let mut choice = held.take().unwrap_or_default();
        change(&mut choice);
        let is_of_use = choice.active.is_some() || choice.list.is_some() || choice.follows_blocking;
        *held = is_of_use.then_some(choice);
    }

    fn held(&self) -> MutexGuard<'_, Option<Box<Choice>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Choice {
    fn update(&mut self, lists: &PrivacyLists) {
        // A list that was removed meanwhile, on another member, is chosen no longer.
        self.active.take_if(|name| lists.get(name).is_none());
        let list = match &self.active {
            Some(name) => lists.get(name),
            None => lists.default_list(),
        };
        self.list = list.filter(|list| !list.is_empty()).cloned();
    }
}
