//! Beginning a stream, at whichever member its two connections are.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cobnut_mesh::{AskError, Request, Topic};
use cobnut_model::{NodeId, limits};
use cobnut_net::within;
use futures::future::join_all;
use tracing::{debug, warn};

use super::PROXY_SERVICE;
use super::hash::StreamHash;
use super::registry::Lack;
use crate::service::Service;

/// Why a stream did not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NotActivated {
    /// No connection is there for it.
    Unknown,
    /// Only one of its two sides is there.
    OneSide,
    /// A member that may have it did not say.
    Silent,
}

/// Ends a question whose patience is counted by the time in which this process runs.
const ASK_BACKSTOP: Duration = Duration::from_mins(1);

/// A member's answer: one byte.
const ACTIVATED: u8 = 0;
const HAS_NONE: u8 = 1;
const HAS_ONE: u8 = 2;

impl Service {
    /// Begins a stream whose connections are both at this member, or both at another one.
    pub(crate) async fn activate_bytestream(&self, hash: StreamHash) -> Result<(), NotActivated> {
        let here = match self.bytestreams.registry.activate(hash) {
            Ok(()) => return Ok(()),
            Err(Lack::Both) => NotActivated::Unknown,
            Err(Lack::One) => NotActivated::OneSide,
        };
        let others = self.cluster.members().into_iter().filter(|member| !member.is_self);
        // Who has no proxy, or an older version, need not be waited for.
        let proxies = others.filter(|member| self.has_proxy(member.id));
        let answers = join_all(proxies.map(|member| self.activate_at(member.id, hash))).await;
        let mut lack = here;
        for answer in answers {
            match answer {
                Ok(()) => return Ok(()),
                Err(there) => lack = lack.max(there),
            }
        }
        Err(lack)
    }

    async fn activate_at(&self, member: NodeId, hash: StreamHash) -> Result<(), NotActivated> {
        let question = Bytes::copy_from_slice(hash.as_bytes());
        let asking = self.cluster.ask(member, Topic::Bytestreams, question, ASK_BACKSTOP);
        // A pause of this machine is not the silence of the member.
        let answer = within(limits::BYTESTREAM_ASK_PATIENCE, asking).await.unwrap_or(Err(AskError::Silent));
        match answer.as_deref() {
            Ok([ACTIVATED]) => Ok(()),
            Ok([HAS_NONE]) => Err(NotActivated::Unknown),
            Ok([HAS_ONE]) => Err(NotActivated::OneSide),
            Ok(_) => Err(NotActivated::Silent),
            Err(err) => {
                debug!(%member, %err, "a member did not say whether it has a stream");
                Err(NotActivated::Silent)
            }
        }
    }

    fn has_proxy(&self, member: NodeId) -> bool {
        let record = self.cluster.record_of(member);
        record.is_some_and(|record| record.listeners.iter().any(|port| port.service == PROXY_SERVICE))
    }

    async fn answer_member(&self, request: Request) {
        let answer = match StreamHash::from_bytes(&request.body) {
            Some(hash) => match self.bytestreams.registry.activate(hash) {
                Ok(()) => ACTIVATED,
                Err(Lack::Both) => HAS_NONE,
                Err(Lack::One) => HAS_ONE,
            },
            None => HAS_NONE,
        };
        let member = request.from;
        let answering = self.cluster.answer(request, Bytes::copy_from_slice(&[answer]));
        // Longer than that nobody waits for it.
        let answered = tokio::time::timeout(limits::BYTESTREAM_ASK_PATIENCE, answering).await;
        if !matches!(answered, Ok(Ok(()))) {
            warn!(%member, "a member asked for a stream of bytes and could not be answered; the file is not transferred");
        }
    }
}

/// Answers the other members from now on.
pub(super) fn answer_members(service: &Arc<Service>) {
    let Some(mut requests) = service.cluster.take_requests(Topic::Bytestreams) else { return };
    let (answering, token) = (Arc::clone(service), service.tasks.token().clone());
    service.tasks.spawn("bytestream questions", async move {
        loop {
            let request = tokio::select! {
                request = requests.recv() => request,
                () = token.cancelled() => return,
            };
            let Some(request) = request else { return };
            answering.answer_member(request).await;
        }
    });
}
