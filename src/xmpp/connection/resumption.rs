//! Finding the session that a client wants to resume (XEP-0198 §5).
//!
//! A session that can be resumed is listed under its id for as long as it lives, with or without a connection. Whoever
//! resumes it asks the task that holds it, which hands everything over: nothing is shared, nothing can be in two places.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cobnut_model::NodeId;
use cobnut_xmpp_proto::stream::TooHigh;
use jid::BareJid;
use tokio::sync::{mpsc, oneshot};

use super::negotiate::Bound;

/// Sessions of one account that may wait for their clients. A client that never resumes would leave one behind with
/// every connection that it loses.
const DETACHED_PER_USER_MAX: usize = 8;
/// Sessions that ended and whose count is still told: who comes too late learns what need not be sent again.
const ENDED_MAX: usize = 4096;
/// Bytes of an id: the node, and what nobody can guess.
const NODE_BYTES: usize = 16;
const SECRET_BYTES: usize = 16;

/// A connection that wants to take over a session.
pub(super) struct TakeOver {
    /// Stanzas that the client has handled.
    pub(super) handled: u32,
    /// Where the session goes.
    pub(super) reply: oneshot::Sender<Result<Bound, TooHigh>>,
}

/// Where the session of an id is.
pub(super) enum Found {
    /// Here; it is asked for through the queue.
    Here(mpsc::Sender<TakeOver>),
    /// Another member made the id. The place where resumption across members would begin: today its client is told
    /// `item-not-found` and binds a resource, and the session stays where it is until its time is over.
    Elsewhere,
    /// Nowhere any more. How many stanzas it had handled, if that is still known.
    Ended(Option<u32>),
}

/// Why a session is not resumed.
pub(super) enum NotResumed {
    /// There is none; perhaps it is known what it had handled.
    NotFound(Option<u32>),
    /// The client confirms more than it was sent.
    TooHigh(TooHigh),
}

struct Slot {
    account: BareJid,
    requests: mpsc::Sender<TakeOver>,
}

#[derive(Default)]
struct Listed {
    live: HashMap<String, Slot>,
    ended: HashMap<String, (BareJid, u32)>,
    /// Their ids, the oldest first.
    ended_order: VecDeque<String>,
    detached: HashMap<BareJid, usize>,
    /// All of them together: counting them one by one would stall a node that many clients lose at once.
    detached_in_all: usize,
}

/// The sessions of this node that can be resumed.
#[derive(Default)]
pub(crate) struct Resumptions(Mutex<Listed>);

/// The place of a session in the list; ends with it.
pub(super) struct Listing {
    resumptions: Arc<Resumptions>,
    id: String,
    account: BareJid,
    /// Who wants to have the session.
    pub(super) requests: mpsc::Receiver<TakeOver>,
    /// Stanzas of the client that the session had handled when it was asked last.
    pub(super) handled: u32,
}

impl Listing {
    /// The id that the client was given.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        let mut listed = self.resumptions.listed();
        listed.live.remove(&self.id);
        let id = std::mem::take(&mut self.id);
        if listed.ended.insert(id.clone(), (self.account.clone(), self.handled)).is_none() {
            listed.ended_order.push_back(id);
        }
        if listed.ended_order.len() > ENDED_MAX
            && let Some(oldest) = listed.ended_order.pop_front()
        {
            listed.ended.remove(&oldest);
        }
    }
}

/// Counts a session without a connection.
pub(super) struct Detached {
    resumptions: Arc<Resumptions>,
    account: BareJid,
}

impl Drop for Detached {
    fn drop(&mut self) {
        let mut listed = self.resumptions.listed();
        listed.detached_in_all = listed.detached_in_all.saturating_sub(1);
        let Some(count) = listed.detached.get_mut(&self.account) else { return };
        *count = count.saturating_sub(1);
        if *count == 0 {
            listed.detached.remove(&self.account);
        }
    }
}

impl Resumptions {
    fn listed(&self) -> MutexGuard<'_, Listed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists a session of `account` under a fresh id.
    pub(super) fn list(self: &Arc<Self>, node: NodeId, account: BareJid) -> Listing {
        let mut bytes = [0_u8; NODE_BYTES + SECRET_BYTES];
        let (of_node, secret) = bytes.split_at_mut(NODE_BYTES);
        of_node.copy_from_slice(&node.0);
        rand::fill(secret);
        let id = URL_SAFE_NO_PAD.encode(bytes);
        // One who asks is enough: another one at the same moment would find the session taken.
        let (sender, requests) = mpsc::channel(1);
        let slot = Slot { account: account.clone(), requests: sender };
        self.listed().live.insert(id.clone(), slot);
        Listing { resumptions: Arc::clone(self), id, account, requests, handled: 0 }
    }

    /// Looks for the session that `account` was given `id` for. Nobody learns anything about another account's.
    pub(super) fn find(&self, node: NodeId, account: &BareJid, id: &str) -> Found {
        let listed = self.listed();
        if let Some(slot) = listed.live.get(id).filter(|slot| slot.account == *account) {
            return Found::Here(slot.requests.clone());
        }
        if let Some((_, handled)) = listed.ended.get(id).filter(|(owner, _)| owner == account) {
            return Found::Ended(Some(*handled));
        }
        let made = URL_SAFE_NO_PAD.decode(id).unwrap_or_default();
        let is_other = made.len() == NODE_BYTES + SECRET_BYTES && !made.starts_with(&node.0);
        if is_other { Found::Elsewhere } else { Found::Ended(None) }
    }

    /// Makes room for one more session without a connection, `None` if the account or the node has too many.
    pub(super) fn detach(self: &Arc<Self>, account: &BareJid, most: usize) -> Option<Detached> {
        let mut listed = self.listed();
        let own = listed.detached.get(account).copied().unwrap_or_default();
        if own >= DETACHED_PER_USER_MAX || listed.detached_in_all >= most {
            return None;
        }
        listed.detached_in_all += 1;
        listed.detached.insert(account.clone(), own + 1);
        Some(Detached { resumptions: Arc::clone(self), account: account.clone() })
    }

    /// Takes over a session: asks its task for it.
    pub(super) async fn take_over(
        &self,
        node: NodeId,
        account: &BareJid,
        id: &str,
        handled: u32,
    ) -> Result<Bound, NotResumed> {
        let requests = match self.find(node, account, id) {
            Found::Here(requests) => requests,
            Found::Elsewhere => return Err(NotResumed::NotFound(None)),
            Found::Ended(handled) => return Err(NotResumed::NotFound(handled)),
        };
        let (reply, answer) = oneshot::channel();
        if requests.try_send(TakeOver { handled, reply }).is_err() {
            return Err(NotResumed::NotFound(None));
        }
        // The session may have ended in this moment; then its count is known.
        let lost = || match self.find(node, account, id) {
            Found::Ended(handled) => NotResumed::NotFound(handled),
            _ => NotResumed::NotFound(None),
        };
        answer.await.map_err(|_| lost())?.map_err(NotResumed::TooHigh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: NodeId = NodeId([1; 16]);
    const THERE: NodeId = NodeId([2; 16]);

    fn account(name: &str) -> BareJid {
        format!("{name}@example.org").parse().expect("JID")
    }

    #[test]
    fn ids_belong_to_an_account_and_a_node() {
        let resumptions = Arc::new(Resumptions::default());
        let mut listing = resumptions.list(HERE, account("alice"));
        let id = listing.id().to_owned();
        let find = |node, name, id: &str| resumptions.find(node, &account(name), id);
        assert!(matches!(find(HERE, "alice", &id), Found::Here(_)));
        assert!(matches!(find(HERE, "bob", &id), Found::Ended(None)));
        assert!(matches!(find(HERE, "alice", "no id of ours"), Found::Ended(None)));
        let other = Arc::new(Resumptions::default()).list(THERE, account("alice"));
        assert!(matches!(find(HERE, "alice", other.id()), Found::Elsewhere));
        assert_ne!(resumptions.list(HERE, account("alice")).id(), id);
        listing.handled = 5;
        drop(listing);
        assert!(matches!(find(HERE, "alice", &id), Found::Ended(Some(5))));
        assert!(matches!(find(HERE, "bob", &id), Found::Ended(None)), "told to nobody else");
    }

    #[test]
    fn what_is_remembered_of_ended_sessions_is_bounded() {
        let resumptions = Arc::new(Resumptions::default());
        let first = resumptions.list(HERE, account("alice")).id().to_owned();
        for _ in 0..ENDED_MAX {
            drop(resumptions.list(HERE, account("alice")));
        }
        assert!(matches!(resumptions.find(HERE, &account("alice"), &first), Found::Ended(None)));
        assert_eq!(resumptions.listed().ended.len(), ENDED_MAX);
    }

    #[test]
    fn sessions_without_a_connection_are_bounded() {
        let resumptions = Arc::new(Resumptions::default());
        let mut held: Vec<_> =
            (0..DETACHED_PER_USER_MAX).map(|_| resumptions.detach(&account("alice"), 10)).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(resumptions.detach(&account("alice"), 10).is_none(), "of one account");
        held.push(resumptions.detach(&account("bob"), 10));
        held.push(resumptions.detach(&account("bob"), 10));
        assert!(resumptions.detach(&account("carol"), 10).is_none(), "of all");
        held.clear();
        assert!(resumptions.detach(&account("alice"), 10).is_some());
        assert!(resumptions.listed().detached.is_empty());
    }
}
