//! The claims on the full JIDs of one account, in few bytes: there are as many as sessions.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use cobnut_model::{NodeId, SessionRecord};
use jid::FullJid;

use super::SessionEntry;
use crate::maps::Owner;

/// An account, named by one of its records so that the text is not stored again.
///
/// That record may be one that was removed meanwhile, as long as the account has others.
#[derive(Debug, Clone)]
pub(super) struct AccountKey(pub(super) Arc<SessionRecord>);

impl AccountKey {
    fn as_str(&self) -> &str {
        account_of(&self.0.jid)
    }
}

impl Borrow<str> for AccountKey {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for AccountKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for AccountKey {}

impl Hash for AccountKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// The account part of a full JID: neither localpart nor domain can contain a slash (RFC 7622 §3).
pub(super) fn account_of(jid: &FullJid) -> &str {
    let text = jid.as_str();
    text.split_once('/').map_or(text, |(account, _)| account)
}

#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// Tag of the owner.
    pub(super) tag: u32,
    /// Snapshot in which the entry was last seen; what a snapshot does not mention is gone.
    pub(super) epoch: u32,
    pub(super) hash: u64,
    pub(super) record: Arc<SessionRecord>,
}

impl Claim {
    pub(super) fn to_entry(&self, member: NodeId) -> SessionEntry {
        SessionEntry { member, record: Arc::clone(&self.record) }
    }
}

/// Nearly every account has one session.
#[derive(Debug)]
pub(super) enum Claims {
    One(Claim),
    #[expect(clippy::box_collection, reason = "one word: there is a place for it in every account")]
    Many(Box<Vec<Claim>>),
}

const _: () = assert!(size_of::<Claims>() == 24, "the claims have grown: every account pays for it");

impl Default for Claims {
    fn default() -> Self {
        Self::Many(Box::default())
    }
}

impl std::ops::Deref for Claims {
    type Target = [Claim];

    fn deref(&self) -> &[Claim] {
        match self {
            Self::One(claim) => std::slice::from_ref(claim),
            Self::Many(claims) => claims,
        }
    }
}

impl Claims {
    /// Puts a claim and returns the one of the same owner and JID that it replaces.
    pub(super) fn put(&mut self, claim: Claim) -> Option<Claim> {
        let is_same = |held: &Claim| held.tag == claim.tag && held.record.jid == claim.record.jid;
        match self {
            Self::One(held) if is_same(held) => Some(std::mem::replace(held, claim)),
            Self::One(held) => {
                *self = Self::Many(Box::new(vec![held.clone(), claim]));
                None
            }
            Self::Many(claims) => {
                if let Some(held) = claims.iter_mut().find(|held| is_same(held)) {
                    return Some(std::mem::replace(held, claim));
                }
                claims.reserve_exact(1);
                claims.push(claim);
                None
            }
        }
    }

    /// Takes the claim of one owner on a JID out.
    pub(super) fn take(&mut self, tag: u32, jid: &FullJid) -> Option<Claim> {
        let mut taken = None;
        self.extract(|claim| claim.tag == tag && claim.record.jid == *jid, |claim| taken = Some(claim));
        taken
    }

    /// Takes out what `wanted` accepts.
    pub(super) fn extract(&mut self, wanted: impl Fn(&Claim) -> bool, mut take: impl FnMut(Claim)) {
        match self {
            Self::One(claim) if wanted(claim) => {
                if let Self::One(claim) = std::mem::take(self) {
                    take(claim);
                }
            }
            Self::One(_) => {}
            Self::Many(claims) => {
                claims.extract_if(.., |claim| wanted(claim)).for_each(take);
                if claims.len() == 1
                    && let Some(last) = claims.pop()
                {
                    *self = Self::One(last);
                }
            }
        }
    }
}

/// The runs whose entries are seen, by tag.
#[derive(Debug, Default)]
pub(super) struct Owners(ArcSwap<BTreeMap<u32, NodeId>>);

impl Owners {
    pub(super) fn now(&self) -> Guard<Arc<BTreeMap<u32, NodeId>>> {
        self.0.load()
    }

    pub(super) fn add(&self, owner: Owner) {
        if !self.0.load().contains_key(&owner.tag) {
            self.0.rcu(|owners| {
                let mut owners = BTreeMap::clone(owners);
                owners.insert(owner.tag, owner.node);
                owners
            });
        }
    }

    pub(super) fn remove(&self, owner: Owner) {
        self.0.rcu(|owners| {
            let mut owners = BTreeMap::clone(owners);
            owners.remove(&owner.tag);
            owners
        });
    }
}

/// The claim on one JID that counts, and its member.
pub(super) fn winner<'a>(
    claims: &'a [Claim],
    owners: &BTreeMap<u32, NodeId>,
    jid: &FullJid,
) -> Option<(NodeId, &'a Claim)> {
    claims
        .iter()
        .filter(|claim| claim.record.jid == *jid)
        .filter_map(|claim| Some((*owners.get(&claim.tag)?, claim)))
        .max_by_key(|(member, claim)| (claim.record.bound_at, *member, claim.tag))
}

/// The claims that count, with their members.
pub(super) fn winners<'a>(
    claims: &'a [Claim],
    owners: &'a BTreeMap<u32, NodeId>,
) -> impl Iterator<Item = (NodeId, &'a Claim)> {
    claims.iter().filter_map(move |claim| {
        let member = *owners.get(&claim.tag)?;
        let rank = (claim.record.bound_at, member, claim.tag);
        // Ranks first: they are numbers, and few claims are beaten.
        let is_beaten = claims.len() > 1
            && claims.iter().any(|other| {
                owners.get(&other.tag).is_some_and(|&by| (other.record.bound_at, by, other.tag) > rank)
                    && other.record.jid == claim.record.jid
            });
        (!is_beaten).then_some((member, claim))
    })
}

/// How many full JIDs are claimed.
pub(super) fn distinct(claims: &[Claim]) -> usize {
    let is_first = |(index, claim): &(usize, &Claim)| {
        !claims.iter().take(*index).any(|earlier| earlier.record.jid == claim.record.jid)
    };
    claims.iter().enumerate().filter(is_first).count()
}
