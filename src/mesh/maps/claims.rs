//! All claims to one key.

use std::sync::Arc;

use cobnut_model::{NodeId, UnixMillis};

use super::kind::{Claims, Entry, Held, Replicated};
use super::replica::Owner;

pub(super) struct Claim<M: Replicated> {
    pub(super) owner: Owner,
    pub(super) epoch: u32,
    pub(super) hash: u64,
    pub(super) held: Arc<Held<M>>,
}

impl<M: Replicated> Claim<M> {
    pub(super) fn to_entry(&self) -> Entry<M> {
        Entry { owner: self.owner.node, held: Arc::clone(&self.held) }
    }

    fn rank(&self) -> (UnixMillis, NodeId, u32) {
        (self.held.claimed_at, self.owner.node, self.owner.tag)
    }
}

/// The claims that readers see: all, or the winner.
pub(super) fn visible<M: Replicated>(claims: &[Claim<M>]) -> impl Iterator<Item = &Claim<M>> {
    let best = match M::CLAIMS {
        Claims::Each => None,
        Claims::Latest => winner(claims).map(|claim| claim.owner),
    };
    claims.iter().filter(move |claim| best.is_none_or(|best| claim.owner == best))
}

/// The claim that counts where only one can.
pub(super) fn winner<M: Replicated>(claims: &[Claim<M>]) -> Option<&Claim<M>> {
    claims.iter().max_by_key(|claim| claim.rank())
}
