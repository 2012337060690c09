//! Addresses to dial: configured, resolved from names, learned from members. Dialled for as long as the node runs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use cobnut_model::limits::MEMBERS_MAX;

use crate::config::Candidate;
use crate::entropy::Entropy;
use crate::{ConnId, Origin, Timestamp};

/// A failed or finished dial is repeated after a time between these, in milliseconds.
const RETRY_MS: (u64, u64) = (500, 2000);
/// The same after a refusal that only an operator can end.
const RETRY_REFUSED_MS: (u64, u64) = (4000, 8000);
/// An address that only former members knew is dialled this long. Hazelcast's retention of previously joined members.
const LEARNED_RETENTION_MS: u64 = 4 * 60 * 60 * 1000;
/// Addresses learned from others.
const LEARNED_MAX: usize = 4 * MEMBERS_MAX;
/// Addresses of one host name.
const ADDRESSES_PER_NAME_MAX: usize = MEMBERS_MAX;

#[derive(Debug, Default)]
struct Address {
    candidates: BTreeSet<usize>,
    learned_until: Option<Timestamp>,
    is_self: bool,
    dialling: Option<ConnId>,
    trouble: Option<String>,
    is_refused: bool,
    answered_by: Option<Origin>,
}

#[derive(Debug)]
struct Name {
    candidate: Candidate,
    /// Set when the host is an IP address.
    literal: Option<IpAddr>,
    resolved: Vec<IpAddr>,
    error: Option<String>,
    /// No longer in the configuration. The place stays, so that a late answer of the resolver cannot be taken for
    /// that of another entry.
    is_removed: bool,
}

impl Name {
    fn new(candidate: &Candidate) -> Self {
        let literal = candidate.host.parse().ok();
        Self {
            candidate: candidate.clone(),
            literal,
            resolved: literal.into_iter().collect(),
            error: None,
            is_removed: false,
        }
    }
}

#[derive(Debug)]
pub(crate) struct AddressBook {
    own: SocketAddr,
    names: Vec<Name>,
    addresses: BTreeMap<SocketAddr, Address>,
}

impl AddressBook {
    pub(crate) fn new(own: SocketAddr, candidates: &[Candidate]) -> Self {
        let names = candidates.iter().map(Name::new).collect();
        let mut book = Self { own, names, addresses: BTreeMap::new() };
        for index in 0..book.names.len() {
            book.refresh(index);
        }
        book
    }

    /// Replaces the configured entries. Returns the new host names that need the resolver, by candidate index.
    ///
    /// Entries that are in both lists keep what is known of them. Addresses that only a removed entry named are not
    /// dialled any more; who is a member already stays one.
    pub(crate) fn set_candidates(&mut self, candidates: &[Candidate]) -> Vec<usize> {
        for index in 0..self.names.len() {
            let Some(name) = self.names.get_mut(index) else { continue };
            if !name.is_removed && !candidates.contains(&name.candidate) {
                name.is_removed = true;
                name.resolved.clear();
                name.error = None;
                self.refresh(index);
            }
        }
        let mut to_resolve = Vec::new();
        for candidate in candidates {
            if self.names.iter().any(|name| !name.is_removed && name.candidate == *candidate) {
                continue;
            }
            let name = Name::new(candidate);
            let index = self.names.len();
            if name.literal.is_none() {
                to_resolve.push(index);
            }
            self.names.push(name);
            self.refresh(index);
        }
        // What nobody names and no dial is under way to is forgotten at once.
        self.addresses.retain(|_, entry| {
            !entry.candidates.is_empty() || entry.learned_until.is_some() || entry.dialling.is_some()
        });
        to_resolve
    }

    /// Host names that need the resolver, by candidate index.
    pub(crate) fn to_resolve(&self) -> Vec<usize> {
        let needed =
            |(index, name): (usize, &Name)| (!name.is_removed && name.literal.is_none()).then_some(index);
        self.names.iter().enumerate().filter_map(needed).collect()
    }

    pub(crate) fn host(&self, candidate: usize) -> Option<&str> {
        let name = self.names.get(candidate).filter(|name| !name.is_removed);
        name.map(|name| name.candidate.host.as_str())
    }

    /// Takes the resolver's answer. Returns the entry and its trouble if that changed.
    pub(crate) fn resolved(
        &mut self,
        candidate: usize,
        answer: Result<Vec<IpAddr>, String>,
    ) -> Option<(String, Option<String>)> {
        let name = self.names.get_mut(candidate).filter(|name| !name.is_removed)?;
        let error = match answer {
            Ok(mut addresses) if !addresses.is_empty() => {
                addresses.truncate(ADDRESSES_PER_NAME_MAX);
                name.resolved = addresses;
                None
            }
            Ok(_) => Some("the name has no address".to_owned()),
            Err(error) => Some(error),
        };
        let changed = name.error.is_some() != error.is_some();
        name.error.clone_from(&error);
        let entry = name.candidate.text();
        self.refresh(candidate);
        changed.then_some((entry, error))
    }

    pub(crate) fn has_resolved(&self, candidate: usize) -> bool {
        self.names.get(candidate).is_some_and(|name| name.error.is_none() && !name.resolved.is_empty())
    }

    /// A member told us about this address.
    pub(crate) fn learn(&mut self, address: SocketAddr, now: Timestamp) {
        if address.port() == 0 || address.ip().is_unspecified() {
            return;
        }
        let learned = self.addresses.values().filter(|known| known.candidates.is_empty()).count();
        if learned >= LEARNED_MAX && !self.addresses.contains_key(&address) {
            return;
        }
        let own = self.own;
        let entry = self.addresses.entry(address).or_default();
        entry.is_self |= address == own;
        entry.learned_until = Some(now.plus(LEARNED_RETENTION_MS));
    }

    /// Addresses without a running dial whose owner, if known, is not in `members`.
    pub(crate) fn wanted(&self, is_member: impl Fn(&Origin) -> bool) -> Vec<SocketAddr> {
        self.addresses
            .iter()
            .filter(|(_, entry)| !entry.is_self && entry.dialling.is_none())
            .filter(|(_, entry)| !entry.answered_by.as_ref().is_some_and(&is_member))
            .map(|(&address, _)| address)
            .collect()
    }

    /// Addresses that are known.
    pub(crate) fn len(&self) -> usize {
        self.addresses.len()
    }

    pub(crate) fn is_dialling(&self, address: SocketAddr) -> bool {
        self.addresses.get(&address).is_some_and(|entry| entry.dialling.is_some())
    }

    pub(crate) fn dialled(&mut self, address: SocketAddr, conn: ConnId) {
        self.addresses.entry(address).or_default().dialling = Some(conn);
    }

    /// A dial to `address` is over; `trouble` says how it failed.
    pub(crate) fn finished(&mut self, address: SocketAddr, conn: ConnId, trouble: Option<String>) {
        if let Some(entry) = self.addresses.get_mut(&address).filter(|entry| entry.dialling == Some(conn)) {
            entry.dialling = None;
            if trouble.is_some() {
                entry.trouble = trouble;
            }
        }
    }

    /// The node at `address` refused us, or we it, for a reason that only an operator can change.
    pub(crate) fn refused(&mut self, address: SocketAddr, reason: String) {
        if let Some(entry) = self.addresses.get_mut(&address) {
            entry.trouble = Some(reason);
            entry.is_refused = true;
        }
    }

    pub(crate) fn answered(&mut self, address: SocketAddr, origin: Origin) {
        if let Some(entry) = self.addresses.get_mut(&address) {
            entry.answered_by = Some(origin);
            entry.trouble = None;
            entry.is_refused = false;
        }
    }

    pub(crate) fn is_self(&mut self, address: SocketAddr) {
        if let Some(entry) = self.addresses.get_mut(&address) {
            entry.is_self = true;
        }
    }

    /// When to dial `address` again; `None` forgets it.
    pub(crate) fn next_dial(
        &mut self,
        address: SocketAddr,
        now: Timestamp,
        entropy: &mut Entropy,
    ) -> Option<Timestamp> {
        let entry = self.addresses.get(&address)?;
        if entry.candidates.is_empty() && entry.learned_until.is_none_or(|until| until <= now) {
            self.addresses.remove(&address);
            return None;
        }
        let (low, high) = if entry.is_refused { RETRY_REFUSED_MS } else { RETRY_MS };
        Some(now.plus(entropy.between(low, high)))
    }

    /// Whether the configuration names any node but this one.
    pub(crate) fn expects_others(&self) -> bool {
        self.names.iter().enumerate().any(|(index, name)| !name.is_removed && !self.is_own_entry(index))
    }

    /// Each configured entry other than this node with what happened to it.
    pub(crate) fn report(&self) -> Vec<(String, String)> {
        let current = self.names.iter().enumerate().filter(|(_, name)| !name.is_removed);
        let others = current.filter(|&(index, _)| !self.is_own_entry(index));
        others.map(|(index, name)| (name.candidate.text(), self.trouble_of(index, name))).collect()
    }

    fn trouble_of(&self, index: usize, name: &Name) -> String {
        if let Some(error) = &name.error {
            return error.clone();
        }
        let of_entry = || self.addresses.values().filter(|entry| entry.candidates.contains(&index));
        let refused = of_entry().find(|entry| entry.is_refused).and_then(|entry| entry.trouble.clone());
        let any = || of_entry().filter(|entry| !entry.is_self).find_map(|entry| entry.trouble.clone());
        refused.or_else(any).unwrap_or_else(|| "no answer yet".to_owned())
    }

    fn is_own_entry(&self, index: usize) -> bool {
        let Some(name) = self.names.get(index) else { return false };
        let by_address =
            name.resolved.contains(&self.own.ip()) && name.candidate.ports.contains(&self.own.port());
        by_address || self.addresses.values().any(|entry| entry.is_self && entry.candidates.contains(&index))
    }

    /// Brings the addresses of a candidate in line with what its name resolves to.
    fn refresh(&mut self, index: usize) {
        let Some(name) = self.names.get(index) else { return };
        let ports = &name.candidate.ports;
        let current: BTreeSet<SocketAddr> = name
            .resolved
            .iter()
            .flat_map(|&ip| ports.iter().map(move |&port| SocketAddr::new(ip, port)))
            .filter(|address| address.port() != 0)
            .collect();
        for (address, entry) in &mut self.addresses {
            if !current.contains(address) {
                entry.candidates.remove(&index);
            }
        }
        for address in current {
            let entry = self.addresses.entry(address).or_default();
            entry.is_self |= address == self.own;
            entry.candidates.insert(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(host: &str, ports: &[u16]) -> Candidate {
        Candidate { host: host.into(), ports: ports.to_vec() }
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("address")
    }

    #[test]
    fn the_articles_second_node_expects_only_what_cannot_resolve() {
        let mut book = AddressBook::new(
            address("192.168.5.2:5701"),
            &[candidate("192.168.5:1:5701", &[5701]), candidate("192.168.5.2", &[5701])],
        );
        assert_eq!(book.to_resolve(), [0]);
        assert!(book.wanted(|_| false).is_empty());
        assert!(book.expects_others());
        let trouble = Some(("192.168.5:1:5701".to_owned(), Some("no such name".to_owned())));
        assert_eq!(book.resolved(0, Err("no such name".into())), trouble);
        assert_eq!(book.resolved(0, Err("still not".into())), None, "said once");
        assert_eq!(book.report(), [("192.168.5:1:5701".to_owned(), "still not".to_owned())]);
        let healed = book.resolved(0, Ok(vec!["192.168.5.1".parse().expect("ip")]));
        assert_eq!(healed, Some(("192.168.5:1:5701".to_owned(), None)));
        assert_eq!(book.wanted(|_| false), [address("192.168.5.1:5701")]);
    }

    #[test]
    fn only_itself_is_nobody_to_expect() {
        let book = AddressBook::new(address("10.0.0.1:5702"), &[candidate("10.0.0.1", &[5701, 5702, 5703])]);
        assert!(!book.expects_others());
        assert_eq!(book.wanted(|_| false), [address("10.0.0.1:5701"), address("10.0.0.1:5703")]);
    }

    #[test]
    fn entries_come_and_go_while_the_rest_stays() {
        let (one, two) = (candidate("10.0.0.2", &[5701]), candidate("two.example", &[5701, 5702]));
        let mut book = AddressBook::new(address("10.0.0.1:5701"), &[one.clone(), two.clone()]);
        book.resolved(1, Ok(vec!["10.0.0.3".parse().expect("ip")]));
        book.dialled(address("10.0.0.2:5701"), ConnId(1));
        let three = candidate("three.example", &[5701]);
        assert_eq!(book.set_candidates(&[two.clone(), three.clone()]), [2], "only the new name is asked for");
        assert_eq!(
            book.wanted(|_| false),
            [address("10.0.0.3:5701"), address("10.0.0.3:5702")],
            "what was known of an entry that stays is kept"
        );
        assert_eq!(book.resolved(0, Ok(vec!["10.0.0.9".parse().expect("ip")])), None);
        assert_eq!(book.wanted(|_| false).len(), 2, "a late answer for a removed entry names nobody");
        let mut entropy = Entropy::new([1; 32]);
        book.finished(address("10.0.0.2:5701"), ConnId(1), Some("no".into()));
        assert_eq!(book.next_dial(address("10.0.0.2:5701"), Timestamp(1), &mut entropy), None);
        assert_eq!(book.report().len(), 2);
        assert_eq!(book.to_resolve(), [1, 2]);
        assert_eq!(book.set_candidates(&[one]), Vec::<usize>::new());
        assert_eq!(book.wanted(|_| false), [address("10.0.0.2:5701")], "it may come back");
        assert_eq!(book.set_candidates(&[]), Vec::<usize>::new());
        assert!(!book.expects_others() && book.wanted(|_| false).is_empty());
    }

    #[test]
    fn learned_addresses_are_forgotten_in_the_end() {
        let mut entropy = Entropy::new([1; 32]);
        let mut book = AddressBook::new(address("10.0.0.1:1"), &[]);
        book.learn(address("10.0.0.2:1"), Timestamp(0));
        book.learn(address("0.0.0.0:1"), Timestamp(0));
        assert_eq!(book.wanted(|_| false), [address("10.0.0.2:1")]);
        assert!(book.next_dial(address("10.0.0.2:1"), Timestamp(1000), &mut entropy).is_some());
        let late = Timestamp(LEARNED_RETENTION_MS + 1);
        assert!(book.next_dial(address("10.0.0.2:1"), late, &mut entropy).is_none());
        assert!(book.wanted(|_| false).is_empty());
    }
}
