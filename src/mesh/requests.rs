//! Questions from one member to another, and their answers: opaque bytes that travel like any payload of a link.
//!
//! A link proves who sent a payload, so whoever asks is a member. A question is confirmed to its sender when it is here, not when it is
//! answered: whoever asks waits for the answer as long as it likes and no longer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cobnut_model::NodeId;
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, warn};

use crate::cluster::Cluster;
use crate::events::SendError;
use crate::records::Carried;

/// Questions about one topic that wait for their reader; more are not answered, and whoever asked learns that by waiting in vain.
const REQUESTS_WAITING_MAX: usize = 64;

/// What a question is about, and so who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Orders of an operator.
    Orders,
    /// Streams of bytes between two clients.
    Bytestreams,
    /// Message archives of accounts.
    Archives,
}

/// All of them, by their number on the wire.
const TOPICS: [Topic; 3] = [Topic::Orders, Topic::Bytestreams, Topic::Archives];

impl Topic {
    /// Its number on the wire.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Orders => 0,
            Self::Bytestreams => 1,
            Self::Archives => 2,
        }
    }

    /// The topic of that number; `None` for one of a later version.
    pub(crate) fn of(number: u8) -> Option<Self> {
        TOPICS.get(usize::from(number)).copied()
    }
}

/// A question from another member.
#[derive(Debug)]
pub struct Request {
    /// Who asks.
    pub from: NodeId,
    /// What it asks.
    pub body: Bytes,
    pub(crate) id: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The question could not be sent.
    #[error("send the question")]
    Send(#[from] SendError),
    /// The member was removed before it answered.
    #[error("the member left before it answered")]
    Left,
    /// Nothing came in time. The member may run a version that does not know the question.
    #[error("the member did not answer in time")]
    Silent,
}

/// What was asked and is not answered yet, and where the questions of others go.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    readers: [OnceLock<mpsc::Sender<Request>>; TOPICS.len()],
    pending: Mutex<HashMap<u64, (NodeId, oneshot::Sender<Bytes>)>>,
}

impl Requests {
    fn pending(&self) -> MutexGuard<'_, HashMap<u64, (NodeId, oneshot::Sender<Bytes>)>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self, topic: Topic) -> Option<&OnceLock<mpsc::Sender<Request>>> {
        self.readers.get(usize::from(topic.number()))
    }

    /// How many questions of this node are not answered.
    pub(crate) fn waiting(&self) -> usize {
        self.pending().len()
    }

    /// A question came.
    pub(crate) fn asked(&self, from: NodeId, topic: Topic, id: u64, body: Bytes) {
        let Some(reader) = self.reader(topic).and_then(OnceLock::get) else {
            return debug!(member = %from, ?topic, "nobody answers the questions of members here");
        };
        if reader.try_send(Request { from, body, id }).is_err() {
            warn!(member = %from, ?topic, "dropped a question of a member, too many wait");
        }
    }

    /// An answer came; from anybody but the member that was asked it counts for nothing.
    pub(crate) fn answered(&self, from: NodeId, id: u64, body: Bytes) {
        let mut pending = self.pending();
        if pending.get(&id).is_some_and(|(asked, _)| *asked == from)
            && let Some((_, waiting)) = pending.remove(&id)
        {
            let _gave_up = waiting.send(body);
        }
    }

    /// A member was removed: nobody waits for its answers any more.
    pub(crate) fn forget(&self, member: NodeId) {
        self.pending().retain(|_, (asked, _)| *asked != member);
    }
}

/// Ends the waiting also when the future of the question is dropped.
struct Waiting<'a> {
    requests: &'a Requests,
    id: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.requests.pending().remove(&self.id);
    }
}

impl Cluster {
    /// Asks another member and waits for its answer, for at most `patience`. Must not be called for this node.
    ///
    /// # Errors
    /// See [`AskError`]. Without an answer nobody knows whether the member did what it was asked.
    pub async fn ask(
        &self,
        member: NodeId,
        topic: Topic,
        body: Bytes,
        patience: Duration,
    ) -> Result<Bytes, AskError> {
        let requests = &self.inner.requests;
        // Random, so that a late answer to an earlier run of this node does not answer anything of this one.
        let id = rand::random();
        let (sender, receiver) = oneshot::channel();
        requests.pending().insert(id, (member, sender));
        let _waiting = Waiting { requests, id };
        let exchange = async {
            self.carry(member, &Carried::Request { topic, id, body }).await?;
            receiver.await.map_err(|_| AskError::Left)
        };
        tokio::time::timeout(patience, exchange).await.unwrap_or(Err(AskError::Silent))
    }

    /// Questions of other members about a topic from now on; for one reader, who answers each with [`Self::answer`].
    /// `None` when somebody reads them already.
    pub fn take_requests(&self, topic: Topic) -> Option<mpsc::Receiver<Request>> {
        let (sender, receiver) = mpsc::channel(REQUESTS_WAITING_MAX);
        self.inner.requests.reader(topic)?.set(sender).ok().map(|()| receiver)
    }

    /// Answers a question.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn answer(&self, request: Request, body: Bytes) -> Result<(), SendError> {
        self.carry(request.from, &Carried::Answer { id: request.id, body }).await
    }

    /// Waits until the members have confirmed everything that was sent to them, for at most `patience`. Returns whether
    /// they have.
    pub async fn flush(&self, patience: Duration) -> bool {
        let state = || {
            let engine = self.inner.engine();
            engine.run.as_ref().map(|run| (run.node.unconfirmed(), Arc::clone(&run.progress)))
        };
        let confirmed = async {
            while let Some((unconfirmed, progress)) = state() {
                if unconfirmed == 0 {
                    return;
                }
                // Another waiter may have taken the notice of a confirmation.
                let _ = tokio::time::timeout(FLUSH_LOOK, progress.notified()).await;
            }
        };
        tokio::time::timeout(patience, confirmed).await.is_ok()
    }
}

/// Longest time between two looks at what is not confirmed.
const FLUSH_LOOK: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_number_of_its_own() {
        for topic in TOPICS {
            assert_eq!(Topic::of(topic.number()), Some(topic));
        }
        assert_eq!(Topic::of(200), None);
    }

    #[test]
    fn only_who_was_asked_can_answer() {
        let requests = Requests::default();
        let (asked, other) = (NodeId([1; 16]), NodeId([2; 16]));
        let (sender, mut receiver) = oneshot::channel();
        requests.pending().insert(7, (asked, sender));
        requests.answered(other, 7, Bytes::from_static(b"lie"));
        requests.answered(asked, 8, Bytes::from_static(b"to nothing"));
        assert!(receiver.try_recv().is_err());
        requests.answered(asked, 7, Bytes::from_static(b"yes"));
        assert_eq!(receiver.try_recv(), Ok(Bytes::from_static(b"yes")));
        assert!(requests.pending().is_empty());
    }

    #[test]
    fn who_left_is_not_waited_for() {
        let requests = Requests::default();
        let member = NodeId([1; 16]);
        let (sender, mut receiver) = oneshot::channel();
        requests.pending().insert(7, (member, sender));
        requests.forget(member);
        assert_eq!(receiver.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }
}
