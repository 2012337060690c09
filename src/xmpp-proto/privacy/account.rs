//! The lists of one account.

use std::collections::BTreeMap;
use std::sync::Arc;

use cobnut_model::limits;
use jid::Jid;
use minidom::Element;

use super::list::PrivacyList;
use crate::stanza::Condition;
use crate::xml::{parse_stanza, stanza_bytes};

/// The name of the list that blocking makes where there is no default list. As Openfire calls it.
const BLOCKING_LIST: &str = "default";

/// All lists of an account, and which of them counts where a session has not chosen another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrivacyLists {
    default: Option<String>,
    lists: BTreeMap<String, Arc<PrivacyList>>,
}

impl PrivacyLists {
    /// Adds a list as it was stored; one that is no XML counts as empty. Returns how many of its rules cannot be understood
    /// and are left out.
    pub fn add_stored(&mut self, name: &str, is_default: bool, xml: &str) -> usize {
        let (list, lost) = match parse_stanza(xml.as_bytes()) {
            Ok(element) => PrivacyList::from_stored(name, &element),
            Err(_) => (PrivacyList::empty(name), 1),
        };
        if is_default {
            self.default = Some(name.to_owned());
        }
        self.lists.insert(name.to_owned(), Arc::new(list));
        lost
    }

    /// Name, whether it is the default list, and text of each, to be stored.
    pub fn to_stored(&self) -> impl Iterator<Item = (&str, bool, String)> {
        self.lists.values().map(|list| {
            let xml = String::from_utf8_lossy(&stanza_bytes(&list.to_element())).into_owned();
            (list.name(), self.default.as_deref() == Some(list.name()), xml)
        })
    }

    /// A list by its name.
    pub fn get(&self, name: &str) -> Option<&Arc<PrivacyList>> {
        self.lists.get(name)
    }

    /// The default list.
    pub fn default_list(&self) -> Option<&Arc<PrivacyList>> {
        self.lists.get(self.default.as_ref()?)
    }

    /// The names of all lists.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }

    /// Makes or replaces a list (XEP-0016 §2.6). More lists than [`limits::PRIVACY_LISTS_MAX`], or one that is too long to be
    /// stored, are `not-acceptable`.
    pub fn put(&mut self, list: PrivacyList) -> Result<(), Condition> {
        let is_new = !self.lists.contains_key(list.name());
        let bytes = stanza_bytes(&list.to_element()).len();
        if (is_new && self.lists.len() >= limits::PRIVACY_LISTS_MAX) || bytes > limits::PRIVACY_LIST_BYTES_MAX
        {
            return Err(Condition::NotAcceptable);
        }
        self.lists.insert(list.name().to_owned(), Arc::new(list));
        Ok(())
    }

    /// Removes a list (XEP-0016 §2.7).
    pub fn remove(&mut self, name: &str) -> Result<(), Condition> {
        self.lists.remove(name).ok_or(Condition::ItemNotFound)?;
        self.default.take_if(|default| default == name);
        Ok(())
    }

    /// Chooses the default list, or none (XEP-0016 §2.5).
    pub fn set_default(&mut self, name: Option<&str>) -> Result<(), Condition> {
        if name.is_some_and(|name| !self.lists.contains_key(name)) {
            return Err(Condition::ItemNotFound);
        }
        self.default = name.map(str::to_owned);
        Ok(())
    }

    /// The addresses that the default list blocks (XEP-0191 §3.2).
    pub fn blocked(&self) -> impl Iterator<Item = &Jid> {
        self.default_list().into_iter().flat_map(|list| list.blocked())
    }

    /// Blocks addresses in the default list, which is made if there is none (XEP-0191 §3.3). More rules than
    /// [`limits::PRIVACY_RULES_MAX`] are `not-acceptable`.
    pub fn block(&mut self, addresses: &[Jid]) -> Result<(), Condition> {
        let list = match self.default_list() {
            Some(list) => list.with_blocked(addresses),
            None => PrivacyList::empty(&self.free_name()).with_blocked(addresses),
        };
        if list.len() > limits::PRIVACY_RULES_MAX {
            return Err(Condition::NotAcceptable);
        }
        let name = list.name().to_owned();
        self.put(list)?;
        self.default = Some(name);
        Ok(())
    }

    /// Blocks addresses no longer, none at all if `addresses` is empty (XEP-0191 §3.4, §3.5).
    pub fn unblock(&mut self, addresses: &[Jid]) -> Result<(), Condition> {
        self.default_list().map(|list| list.with_unblocked(addresses)).map_or(Ok(()), |list| self.put(list))
    }

    /// A name that no list has.
    fn free_name(&self) -> String {
        let more = (2..).map(|number| format!("{BLOCKING_LIST} {number}"));
        let mut names = std::iter::once(BLOCKING_LIST.to_owned()).chain(more);
        names.find(|name| !self.lists.contains_key(name)).unwrap_or_default()
    }
}

/// The addresses of a `block` or `unblock` (XEP-0191 §3.3); one that is none is `jid-malformed`, anything else than `item`
/// `bad-request`.
pub fn addresses_of(request: &Element) -> Result<Vec<Jid>, Condition> {
    let address = |item: &Element| {
        if item.name() != "item" {
            return Err(Condition::BadRequest);
        }
        Jid::new(item.attr("jid").ok_or(Condition::BadRequest)?).map_err(|_| Condition::JidMalformed)
    };
    request.children().map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &str, items: &str) -> PrivacyList {
        let text = format!("<list xmlns='jabber:iq:privacy' name='{name}'>{items}</list>");
        PrivacyList::from_request(&text.parse().expect("xml")).expect("list")
    }

    fn jids(texts: &[&str]) -> Vec<Jid> {
        texts.iter().map(|text| text.parse().expect("jid")).collect()
    }

    fn blocked(lists: &PrivacyLists) -> Vec<String> {
        lists.blocked().map(ToString::to_string).collect()
    }

    #[test]
    fn lists_are_stored_and_read_again() {
        let mut lists = PrivacyLists::default();
        lists.put(list("home", "<item action='deny' order='1'/>")).expect("put");
        lists.put(list("work", "")).expect("put");
        lists.set_default(Some("home")).expect("default");
        let mut again = PrivacyLists::default();
        for (name, is_default, xml) in lists.to_stored() {
            assert_eq!(again.add_stored(name, is_default, &xml), 0);
        }
        assert_eq!(again, lists);
        // As Openfire may have written it.
        assert_eq!(
            again.add_stored("old", false, "<list name='old'><item action='deny' order='1'/><x/></list>"),
            1
        );
        assert_eq!(again.add_stored("broken", false, "<list"), 1);
        assert!(again.get("broken").is_some_and(|list| list.is_empty()));
    }

    #[test]
    fn the_default_list_is_chosen_among_those_that_are_there() {
        let mut lists = PrivacyLists::default();
        assert_eq!(lists.set_default(Some("home")), Err(Condition::ItemNotFound));
        assert_eq!(lists.remove("home"), Err(Condition::ItemNotFound));
        lists.put(list("home", "")).expect("put");
        lists.set_default(Some("home")).expect("default");
        assert!(lists.default_list().is_some());
        lists.remove("home").expect("remove");
        assert!(lists.default_list().is_none());
        lists.set_default(None).expect("no default");
    }

    #[test]
    fn blocking_makes_a_default_list_or_changes_the_one_there_is() {
        let mut lists = PrivacyLists::default();
        lists.unblock(&[]).expect("nothing to do");
        lists.put(list("default", "")).expect("put");
        lists.block(&jids(&["a@b", "c@d"])).expect("block");
        assert_eq!(lists.names().collect::<Vec<_>>(), ["default", "default 2"]);
        assert_eq!(lists.default_list().map(|list| list.name()), Some("default 2"));
        lists.block(&jids(&["e@f"])).expect("block");
        assert_eq!(blocked(&lists), ["e@f", "a@b", "c@d"]);
        lists.unblock(&jids(&["a@b"])).expect("unblock");
        assert_eq!(blocked(&lists), ["e@f", "c@d"]);
        lists.unblock(&[]).expect("unblock all");
        assert!(blocked(&lists).is_empty());
    }

    #[test]
    fn lists_and_their_length_are_bounded() {
        let mut lists = PrivacyLists::default();
        for number in 0..limits::PRIVACY_LISTS_MAX {
            lists.put(list(&format!("l{number}"), "")).expect("put");
        }
        assert_eq!(lists.put(list("more", "")), Err(Condition::NotAcceptable));
        lists.put(list("l1", "<item action='deny' order='1'/>")).expect("replaced");
        let many: Vec<Jid> = (0..=limits::PRIVACY_RULES_MAX)
            .map(|number| format!("u{number}@b").parse().expect("jid"))
            .collect();
        lists.set_default(Some("l1")).expect("default");
        assert_eq!(lists.block(&many), Err(Condition::NotAcceptable));
        let long: Vec<String> = (0..limits::PRIVACY_RULES_MAX)
            .map(|order| {
                format!("<item type='group' value='{}' action='deny' order='{order}'/>", "x".repeat(100))
            })
            .collect();
        assert_eq!(lists.put(list("l2", &long.concat())), Err(Condition::NotAcceptable));
    }

    #[test]
    fn addresses_are_read() {
        let read = |items: &str| {
            addresses_of(&format!("<block xmlns='urn:xmpp:blocking'>{items}</block>").parse().expect("xml"))
        };
        assert_eq!(read("<item jid='a@b'/><item jid='c'/>"), Ok(jids(&["a@b", "c"])));
        assert_eq!(read(""), Ok(Vec::new()));
        assert_eq!(read("<item jid='@'/>"), Err(Condition::JidMalformed));
        assert_eq!(read("<item/>"), Err(Condition::BadRequest));
        assert_eq!(read("<x jid='a@b'/>"), Err(Condition::BadRequest));
    }
}
